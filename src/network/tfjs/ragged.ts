/**
 * Sequences of different lengths without padding, so that nothing masked can enter a result.
 *
 * Sequences stand in *ranks*, longest first; those that have a step t are then the first ranks. The real steps of all
 * sequences are *rows* of one matrix, step by step: row = offset(t) + rank. N sequences, M rows.
 */
import type { Batch } from '../../token/index.ts';

export interface Ragged {
  /** N. */
  readonly sequences: number;
  /** M. */
  readonly rows: number;
  /** Steps of the longest sequence. */
  readonly steps: number;
  /** [steps]: sequences that have step t. */
  readonly active: readonly number[];
  /** [N]: sequence of each rank. */
  readonly order: Int32Array;
  /** [N]: rank of each sequence. */
  readonly rank: Int32Array;
  /** [M]: rank and step of each row. */
  readonly rankOf: Int32Array;
  readonly stepOf: Int32Array;
  /** [N]: row of the last step of each rank. */
  readonly last: Int32Array;
}

/** Lays out sequences of these lengths (each at least 1). */
export function layOut(lengths: readonly number[]): Ragged {
  const sequences = lengths.length;
  const order = Int32Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const rank = new Int32Array(sequences);
  order.forEach((sequence, r) => {
    rank[sequence] = r;
  });
  const rows = lengths.reduce((a, b) => a + b, 0);
  const steps = Math.max(...order.subarray(0, 1).map((s) => lengths[s]!), 0);
  const rankOf = new Int32Array(rows);
  const stepOf = new Int32Array(rows);
  const last = new Int32Array(sequences);
  const active: number[] = [];
  let row = 0;
  for (let t = 0; t < steps; t++) {
    let r = 0;
    for (; r < sequences && lengths[order[r]!]! > t; r++) {
      rankOf[row] = r;
      stepOf[row] = t;
      last[r] = row++;
    }
    active.push(r);
  }
  return { sequences, rows, steps, active, order, rank, rankOf, stepOf, last };
}

/** Both levels of a batch. */
export interface RaggedBatch {
  /** Sequences are the real packets, sessions ascending, then packets ascending. */
  readonly packets: Ragged;
  /** Sequences are the sessions. */
  readonly sessions: Ragged;
  /** [rows of packets]: the tokens. */
  readonly tokens: Int32Array;
  /** [rows of sessions]: rank of the packet that is read there. */
  readonly read: Int32Array;
  /** [packets]: place b·P + p of each packet. */
  readonly place: Int32Array;
}

/** @throws RangeError where a batch has an empty session, an empty packet or a token outside the vocabulary. */
export function layOutBatch(batch: Batch, vocabulary: number): RaggedBatch {
  const places: number[] = [];
  const first: number[] = [];
  const counts: number[] = [];
  for (let b = 0; b < batch.size; b++) {
    const n = batch.packets[b]!;
    if (n < 1 || n > batch.maxPackets)
      throw new RangeError(`session ${b} has ${n} packets, expected 1 to ${batch.maxPackets}`);
    first.push(places.length);
    counts.push(n);
    for (let p = 0; p < n; p++) places.push(b * batch.maxPackets + p);
  }
  const lengths = places.map((place) => {
    const n = batch.lengths[place]!;
    if (n < 1 || n > batch.maxTokens)
      throw new RangeError(`the packet at ${place} has ${n} tokens, expected 1 to ${batch.maxTokens}`);
    return n;
  });
  const packets = layOut(lengths);
  const sessions = layOut(counts);
  const tokens = new Int32Array(packets.rows);
  for (let row = 0; row < packets.rows; row++) {
    const place = places[packets.order[packets.rankOf[row]!]!]!;
    const token = batch.tokens[place * batch.maxTokens + packets.stepOf[row]!]!;
    if (token >= vocabulary) throw new RangeError(`token ${token}, the vocabulary has ${vocabulary}`);
    tokens[row] = token;
  }
  const read = Int32Array.from(
    sessions.rankOf,
    (r, row) => packets.rank[first[sessions.order[r]!]! + sessions.stepOf[row]!]!,
  );
  return { packets, sessions, tokens, read, place: Int32Array.from(places) };
}
