/** A capture on standard input: kept as a file while it is read, since captures are looked into before they are read. */
import { createWriteStream, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removeTemporary } from '../disk/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { formatBytes } from '../text/index.ts';
import { asFault } from './open.ts';
import { RECOGNISE_BYTES, recognise } from './recognise.ts';

/** What stands for standard input where captures are named. */
const STANDARD_INPUT = '-';

/** Of the folder that it is kept in; then comes the number of the process. */
const PREFIX = 'sessionlab-input-';

/** Captures of which none is standard input any more. */
export interface Spooled {
  readonly patterns: readonly string[];
  /** Removes what was kept; it is also removed when the process ends. */
  remove(): void;
}

/** Half of what is free in a folder, in bytes: other processes need room, too. */
function halfOfFree(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 2);
}

/**
 * Copies standard input to a file in the temporary folder where `-` is among the patterns, and names that file instead.
 * Nothing is copied unless it begins like a capture, and no more than half of what is free there.
 *
 * @param signal stops it
 * @param most bytes, for tests
 * @throws FaultError when there is nothing to read, it is no capture, or there is no room for it; Interrupted
 */
export async function spoolStandardInput(
  patterns: readonly string[],
  input: Readable & { readonly isTTY?: boolean } = process.stdin,
  signal?: AbortSignal,
  most?: number,
): Promise<Spooled> {
  const count = patterns.filter((pattern) => pattern === STANDARD_INPUT).length;
  if (count === 0) return { patterns, remove: () => undefined };
  if (count > 1) throw fault('is named twice, and can be read only once', 'name it once');
  if (input.isTTY === true)
    throw fault('is a terminal, expected a capture', 'pipe one in: `tcpdump -w - | sessionlab inspect -`');
  if (signal !== undefined) addAbortSignal(signal, input);
  let remove: () => void = () => undefined;
  let path = STANDARD_INPUT;
  try {
    const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    const head = await beginning(chunks);
    const recognised = recognise(head.subarray(0, RECOGNISE_BYTES));
    if (recognised.kind === 'none') {
      await chunks.return?.();
      throw fault(recognised.problem, recognised.cure, ExitCode.data);
    }
    removeTemporary(tmpdir(), PREFIX);
    const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
    remove = () => {
      process.off('exit', remove);
      rmSync(folder, { recursive: true, force: true });
    };
    process.on('exit', remove);
    path = join(folder, 'standard-input');
    const limit = most ?? halfOfFree(folder);
    await pipeline(bounded(head, chunks, limit), createWriteStream(path));
  } catch (error) {
    remove();
    if (signal?.aborted === true) throw new Interrupted();
    throw asFault(path, error);
  }
  return { patterns: patterns.map((pattern) => (pattern === STANDARD_INPUT ? path : pattern)), remove };
}

/** The first bytes, at least as many as tell what it is, unless it ends before. */
async function beginning(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < RECOGNISE_BYTES) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* bounded(
  head: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  most: number,
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0;
  const counted = (chunk: Uint8Array): Uint8Array => {
    bytes += chunk.length;
    if (bytes > most)
      throw fault(
        `holds more than ${formatBytes(most)}, half of what is free in ${tmpdir()}, where it is kept while it is read`,
        'write it to a file first, or name another folder with TMPDIR',
        ExitCode.machine,
      );
    return chunk;
  };
  try {
    yield counted(head);
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
      yield counted(next.value);
  } finally {
    await chunks.return?.();
  }
}

function fault(problem: string, cure: string, exitCode: ExitCode = ExitCode.usage): FaultError {
  return new FaultError({ place: 'standard input', problem, cure }, exitCode);
}
