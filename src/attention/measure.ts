/**
 * Attention on edited items of one kind, against two nulls.
 *
 * Of session i with groups g (packets with something edited and something not; on the level of packets the session itself)
 * a measure is the mean over its groups, and of a kind the mean over its M sessions. A null gives an item of a group what
 * the items of the same cell get on average: by field and place in normal sessions, or by position in all sessions.
 *
 * An interval is from the influence of each session on the number, summed by cluster: (x_i − x̄) / M of a mean. The ratio
 * R = x̄ / n̄ of the shares of attention and null has (x_i − R n_i) / (M n̄) of sessions of the kind, and of each session
 * that a null is made of −R / n̄ · Σ_c w_c (S_jc − μ_c N_jc) / N_c, where cell c has the mean μ_c of N_c items, session j
 * has N_jc of them with the sum S_jc, and w_c = ∂n̄ / ∂μ_c. So the nulls are not taken for exact.
 */
import type { Estimate } from '../evaluation/index.ts';
import { type Clustering, UNDEFINED } from '../statistics/index.ts';
import type { Level, Pointing } from './card.ts';
import { estimateOf, indicator, meanOf } from './estimate.ts';
import { type Groups, type NullMap, nullMap, State } from './groups.ts';
import { type Pointed, point } from './point.ts';

/** What is held against each other. */
const SOURCES = ['attention', 'normal', 'position'] as const;
type Source = (typeof SOURCES)[number];
const MEASURES = ['share', 'auc', 'top', 'topEdited'] as const;
type Measure = (typeof MEASURES)[number];

/** A level, with its nulls. */
export interface Measurable {
  readonly level: Level;
  readonly groups: Groups;
  readonly normal: NullMap;
  readonly position: NullMap;
}

/** @param kinds [N]: 0 is normal */
export function measurable(level: Level, groups: Groups, kinds: Uint8Array): Measurable {
  const { cell, position, start } = groups;
  return {
    level,
    groups,
    normal: nullMap(
      groups,
      (s) => kinds[s] === 0,
      (_, i) => cell[i]!,
    ),
    position: nullMap(
      groups,
      () => true,
      (g, i) => position[g]! + i - start[g]!,
    ),
  };
}

/** All but the words. */
export type Measured = Omit<Pointing, 'finding' | 'says'>;

/** Measures one kind. @param clusterings of the N sessions */
export function measure(
  { level, groups, normal, position }: Measurable,
  kinds: Uint8Array,
  kind: number,
  name: string,
  clusterings: readonly Clustering[],
): Measured {
  const N = kinds.length;
  const table = createTable(N);
  const leftOut = { unseen: 0, everything: 0, unmatched: 0 };
  const weights = {
    normal: new Float64Array(normal.sum.length),
    position: new Float64Array(position.sum.length),
  };
  const scratch = createScratch(groups);
  let all = 0;
  for (let g = 0; g < groups.count; ) {
    const s = groups.session[g]!;
    let end = g;
    while (end < groups.count && groups.session[end] === s) end++;
    if (kinds[s] === kind) {
      all++;
      const reason = addSession(s, g, end);
      if (reason !== null) leftOut[reason]++;
    }
    g = end;
  }
  const M = table.sessions.length;
  for (const map of [weights.normal, weights.position])
    for (let c = 0; c < map.length; c++) map[c]! /= Math.max(M, 1);

  /** Whether normal sessions have what was edited in a group. */
  function isMatched(g: number): boolean {
    for (let i = groups.start[g]!; i < groups.start[g + 1]!; i++)
      if (groups.state[i] === State.edited && normal.count[normal.cellOf(g, i)] === 0) return false;
    return true;
  }

  /** Adds the means over the groups of a session. @returns why it has none */
  function addSession(s: number, from: number, to: number): keyof typeof leftOut | null {
    let [seen, pointable] = [false, 0];
    let missing = false;
    for (let g = from; g < to; g++) {
      const { edited, plain } = scratch.load(g);
      if (edited > 0) seen = true;
      if (edited === 0 || plain === 0) continue;
      if (isMatched(g)) pointable++;
      else missing = true;
    }
    if (pointable === 0) return !seen ? 'unseen' : missing ? 'unmatched' : 'everything';
    for (let g = from; g < to; g++) {
      const { edited, plain, n } = scratch.load(g);
      if (edited === 0 || plain === 0) continue;
      if (!isMatched(g)) continue;
      scratch.fill('normal', g, normal);
      scratch.fill('position', g, position);
      const start = groups.start[g]!;
      for (const source of SOURCES) {
        const values = scratch.values[source];
        let share = 0;
        for (let j = 0; j < n; j++) if (scratch.states[j] === State.edited) share += values[j]!;
        table.add(s, source, { share, ...point(values, scratch.states, n, scratch.order) }, pointable);
      }
      table.addUniform(edited / n, pointable);
      for (let j = 0; j < n; j++) {
        if (scratch.states[j] !== State.edited) continue;
        for (const [map, sums] of [
          [normal, weights.normal],
          [position, weights.position],
        ] as const) {
          const c = map.cellOf(g, start + j);
          sums[c] = sums[c]! + 1 / pointable;
        }
      }
    }
    table.end(s);
    return null;
  }

  const column = (source: Source, what: Measure): Float64Array => table.columns[source][what];
  const mean = (values: Float64Array, share = true): Estimate =>
    meanOf(table.sessions, values, share, clusterings);
  const against = (what: Measure) => ({
    attention: mean(column('attention', what)),
    normal: mean(column('normal', what)),
    position: mean(column('position', what)),
  });
  const over = (source: 'normal' | 'position', what: Measure): Estimate =>
    mean(
      column('attention', what).map((x, s) => x - column(source, what)[s]!),
      false,
    );
  const times = (source: 'normal' | 'position', map: NullMap): Estimate =>
    ratio(
      table.sessions,
      column('attention', 'share'),
      column(source, 'share'),
      groups,
      map,
      weights[source],
      clusterings,
    );
  return {
    level,
    kind: name,
    all,
    sessions: M,
    leftOut,
    share: { ...against('share'), uniform: M === 0 ? null : table.uniform() },
    times: { normal: times('normal', normal), position: times('position', position) },
    auc: { ...against('auc'), overNormal: over('normal', 'auc'), overPosition: over('position', 'auc') },
    top: against('top'),
    topEdited: against('topEdited'),
  };
}

