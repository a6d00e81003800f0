/** Spearman's rank correlation: do two maps order the same items alike? */
import type { Estimate } from '../evaluation/index.ts';
import type { Clustering } from '../statistics/index.ts';
import { meanOf } from './estimate.ts';
import type { Groups } from './groups.ts';

/** Items below which an order says nothing. */
const LEAST = 3;

/**
 * Spearman's ρ, the correlation of the ranks; of ties the mean of their ranks. null of fewer than three items, or where all of
 * one are equal.
 */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < LEAST) return null;
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [dx, dy] = [x[i]! - middle, y[i]! - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

/** From 1. */
function ranks(values: readonly number[]): readonly number[] {
  const order = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) found[order[k]!] = (from + 1 + to) / 2;
    from = to;
  }
  return found;
}

/** Weights of the same items as those of some groups. */
export type Weights = ArrayLike<number>;

/** How alike two maps are: means over sessions of the means over their groups. */
export interface Likeness {
  /** Spearman's ρ within a group. */
  readonly rank: Estimate;
  /** The same once each map has lost what it gives a position in all sessions on average. */
  readonly beyondPosition: Estimate;
  /** How often both have the same item with the most. */
  readonly top: Estimate;
}

/** @param counts whether an item is held against its counterpart at all */
export function likeness(
  groups: Groups,
  a: Weights,
  b: Weights,
  clusterings: readonly Clustering[],
  counts: (i: number) => boolean = () => true,
): Likeness {
  const N = clusterings[0]?.clusterOf.length ?? (groups.session.at(-1) ?? -1) + 1;
  const [restA, restB] = [beyond(groups, a), beyond(groups, b)];
  const columns = { rank: column(N), beyondPosition: column(N), top: column(N) };
  for (let g = 0; g < groups.count; g++) {
    const items: number[] = [];
    for (let i = groups.start[g]!; i < groups.start[g + 1]!; i++) if (counts(i)) items.push(i);
    const take = (from: Weights) => items.map((i) => from[i]!);
    const s = groups.session[g]!;
    const [x, y] = [take(a), take(b)];
    add(columns.rank, s, spearman(x, y));
    add(columns.beyondPosition, s, spearman(take(restA), take(restB)));
    if (items.length >= 2) add(columns.top, s, greatest(x) === greatest(y) ? 1 : 0);
  }
  const mean = ({ sums, groups: of }: Column, share: boolean): Estimate => {
    const sessions = Array.from(of.keys()).filter((s) => of[s]! > 0);
    const values = sums.map((sum, s) => (of[s] === 0 ? 0 : sum / of[s]!));
    return meanOf(sessions, values, share, clusterings);
  };
  return {
    rank: mean(columns.rank, false),
    beyondPosition: mean(columns.beyondPosition, false),
    top: mean(columns.top, true),
  };
}

interface Column {
  readonly sums: Float64Array;
  readonly groups: Float64Array;
}

const column = (N: number): Column => ({ sums: new Float64Array(N), groups: new Float64Array(N) });

function add({ sums, groups }: Column, s: number, value: number | null): void {
  if (value === null) return;
  sums[s]! += value;
  groups[s]! += 1;
}

function greatest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** What is left of each weight without the mean of its position. */
function beyond({ count, start, position }: Groups, weight: Weights): Float64Array {
  const sums = new Map<number, { sum: number; count: number }>();
  const each = (visit: (i: number, cell: number) => void): void => {
    for (let g = 0; g < count; g++)
      for (let i = start[g]!; i < start[g + 1]!; i++) visit(i, position[g]! + i - start[g]!);
  };
  each((i, cell) => {
    const entry = sums.get(cell) ?? { sum: 0, count: 0 };
    entry.sum += weight[i]!;
    entry.count++;
    sums.set(cell, entry);
  });
  const rest = new Float64Array(weight.length);
  each((i, cell) => {
    const entry = sums.get(cell)!;
    rest[i] = weight[i]! - entry.sum / entry.count;
  });
  return rest;
}
