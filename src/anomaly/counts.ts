/** What became of the sessions that a morpher presented. */
import type { RepairNotes } from './kind.ts';

/** One kind. */
export interface KindCounts {
  /** Sessions for which it was drawn first: applied at once + couldNotApply. */
  readonly drawn: number;
  /** Sessions that became this kind, also in place of another. */
  readonly applied: number;
  /**
   * Of those drawn, sessions it could not apply to: replacedBy + leftNormal, but where every kind has its turn
   * (evaluation.draws), and they are left out.
   */
  readonly couldNotApply: number;
  /** What these became instead, by kind; only kinds that occurred. */
  readonly replacedBy: Readonly<Record<string, number>>;
  /** Those that no kind could apply to. */
  readonly leftNormal: number;
  /**
   * Sessions that it changed, but not in a token, so that no network could see it: they count as those that it could not
   * apply to, or are among `applied` where the spec keeps them (anomalies.invisible).
   */
  readonly invisible: number;
}

/** All sessions presented so far: normal + Σ drawn. */
export interface MorphCounts {
  readonly presented: number;
  /** Drawn to stay normal. */
  readonly normal: number;
  /** Meant to be an anomaly, but no kind could apply: Σ leftNormal of the kinds. They are labelled normal too. */
  readonly leftNormal: number;
  /** By kind, in the order of the spec. */
  readonly kinds: Readonly<Record<string, KindCounts>>;
  /** Swapped destinations whose MAC address is not known and was left stale (repair "mac"). */
  readonly macUnknown: number;
  /** Swapped destinations whose MAC address is that of the other end: both are behind one gateway (repair "mac"). */
  readonly macShared: number;
  /** Sessions with a new sender whose TTL, VLAN or values of TCP options are not known (the repairs of that name). */
  readonly ttlUnknown: number;
  readonly vlanUnknown: number;
  readonly optionsUnknown: number;
}

/** Raw counters of K kinds as plain JSON: what a checkpoint keeps, and a morpher goes on from. */
export interface TallyRecord {
  presented: number;
  normal: number;
  /** [K] */
  readonly drawn: number[];
  /** [K, K + 1]: drawn first → applied; the last column: none. */
  readonly outcome: number[];
  /** [K] */
  readonly invisible: number[];
  readonly notes: RepairNotes;
}

export function createTally(kinds: number): TallyRecord {
  return {
    presented: 0,
    normal: 0,
    drawn: new Array<number>(kinds).fill(0),
    outcome: new Array<number>(kinds * (kinds + 1)).fill(0),
    invisible: new Array<number>(kinds).fill(0),
    notes: { macUnknown: 0, macShared: 0, ttlUnknown: 0, vlanUnknown: 0, optionsUnknown: 0 },
  };
}

/** The counters in words. */
export function describeTally(tally: TallyRecord, names: readonly string[]): MorphCounts {
  const K = names.length;
  const outcome = (drawn: number, applied: number) => tally.outcome[drawn * (K + 1) + applied]!;
  const kinds = names.map((name, k): [string, KindCounts] => {
    const replacedBy = names.flatMap((other, j): [string, number][] =>
      j !== k && outcome(k, j) > 0 ? [[other, outcome(k, j)]] : [],
    );
    return [
      name,
      {
        drawn: tally.drawn[k]!,
        applied: names.reduce((sum, _, j) => sum + outcome(j, k), 0),
        couldNotApply: tally.drawn[k]! - outcome(k, k),
        replacedBy: Object.fromEntries(replacedBy),
        leftNormal: outcome(k, K),
        invisible: tally.invisible[k]!,
      },
    ];
  });
  return {
    presented: tally.presented,
    normal: tally.normal,
    leftNormal: kinds.reduce((sum, [, counts]) => sum + counts.leftNormal, 0),
    kinds: Object.fromEntries(kinds),
    ...tally.notes,
  };
}
