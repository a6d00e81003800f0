/**
 * How a batch is cut: into groups, whose sums are added in the end, and groups into chunks, which go through a whole step
 * while their states are in the cache. It depends on the batch alone, never on threads or on the machine.
 */
import type { Batch } from '../../token/index.ts';

/** Most sessions of a chunk: more share more prefixes, fewer have their states in a smaller cache. */
const CHUNK = 8;
/** Least sessions of a group on average: of one of the first 16, and of one of more than that. */
const SMALL_GROUP = 5;
const GROUP = 16;
const USUAL_GROUPS = 16;

/** Groups of a batch of so many sessions, and the most sessions of a chunk. */
export function sizesOf(B: number): { readonly groups: number; readonly sessions: number } {
  const groups = Math.min(Math.ceil(B / SMALL_GROUP), Math.max(USUAL_GROUPS, Math.ceil(B / GROUP)));
  return { groups, sessions: Math.min(B, CHUNK) };
}

/** [groups][chunks]: the sessions of a batch, in the order in which they are computed. */
export function chunksOf(batch: Batch): readonly (readonly Uint32Array[])[] {
  const B = batch.size;
  const { groups } = sizesOf(B);
  const chunks = groups * Math.ceil(B / (groups * CHUNK));
  const order = orderOf(batch);
  const start = (c: number): number => Math.floor((c * B) / chunks);
  return Array.from({ length: groups }, (_, g) =>
    Array.from({ length: chunks / groups }, (_, i) => {
      const c = (g * chunks) / groups + i;
      return order.subarray(start(c), start(c + 1));
    }),
  );
}

/** The sessions by their least packets, so that neighbours share prefixes. Ties by number. */
function orderOf(batch: Batch): Uint32Array {
  const { maxPackets: P } = batch;
  const least = Uint32Array.from({ length: batch.size }, (_, b) => {
    let best = b * P;
    for (let row = best + 1; row < b * P + batch.packets[b]!; row++)
      if (comparePackets(batch, row, best) < 0) best = row;
    return best;
  });
  return Uint32Array.from(least.keys()).sort((a, b) => comparePackets(batch, least[a]!, least[b]!) || a - b);
}

/** Order of two packets by their tokens, lexicographic: a prefix comes first. */
export function comparePackets(batch: Batch, a: number, b: number): number {
  const { maxTokens: T, lengths, tokens } = batch;
  const n = Math.min(lengths[a]!, lengths[b]!);
  for (let t = 0; t < n; t++) {
    const d = tokens[a * T + t]! - tokens[b * T + t]!;
    if (d !== 0) return d;
  }
  return lengths[a]! - lengths[b]!;
}
