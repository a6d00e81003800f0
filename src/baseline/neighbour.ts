/** The nearest neighbour by header bytes: Hamming distance, four bytes at a time. */
import type { Batch } from '../token/index.ts';

/** Sessions as bytes, W words of four each: P packets × the bytes of each that the network sees; what is not there is 0. */
export interface PackedSessions {
  /** W. */
  readonly words: number;
  /** [N, W] */
  readonly bytes: Uint32Array;
}

/** Room for N sessions of a batch's shape. */
export function createPacked(count: number, { maxPackets, maxTokens }: Batch): PackedSessions {
  const words = Math.ceil((maxPackets * maxTokens) / 4);
  return { words, bytes: new Uint32Array(count * words) };
}

/** Writes the session in a row of the batch; END and hidden bytes are 0. The order of the bytes is that of the packets. */
export function pack(packed: PackedSessions, index: number, batch: Batch, row: number): void {
  const { maxPackets, maxTokens, lengths, tokens } = batch;
  const to = index * packed.words;
  packed.bytes.fill(0, to, to + packed.words);
  for (let p = 0; p < batch.packets[row]!; p++) {
    const packet = row * maxPackets + p;
    for (let t = 0; t < lengths[packet]!; t++) {
      const token = tokens[packet * maxTokens + t]!;
      const at = p * maxTokens + t;
      if (token < 256) packed.bytes[to + (at >>> 2)]! |= token << ((at & 3) << 3);
    }
  }
}

/** Bytes that are not 0 among the four of a word. */
export function nonZeroBytes(word: number): number {
  const high = (((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word) & 0x80808080;
  return Math.imul(high >>> 7, 0x01010101) >>> 24;
}

/**
 * How many bytes further the nearest normal reference is than the nearest anomalous one: above 0 the session is nearer to
 * an anomaly.
 *
 * @param anomalous [R]: 1 for the references that are; a sort without any is as far as can be
 */
export function neighbourScore(
  sessions: PackedSessions,
  index: number,
  references: PackedSessions,
  anomalous: Uint8Array,
): number {
  const { words } = references;
  const from = index * words;
  const farthest = 4 * words;
  let normalBest = farthest;
  let anomalousBest = farthest;
  for (let r = 0; r < anomalous.length; r++) {
    const best = anomalous[r] === 1 ? anomalousBest : normalBest;
    const distance = distanceBelow(sessions.bytes, from, references.bytes, r * words, words, best);
    if (anomalous[r] === 1) anomalousBest = distance;
    else normalBest = distance;
  }
  return normalBest - anomalousBest;
}

/** The Hamming distance of two rows in bytes, or `best` where it is not less. */
function distanceBelow(
  a: Uint32Array,
  aAt: number,
  b: Uint32Array,
  bAt: number,
  words: number,
  best: number,
): number {
  let distance = 0;
  for (let w = 0; w < words; w++) {
    const different = a[aAt + w]! ^ b[bAt + w]!;
    if (different === 0) continue;
    distance += nonZeroBytes(different);
    if (distance >= best) return best;
  }
  return distance;
}
