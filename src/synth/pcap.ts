/**
 * Writing a capture: pcap, little-endian, microseconds, Ethernet
 * (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html).
 *
 * A file appears whole or not at all: it is written under another name beside its place, synchronised to the disk, and
 * renamed.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExitCode, FaultError } from '../spec/index.ts';
import { type SyntheticPacket, syntheticPackets } from './network.ts';
import { resolveRecipe, type SyntheticRecipe } from './recipe.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 1;
const CHUNK = 1 << 20;

/** What was written. */
export interface SyntheticCapture {
  readonly packets: number;
  /** Size of the file. */
  readonly bytes: number;
  readonly sessions: number;
}

/**
 * Writes the capture of a recipe; the same recipe makes the same bytes on every machine.
 *
 * @throws FaultError when the recipe is out of range, or the file cannot be written.
 */
export async function writeSyntheticCapture(
  recipe: SyntheticRecipe,
  path: string,
): Promise<SyntheticCapture> {
  const checked = resolveRecipe({ ...recipe });
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}-${attempt++}.partial`);
  let packets = 0;
  let bytes = 0;
  try {
    const file = await open(partial, 'wx');
    try {
      for (const chunk of captureChunks(checked, () => packets++)) {
        await writeAll(file, chunk);
        bytes += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw asFault(error, path);
  }
  return { packets, bytes, sessions: checked.sessions };
}

/** Distinguishes the temporary names of one process. */
let attempt = 0;

/** The bytes of the file in pieces of about a megabyte; a piece is used again for the next one. */
export function* captureChunks(
  recipe: SyntheticRecipe,
  onPacket?: () => void,
): Generator<Uint8Array, void, void> {
  const chunk = new Uint8Array(CHUNK);
  const view = new DataView(chunk.buffer);
  let used = writeFileHeader(view, recipe.snapLength);
  for (const packet of syntheticPackets(recipe)) {
    if (used + RECORD_HEADER + packet.captured > CHUNK) {
      yield chunk.subarray(0, used);
      used = 0;
    }
    used = writeRecord(view, chunk, used, packet);
    onPacket?.();
  }
  yield chunk.subarray(0, used);
}

function writeFileHeader(view: DataView, snapLength: number): number {
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(8, 0, true);
  view.setUint32(12, 0, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, ETHERNET, true);
  return FILE_HEADER;
}

function writeRecord(view: DataView, chunk: Uint8Array, at: number, packet: SyntheticPacket): number {
  view.setUint32(at, packet.seconds, true);
  view.setUint32(at + 4, packet.microseconds, true);
  view.setUint32(at + 8, packet.captured, true);
  view.setUint32(at + 12, packet.original, true);
  const from = at + RECORD_HEADER;
  for (let i = 0; i < packet.captured; i++) chunk[from + i] = packet.bytes[i]!;
  return from + packet.captured;
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done);
    done += bytesWritten;
  }
}

/** Makes the new name last; some systems cannot open a folder, and there the rename has to do. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}

function asFault(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const problem = `cannot be written: ${error.message}`;
  const cure =
    error.code === 'ENOENT'
      ? 'make the folder first'
      : error.code === 'ENOSPC'
        ? 'free some space on the disk'
        : 'check the path and its permissions';
  return new FaultError({ place: path, problem, cure }, ExitCode.machine);
}
