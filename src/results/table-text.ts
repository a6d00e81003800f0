/** The lines of a table that anybody wrote, in UTF-8 or UTF-16. */
import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { systemPath } from '../disk/index.ts';
import { encodingOf } from '../text/index.ts';

/**
 * The lines of a file without their line breaks (LF or CR LF), each with its number from 1; one whose last quote is open
 * goes on in the next.
 *
 * @throws the system's error when it cannot be read
 */
export async function* tableLines(path: string): AsyncGenerator<readonly [line: string, number: number]> {
  let [rest, number, from, begun] = ['', 0, 1, ''];
  let quoted = false;
  const take = function* (lines: readonly string[]) {
    for (const piece of lines) {
      number++;
      const line = piece.endsWith('\r') ? piece.slice(0, -1) : piece;
      if (!quoted) [begun, from] = ['', number];
      begun += quoted ? `\n${piece}` : line;
      if (piece.split('"').length % 2 === 0) quoted = !quoted;
      // What is no table at all is not collected without end.
      if (quoted && begun.length < MOST) continue;
      quoted = false;
      yield [begun, from] as const;
    }
  };
  let decoder: TextDecoder | undefined;
  for await (const chunk of createReadStream(systemPath(path)) as AsyncIterable<Buffer>) {
    decoder ??= new TextDecoder(encodingOf(chunk));
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* take(lines);
  }
  rest += decoder?.decode() ?? '';
  if (rest !== '') yield* take([rest]);
  if (quoted) yield [begun, from];
}

/** Characters of one line. */
const MOST = 1 << 20;
