/**
 * Writing a capture: pcap, little-endian, microseconds, Ethernet
 * (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html).
 */

import { createWholeFile } from '../disk/index.ts';
import { FaultError } from '../fault/index.ts';
import { copyBytes } from './frame.ts';
import { type SyntheticPacket, syntheticPackets } from './network.ts';
import type { Recipe } from './recipe.ts';

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
 * Writes the capture of a recipe; the same recipe makes the same bytes on every machine. It appears whole or not at all.
 *
 * @param recipe as spec/ resolves it
 * @throws FaultError when the recipe has days, or the file cannot be written
 */
export async function writeSyntheticCapture(recipe: Recipe, path: string): Promise<SyntheticCapture> {
  if (recipe.days !== undefined) {
    const problem = `has ${recipe.days.length} days, and so no capture that is one file`;
    throw new FaultError({
      place: 'recipe/days',
      problem,
      cure: 'write them into a folder, or take "days" out',
    });
  }
  const file = await createWholeFile(path);
  let packets = 0;
  try {
    for (const chunk of captureChunks(syntheticPackets(recipe), recipe.snapLength, () => packets++)) {
      await file.write(chunk);
    }
    await file.close();
    await file.publish();
  } catch (error) {
    await file.abandon();
    throw error;
  }
  return { packets, bytes: file.bytes, sessions: recipe.sessions };
}

/** A record as it is written. */
type Written = Pick<SyntheticPacket, 'seconds' | 'microseconds' | 'bytes' | 'captured' | 'original'>;

/**
 * The bytes of a file with these packets, in pieces of about a megabyte; a piece is used again for the one after the next.
 *
 * @param linkType see https://www.tcpdump.org/linktypes.html
 */
export function* captureChunks<P extends Written>(
  packets: Iterable<P>,
  snapLength: number,
  onPacket?: (packet: P) => void,
  linkType: number = ETHERNET,
): Generator<Uint8Array, void, void> {
  let chunk = new Uint8Array(CHUNK);
  let other = new Uint8Array(CHUNK);
  let view = new DataView(chunk.buffer);
  let used = writeFileHeader(view, snapLength, linkType);
  for (const packet of packets) {
    if (used + RECORD_HEADER + packet.captured > CHUNK) {
      yield chunk.subarray(0, used);
      [chunk, other] = [other, chunk];
      view = new DataView(chunk.buffer);
      used = 0;
    }
    used = writeRecord(view, chunk, used, packet);
    onPacket?.(packet);
  }
  yield chunk.subarray(0, used);
}

function writeFileHeader(view: DataView, snapLength: number, linkType: number): number {
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(8, 0, true);
  view.setUint32(12, 0, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  return FILE_HEADER;
}

function writeRecord(view: DataView, chunk: Uint8Array, at: number, packet: Written): number {
  view.setUint32(at, packet.seconds, true);
  view.setUint32(at + 4, packet.microseconds, true);
  view.setUint32(at + 8, packet.captured, true);
  view.setUint32(at + 12, packet.original, true);
  const from = at + RECORD_HEADER;
  copyBytes(packet.bytes, 0, chunk, from, packet.captured);
  return from + packet.captured;
}