/** The ratio of two means over the same sessions, the second of which comes from a null map: see above. */
function ratio(
  sessions: readonly number[],
  attention: Float64Array,
  expected: Float64Array,
  groups: Groups,
  map: NullMap,
  weights: Float64Array,
  clusterings: readonly Clustering[],
): Estimate {
  const M = sessions.length;
  const mean = (values: Float64Array): number => sessions.reduce((sum, s) => sum + values[s]!, 0) / M;
  const below = M === 0 ? 0 : mean(expected);
  if (below === 0) return UNDEFINED;
  const value = mean(attention) / below;
  const influence = new Float64Array(attention.length);
  for (const s of sessions) influence[s] = (attention[s]! - value * expected[s]!) / (M * below);
  for (let g = 0; g < groups.count; g++) {
    const s = groups.session[g]!;
    if (!map.isOf(s)) continue;
    let moved = 0;
    for (let i = groups.start[g]!; i < groups.start[g + 1]!; i++) {
      const c = map.cellOf(g, i);
      const w = weights[c]!;
      if (w === 0) continue;
      const count = map.count[c]!;
      moved += (w * (groups.weight[i]! - map.sum[c]! / count)) / count;
    }
    influence[s] = influence[s]! - (value / below) * moved;
  }
  const of = indicator(sessions, attention.length);
  return estimateOf({ value, of, influence, share: false }, clusterings);
}

/** [N] of each measure and source: the means of the sessions that have one. */
function createTable(N: number) {
  const columns = Object.fromEntries(
    SOURCES.map((source) => [
      source,
      Object.fromEntries(MEASURES.map((what) => [what, new Float64Array(N)])),
    ]),
  ) as Readonly<Record<Source, Readonly<Record<Measure, Float64Array>>>>;
  const sessions: number[] = [];
  let uniform = 0;
  return {
    columns,
    sessions,
    add(s: number, source: Source, found: Pointed & { readonly share: number }, groups: number): void {
      for (const what of MEASURES) columns[source][what][s]! += found[what] / groups;
    },
    addUniform(share: number, groups: number): void {
      uniform += share / groups;
    },
    end(s: number): void {
      sessions.push(s);
    },
    uniform: () => uniform / sessions.length,
  };
}

/** Room for one group: its states, its weights, and what the nulls would give it. */
function createScratch({ count, start, weight, state }: Groups) {
  let longest = 0;
  for (let g = 0; g < count; g++) longest = Math.max(longest, start[g + 1]! - start[g]!);
  const room = () => new Float64Array(longest);
  const states = new Uint8Array(longest);
  const values = { attention: room(), normal: room(), position: room() };
  return {
    states,
    values,
    order: room(),
    load(g: number): { readonly edited: number; readonly plain: number; readonly n: number } {
      const from = start[g]!;
      const n = start[g + 1]! - from;
      let [edited, plain] = [0, 0];
      for (let j = 0; j < n; j++) {
        const itsState = state[from + j]!;
        states[j] = itsState;
        values.attention[j] = weight[from + j]!;
        if (itsState === State.edited) edited++;
        else if (itsState === State.plain) plain++;
      }
      return { edited, plain, n };
    },
    /** What a null gives the items of a group; one without counterpart gets nothing. */
    fill(source: 'normal' | 'position', g: number, map: NullMap): void {
      for (let i = start[g]!; i < start[g + 1]!; i++) {
        const c = map.cellOf(g, i);
        const known = map.count[c]!;
        values[source][i - start[g]!] = known === 0 ? 0 : map.sum[c]! / known;
      }
    },
  };
}
