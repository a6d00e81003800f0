/** What covert channels carry. */
import type { Stream } from '../random/index.ts';

const SPACE = 0x20;
const LETTERS = 26;

/** A character of a message in ASCII: a small letter or a space, all alike. */
function drawCharacter(source: Stream): number {
  const letter = source.below(LETTERS + 1);
  return letter === LETTERS ? SPACE : 0x61 + letter;
}

/** Two characters in a 16-bit word other than this one. */
export function drawWord(other: number, source: Stream): number {
  const word = (drawCharacter(source) << 8) | drawCharacter(source);
  return word === other ? word ^ 0x0100 : word;
}
