/**
 * How well attacks can be told by who has labels of them, which nobody has beforehand: an upper bound for what is trained
 * without.
 */
import { setImmediate } from 'node:timers/promises';
import { permutation, stream } from '../random/index.ts';
import type { Clustering } from '../statistics/index.ts';
import { createBatch } from '../token/index.ts';
import type { PresentedSessions } from '../training/index.ts';
import type { RuleVerdicts } from './compare.ts';
import { createRowBuilder, type SparseRows } from './features.ts';
import { fitLogistic, logOdds } from './logistic.ts';
import { rules } from './rules.ts';

export interface SupervisedInput {
  /** The test sessions, with their labels, N of them. */
  readonly test: PresentedSessions;
  readonly verdicts: RuleVerdicts;
  /** Sessions that must not be on both sides of a fold: those of one pair of hosts. */
  readonly groups: Clustering;
  readonly seed: number;
  /** Called now and then; what it throws ends the work. */
  readonly check: () => void;
}

/** Scores of some of N sessions, more is more like an attack. */
export interface SupervisedScores {
  /** [M]: which of the N. */
  readonly of: Uint32Array;
  /** [M] */
  readonly scores: Float64Array;
}

const FOLDS = 5;
/** Sessions that are looked at, drawn from all. */
const MOST = 20_000;
const PENALTY = 1e-4;

/**
 * Logistic regression on which byte is where and on what the rules say, cross-fitted: sessions of a fifth of the groups are
 * judged by what was learnt of the labels of the others.
 */
export async function scoreSupervised(input: SupervisedInput): Promise<SupervisedScores> {
  const { test, groups, seed, check } = input;
  const N = test.labels.length;
  const of = permutation(N, stream(seed, 'supervised sessions')).slice(0, MOST).sort();
  const order = permutation(groups.count, stream(seed, 'supervised folds'));
  const foldOf = Uint8Array.from(of, (i) => order[groups.clusterOf[i]!]! % FOLDS);
  const scores = new Float64Array(of.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const [own, others]: [number[], number[]] = [[], []];
    foldOf.forEach((one, m) => void (one === fold ? own : others).push(m));
    if (own.length === 0) continue;
    const learnt = fitLogistic(
      rowsOf(
        input,
        others.map((m) => of[m]!),
      ),
      Uint8Array.from(others, (m) => Math.min(test.labels[of[m]!]!, 1)),
      PENALTY,
    );
    const judged = logOdds(
      learnt,
      rowsOf(
        input,
        own.map((m) => of[m]!),
      ),
    );
    own.forEach((m, i) => {
      scores[m] = judged[i]!;
    });
    await setImmediate();
    check();
  }
  return { of, scores };
}

/** Sessions by their bytes and by what the rules say of them. */
function rowsOf({ test, verdicts }: SupervisedInput, sessions: readonly number[]): SparseRows {
  const batch = createBatch(1, test.maxPackets, test.maxTokens);
  const builder = createRowBuilder('place-and-value', test.maxTokens, sessions.length);
  for (const i of sessions) {
    test.load(i, batch, 0);
    builder.add(batch, 0);
  }
  const { features, start, column, value } = builder.rows();
  const R = rules.length;
  const all = { start: new Uint32Array(start.length), column: [] as number[], value: [] as number[] };
  sessions.forEach((i, row) => {
    for (let at = start[row]!; at < start[row + 1]!; at++) {
      all.column.push(column[at]!);
      all.value.push(value[at]!);
    }
    for (let r = 0; r < R; r++)
      if (verdicts.broken[i * R + r] === 1) {
        all.column.push(features + r);
        all.value.push(1);
      }
    all.start[row + 1] = all.column.length;
  });
  return {
    features: features + R,
    start: all.start,
    column: Uint32Array.from(all.column),
    value: Float64Array.from(all.value),
  };
}

/** [N]: of the sessions that have scores, 1 for those that are called at so small a share of false alarms at most. */
export function calledAtMost(
  { of, scores }: SupervisedScores,
  labels: Uint8Array,
  falsePositiveRate: number,
): { readonly hits: Uint8Array; readonly attacks: Uint8Array } {
  const normal = scores.filter((_, m) => labels[of[m]!] === 0).sort();
  // Above this score as many normal sessions are as may be.
  const limit =
    normal[normal.length - 1 - Math.floor(falsePositiveRate * normal.length)] ?? Number.NEGATIVE_INFINITY;
  const hits = new Uint8Array(labels.length);
  const attacks = new Uint8Array(labels.length);
  of.forEach((i, m) => {
    if (labels[i] === 0) return;
    attacks[i] = 1;
    if (scores[m]! > limit) hits[i] = 1;
  });
  return { hits, attacks };
}
