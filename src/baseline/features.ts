/** Sessions as sparse vectors of how often bytes occur in their headers. N sessions. */
import type { Batch } from '../token/index.ts';

/**
 * What is counted: a value wherever it is in a header (256 features), or a value at its place in a packet
 * (256 · bytes).
 */
export type Counting = 'value' | 'place-and-value';

/** Rows of a matrix [N, features], each of length 1, by their entries that are not 0. */
export interface SparseRows {
  readonly features: number;
  /** [N + 1]: the entries of row n are start[n] … start[n + 1] − 1. */
  readonly start: Uint32Array;
  /** Column of each entry. */
  readonly column: Uint32Array;
  readonly value: Float64Array;
}

/** Bytes have values below this; tokens from it on (END, HIDDEN) are not counted. */
const VALUES = 256;

export interface RowBuilder {
  /** Appends the session in a row of the batch. */
  add(batch: Batch, row: number): void;
  /** Views of what was added, until more is. */
  rows(): SparseRows;
  /** Forgets all rows. */
  clear(): void;
}

/**
 * Collects rows. Of a session with c_f bytes of feature f among C bytes that the network sees, entry f is √(c_f / C):
 * long and short sessions weigh the same, and rare bytes are not drowned by frequent ones.
 *
 * @param maxTokens T of the batches
 * @param capacity rows at most
 */
export function createRowBuilder(counting: Counting, maxTokens: number, capacity: number): RowBuilder {
  const features = counting === 'value' ? VALUES : VALUES * maxTokens;
  const counts = new Uint32Array(features);
  const touched = new Uint32Array(features);
  const start = new Uint32Array(capacity + 1);
  let column = new Uint32Array(Math.max(features, 64 * capacity));
  let value = new Float64Array(column.length);
  let rows = 0;
  let entries = 0;
  return {
    add(batch, row) {
      const { maxPackets, lengths, tokens } = batch;
      const byPlace = counting === 'place-and-value';
      let kinds = 0;
      let all = 0;
      for (let p = 0; p < batch.packets[row]!; p++) {
        const packet = row * maxPackets + p;
        const at = packet * maxTokens;
        const length = lengths[packet]!;
        for (let t = 0; t < length; t++) {
          const token = tokens[at + t]!;
          if (token >= VALUES) continue;
          const feature = byPlace ? t * VALUES + token : token;
          if (counts[feature]!++ === 0) touched[kinds++] = feature;
          all++;
        }
      }
      if (rows === capacity) throw new RangeError(`createRowBuilder: more than ${capacity} rows`);
      if (entries + kinds > column.length) {
        column = grown(column, new Uint32Array(2 * column.length));
        value = grown(value, new Float64Array(2 * value.length));
      }
      for (let i = 0; i < kinds; i++) {
        const feature = touched[i]!;
        column[entries] = feature;
        value[entries++] = Math.sqrt(counts[feature]! / all);
        counts[feature] = 0;
      }
      start[++rows] = entries;
    },
    rows: () => ({
      features,
      start: start.subarray(0, rows + 1),
      column: column.subarray(0, entries),
      value: value.subarray(0, entries),
    }),
    clear() {
      rows = 0;
      entries = 0;
    },
  };
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
