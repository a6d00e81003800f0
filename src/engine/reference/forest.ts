/**
 * Forests of shared prefixes: packets of a chunk that begin with the same bytes share the states of those bytes.
 *
 * A hidden state depends on its prefix alone, so computing each distinct prefix once is exact. Headers of one network
 * share MAC addresses, EtherType, version, often more.
 */
import type { Batch } from '../../token/index.ts';
import { comparePackets } from './chunks.ts';

/**
 * Recurrent steps of S sequences as a forest of N nodes. Nodes are numbered level by level (level = step), and within a
 * level in the order of the sequences through them, so the children of a node are a range, and so are its sequences.
 */
export interface Forest {
  readonly sequences: number;
  readonly nodes: number;
  /** [levels + 1]: nodes of level l are levelStart[l] … levelStart[l + 1] − 1. */
  readonly levelStart: readonly number[];
  /** [N]: the node one step earlier; −1 on level 0. */
  readonly parent: readonly number[];
  /** [N]: what the node reads: a token, or the place of a packet. */
  readonly input: readonly number[];
  /** [N]: the sequences through node n are first[n] … last[n] − 1. */
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** [S]: the nodes of each sequence, first to last. */
  readonly paths: readonly (readonly number[])[];
}

/** The forest of sequences in which neighbours share the first `shared` inputs. */
function grow(sequences: readonly ArrayLike<number>[], shared: readonly number[]): Forest {
  const levelStart = [0];
  const [parent, input, first, last]: number[][] = [[], [], [], []];
  const paths: number[][] = sequences.map(() => []);
  const levels = Math.max(...sequences.map((s) => s.length));
  for (let level = 0; level < levels; level++) {
    sequences.forEach((sequence, s) => {
      if (level >= sequence.length) return;
      if (s > 0 && level < shared[s]!) paths[s]!.push(paths[s - 1]![level]!);
      else {
        paths[s]!.push(input!.length);
        parent!.push(paths[s]![level - 1] ?? -1);
        input!.push(sequence[level]!);
        first!.push(s);
        last!.push(s);
      }
      last![paths[s]![level]!] = s + 1;
    });
    levelStart.push(input!.length);
  }
  return {
    sequences: sequences.length,
    nodes: input!.length,
    levelStart,
    parent: parent!,
    input: input!,
    first: first!,
    last: last!,
    paths,
  };
}

/**
 * The packets of some sessions in lexicographic order (ties: sessions in their order, packets ascending), and their forest.
 *
 * @returns rows: [S] row of each packet in the batch
 */
export function packetForest(batch: Batch, sessions: Uint32Array): { forest: Forest; rows: number[] } {
  const { maxPackets: P, maxTokens: T, tokens, lengths } = batch;
  const rows: number[] = [];
  for (const b of sessions) for (let p = 0; p < batch.packets[b]!; p++) rows.push(b * P + p);
  // The sort is stable.
  rows.sort((a, b) => comparePackets(batch, a, b));
  const sequences = rows.map((row) => tokens.subarray(row * T, row * T + lengths[row]!));
  const shared = sequences.map((sequence, s) => {
    const before = sequences[s - 1];
    let t = 0;
    while (before !== undefined && t < sequence.length && sequence[t] === before[t]) t++;
    return t;
  });
  return { forest: grow(sequences, shared), rows };
}

/** A path of one node a packet for each session; what it reads is the place of the packet in `rows`. */
export function sessionForest(batch: Batch, sessions: Uint32Array, rows: readonly number[]): Forest {
  const placeOf = new Map(rows.map((row, place) => [row, place]));
  const sequences = Array.from(sessions, (b) =>
    Array.from({ length: batch.packets[b]! }, (_, p) => placeOf.get(b * batch.maxPackets + p)!),
  );
  return grow(
    sequences,
    sequences.map(() => 0),
  );
}
