/** The text of label files, in pieces: bytes as characters, so that no byte is ever refused. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { codeOf, readFault, systemPath } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath, encodingOf } from '../text/index.ts';

const CHUNK = 1 << 19;

/**
 * The characters of a file, one for each byte (ISO 8859-1), of what a gzip file decompresses to; UTF-16 as UTF-8.
 *
 * @throws FaultError (data) when it is missing or is damaged gzip; (machine) when it cannot be read
 */
export async function* textOf(path: string): AsyncGenerator<string, void, void> {
  try {
    const head = await headOf(path);
    const file = createReadStream(systemPath(path), { highWaterMark: CHUNK });
    const compressed = head[0] === 0x1f && head[1] === 0x8b;
    const stream: Readable = compressed ? file.pipe(createGunzip({ chunkSize: CHUNK })) : file;
    if (compressed) file.on('error', (error) => stream.destroy(error));
    let first = true;
    let wide: TextDecoder | undefined;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        const encoding = first ? encodingOf(chunk) : 'utf-8';
        if (encoding !== 'utf-8') wide = new TextDecoder(encoding);
        // What is UTF-16 goes on as the bytes that it has in UTF-8.
        const text =
          wide === undefined
            ? chunk.toString('latin1')
            : Buffer.from(wide.decode(chunk, { stream: true }), 'utf8').toString('latin1');
        // The byte order mark of UTF-8.
        yield first && text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text;
        first = false;
      }
    } finally {
      file.destroy();
    }
  } catch (error) {
    throw asFault(path, error);
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  const handle = await open(systemPath(path), 'r');
  try {
    const head = new Uint8Array(2);
    await handle.read(head, 0, 2, 0);
    return head;
  } finally {
    await handle.close();
  }
}

/** The whole lines of a file, in lists, without their line breaks; an empty last line is none. */
export async function* linesOf(path: string): AsyncGenerator<readonly string[], void, void> {
  let rest = '';
  for await (const text of textOf(path)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (rest.length > MOST_LINE)
      throw dataFault(path, `a line has more than ${MOST_LINE} characters`, 'is it a label file?');
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  if (rest !== '') yield [withoutReturn(rest)];
}

const MOST_LINE = 1 << 24;

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

const latin = /[\x80-\xff]/;

/** What bytes 0x80 … 0x9f are in Windows-1252; the decoder of Node 20 takes them for control characters. */
const WINDOWS_1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

/** Characters that stand for bytes as the text that was meant: UTF-8, else Windows-1252. */
export function readable(text: string): string {
  if (!latin.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text.replace(/[\x80-\x9f]/g, (byte) => WINDOWS_1252[byte.charCodeAt(0) - 0x80]!);
  }
}

export function dataFault(path: string, problem: string, cure: string): FaultError {
  return new FaultError({ place: displayPath(path), problem, cure }, ExitCode.data);
}

function asFault(path: string, error: unknown): unknown {
  const code = codeOf(error) ?? '';
  if (code.startsWith('Z_'))
    return dataFault(path, `it is damaged gzip: ${(error as Error).message}`, 'get it again');
  return readFault(path, error);
}
