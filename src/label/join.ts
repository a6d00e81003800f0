/** Labels to sessions: the same protocol and endpoints in either direction, and times that overlap. */
import type { SessionTable } from '../session/index.ts';
import { ADDRESS_WORDS } from './address.ts';
import { type LabelNames, meaningsOf } from './meaning.ts';
import { labelGroupOf, sessionFacts } from './session.ts';
import type { LabelTable } from './table.ts';

/** How a session came by its label. */
export const How = {
  /** No label speaks of it. */ none: 0,
  /** One label does. */ exact: 1,
  /** Several do, and say the same. */ agreeing: 2,
  /** Several do, and contradict each other. */ conflicting: 3,
  /** None does, and there is a label for what no other speaks of. */ otherwise: 4,
} as const;
export type How = (typeof How)[keyof typeof How];

/** This stands in place of a label where there is none. */
export const NO_LABEL = 0xffff;

/** The labels of sessions. S sessions. */
export interface SessionLabels {
  /** Names of labels, sorted. */
  readonly names: readonly string[];
  /**
   * [S]: index into `names`; NO_LABEL where `how` is none. Of a conflicting session the label of an attack (see
   * meaningsOf) that overlaps longest: it is for the caller to count it as such or to leave the session out.
   */
  readonly label: Uint16Array;
  /** [S]: see How. */
  readonly how: Uint8Array;
  readonly counts: LabelCounts;
}

/** How many sessions came by their labels how. Sum: all sessions. */
export interface LabelCounts {
  readonly sessions: number;
  readonly exact: number;
  readonly agreeing: number;
  readonly conflicting: number;
  readonly otherwise: number;
  readonly none: number;
  /** Sessions by the name of their label, sorted by name; conflicting ones apart. */
  readonly byLabel: readonly { readonly name: string; readonly sessions: number }[];
}

export interface JoinOptions {
  /** Seconds by which the clocks may differ beside the offset; 1 where not given. */
  readonly tolerance?: number;
  /** Which names are normal. */
  readonly said?: LabelNames;
}

/** Labels of sessions, and which labels are of none. */
export interface JoinedLabels extends SessionLabels {
  /** Labels of the table that no session met, by name, sorted by name; those that all did are not there. */
  readonly unmatched: readonly { readonly name: string; readonly records: number }[];
}

/**
 * Joins labels to sessions.
 *
 * A label holds for a session when the protocol and both endpoints are the same, in either direction, and
 * [start + offset − tolerance, end + offset + tolerance] meets the time of the session. The outcome depends neither on
 * the order of the labels nor on which endpoint is their source.
 *
 * @param offset seconds to be added to the labels' clock to get the capture's
 */
export function joinLabels(
  sessions: SessionTable,
  labels: LabelTable,
  offset: number,
  { tolerance = 1, said = {} }: JoinOptions = {},
): JoinedLabels {
  const facts = sessionFacts(sessions);
  const { names, firstLabel, start, end, reach, label } = labels;
  const result = new Uint16Array(facts.count).fill(NO_LABEL);
  const how = new Uint8Array(facts.count);
  const scratch = new Int32Array(2 * ADDRESS_WORDS);
  const isAttack = meaningsOf(names, said).map((meaning) => meaning === 'attack');
  const met = new Uint8Array(labels.count);
  for (let s = 0; s < facts.count; s++) {
    const group = labelGroupOf(facts, s, labels.find, scratch);
    if (group < 0) continue;
    const from = facts.start[s]! - offset - tolerance;
    const to = facts.end[s]! - offset + tolerance;
    const first = firstLabel[group]!;
    let candidates = 0;
    let best = NO_LABEL;
    let longest = 0;
    let conflict = false;
    for (let i = lastBefore(start, first, firstLabel[group + 1]!, to); i >= first; i--) {
      // Nothing before reaches this far.
      if (reach[i]! < from) break;
      if (end[i]! < from) continue;
      candidates++;
      met[i] = 1;
      const candidate = label[i]!;
      const overlap = Math.min(end[i]!, to) - Math.max(start[i]!, from);
      if (best === NO_LABEL) {
        best = candidate;
        longest = overlap;
      } else {
        if (candidate !== best) conflict = true;
        if (worse(candidate, overlap, best, longest, isAttack)) {
          best = candidate;
          longest = overlap;
        }
      }
    }
    if (candidates === 0) continue;
    result[s] = best;
    how[s] = candidates === 1 ? How.exact : conflict ? How.conflicting : How.agreeing;
  }
  const missed = new Array<number>(names.length).fill(0);
  for (let i = 0; i < labels.count; i++) if (met[i] === 0) missed[label[i]!]!++;
  const unmatched = names.flatMap((name, i) => (missed[i]! === 0 ? [] : [{ name, records: missed[i]! }]));
  return { names, label: result, how, counts: countLabels(names, result, how), unmatched };
}

/** Attacks before normal, then the longer overlap, then the order of the names. */
function worse(
  a: number,
  overlapA: number,
  b: number,
  overlapB: number,
  isAttack: readonly boolean[],
): boolean {
  if (isAttack[a] !== isAttack[b]) return isAttack[a] === true;
  return overlapA !== overlapB ? overlapA > overlapB : a < b;
}

/** The last of first … end − 1 with start ≤ time; first − 1 when there is none. */
function lastBefore(start: Float64Array, first: number, end: number, time: number): number {
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (start[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The account of labels. */
export function countLabels(names: readonly string[], label: Uint16Array, how: Uint8Array): LabelCounts {
  const perHow = [0, 0, 0, 0, 0];
  const perName = new Array<number>(names.length).fill(0);
  for (let s = 0; s < how.length; s++) {
    perHow[how[s]!]!++;
    if (how[s] !== How.none && how[s] !== How.conflicting) perName[label[s]!]!++;
  }
  return {
    sessions: how.length,
    exact: perHow[How.exact]!,
    agreeing: perHow[How.agreeing]!,
    conflicting: perHow[How.conflicting]!,
    otherwise: perHow[How.otherwise]!,
    none: perHow[How.none]!,
    byLabel: names.map((name, i) => ({ name, sessions: perName[i]! })),
  };
}

/** The same labels as ones for what no other speaks of. */
export function asOtherwise({ names, label, how }: SessionLabels): SessionLabels {
  const all = how.map((one) => (one === How.none ? How.none : How.otherwise));
  return { names, label, how: all, counts: countLabels(names, label, all) };
}

/** The first labels, and the second ones for sessions that the first ones do not speak of. */
export function withFallback(first: SessionLabels, second: SessionLabels): SessionLabels {
  const names = [...new Set([...first.names, ...second.names])].sort();
  const rank = (labels: SessionLabels): readonly number[] => labels.names.map((name) => names.indexOf(name));
  const [ranks, others] = [rank(first), rank(second)];
  const label = new Uint16Array(first.how.length).fill(NO_LABEL);
  const how = new Uint8Array(first.how.length);
  for (let s = 0; s < how.length; s++) {
    const chosen = first.how[s] === How.none ? second : first;
    how[s] = chosen.how[s]!;
    if (how[s] !== How.none) label[s] = (chosen === first ? ranks : others)[chosen.label[s]!]!;
  }
  return { names, label, how, counts: countLabels(names, label, how) };
}
