/**
 * Paths with names that are no valid UTF-8. Node reads names as text and loses such bytes; here each of them is half of a
 * surrogate pair, U+DC80 … U+DCFF for the bytes 80 … FF (Python's "surrogateescape", PEP 383). A path stays a text that is
 * joined, compared, shown (`caf\udce9`) and written as JSON like any other, and becomes bytes where the system is asked.
 */
import { readFileSync } from 'node:fs';

/** Half of a surrogate pair that stands for a byte. */
const BYTE = /[\udc80-\udcff]/u;

/** What stands for bytes that were lost where the system's names were read as text. */
const LOST = '\ufffd';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The path of these bytes. */
export function pathOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes(LOST) ? escapeBytes(bytes) : text;
}

function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    try {
      text += strict.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      text += String.fromCharCode(0xdc00 + lead);
      at++;
    }
  }
  return text;
}

/** What the system knows a path by. */
export function systemPath(path: string): string | Buffer {
  if (!BYTE.test(path)) return path;
  return Buffer.concat(
    [...path].map((c) => (BYTE.test(c) ? Buffer.of(c.charCodeAt(0) - 0xdc00) : Buffer.from(c))),
  );
}

/** Whether a path has bytes that are no UTF-8, kept or lost: nothing of such a name is ever made. */
export const isGarbled = (path: string): boolean => hasLost(path) || BYTE.test(path);

/** Whether a path cannot be what it is on the disk: nothing can be found by it. */
export const hasLost = (path: string): boolean => path.includes(LOST);

/**
 * The arguments of this process with the bytes that they were given in, where the system still tells (Linux); others are as
 * Node has read them.
 */
export function exactArguments(args: readonly string[]): readonly string[] {
  if (!args.some(hasLost)) return args;
  try {
    const given = splitZeros(readFileSync('/proc/self/cmdline')).slice(-args.length);
    return args.map((arg, i) => (given[i]?.toString('utf8') === arg ? pathOf(given[i]!) : arg));
  } catch {
    return args;
  }
}

/** What stands before each zero byte. */
function splitZeros(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, to = bytes.indexOf(0); to >= 0; from = to + 1, to = bytes.indexOf(0, from))
    parts.push(bytes.subarray(from, to));
  return parts;
}
