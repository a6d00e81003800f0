/** The lines of a table that anybody wrote: UTF-8, or UTF-16 by its byte order mark. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { systemPath } from '../disk/index.ts';

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
  const decoder = new TextDecoder(await encodingOf(path));
  for await (const chunk of createReadStream(systemPath(path)) as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* take(lines);
  }
  rest += decoder.decode();
  if (rest !== '') yield* take([rest]);
  if (quoted) yield [begun, from];
}

/** Characters of one line. */
const MOST = 1 << 20;

async function encodingOf(path: string): Promise<'utf-8' | 'utf-16le' | 'utf-16be'> {
  const file = await open(systemPath(path), 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const mark = buffer.readUInt16BE(0);
    return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  } finally {
    await file.close();
  }
}
