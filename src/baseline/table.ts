/** The table of the baselines: the same rates for each, on the same sessions, and how the network differs from it. */
import {
  areaOf,
  type Baseline,
  type BestByKind,
  type Chosen,
  detectionByKind,
  evaluateCalls,
  type Rate,
  scorePoints,
} from '../evaluation/index.ts';
import { type Clustering, pairedRates } from '../statistics/index.ts';
import type { BaselineRun, BaselineScores } from './compare.ts';
import { ruleNames } from './rules.ts';

/** What the network calls anomalous of the same sessions, and which of them belong together. */
export interface NetworkCalls {
  /** [N]: 0 is what it calls normal. */
  readonly called: Uint8Array;
  readonly clusterings?: readonly Clustering[];
}

/**
 * @param kinds what `run.kinds` numbers; 0 is normal
 */
export function baselineTable(
  run: BaselineRun,
  kinds: readonly string[],
  network: NetworkCalls,
): readonly Baseline[] {
  const labels = run.kinds.map((kind) => Math.min(kind, 1));
  return run.baselines.map((baseline) => rated(baseline, labels, run.kinds, kinds, network));
}

function rated(
  { name, says, ranks, scores, called }: BaselineScores,
  labels: Uint8Array,
  actual: Uint8Array,
  kinds: readonly string[],
  { called: byNetwork, clusterings = [] }: NetworkCalls,
): Baseline {
  const { recall, falsePositiveRate, precision, f1, mcc } = evaluateCalls(labels, called, clusterings);
  const normal = labels.map((label) => 1 - label);
  const ranked = { labels, normal: scores.map((score) => -score) };
  return {
    name,
    says,
    rates: { recall, falsePositiveRate, precision, f1, mcc },
    rocAuc: ranks ? areaOf(scorePoints(labels, scores), ranked, clusterings) : null,
    detection: detectionByKind(actual, called, kinds, clusterings),
    network: {
      recall: pairedRates(byNetwork, called, labels, clusterings),
      falsePositiveRate: pairedRates(byNetwork, called, normal, clusterings),
    },
  };
}

/** Kinds of which validation has fewer sessions are told best by an oracle: few sessions choose by chance. */
const LEAST_SESSIONS = 10;

/**
 * For all anomalous sessions, and for every kind of them, the rule, and the other baseline, with the greatest difference between its detection rate of the
 * kind and its false positive rate (Youden's J), of equals the first: on the validation sessions where there are enough of
 * the kind, else on the very test sessions, which is an oracle's choice and called so. null where none is better than
 * chance there, or where there is no session of the kind, or no normal one.
 *
 * @param test tables of the same baselines
 */
export function chooseBest(
  test: readonly Baseline[],
  validation: readonly Baseline[] | null,
): readonly BestByKind[] {
  const kinds = test[0]?.detection.slice(1).map(({ kind }) => kind) ?? [];
  const choose = (kind: string | null, among: (name: string) => boolean): Chosen | null => {
    const enough = (callsOf(validation?.[0], kind)?.denominator ?? 0) >= LEAST_SESSIONS;
    const from = enough ? validation! : test;
    const name = greatest(
      from.filter((one) => among(one.name)),
      kind,
    );
    const found = test.find((one) => one.name === name);
    const called = callsOf(found, kind)?.value ?? null;
    const falseAlarms = found?.rates.falsePositiveRate.value ?? null;
    if (name === null || called === null || falseAlarms === null) return null;
    return { name, by: enough ? 'validation' : 'oracle', called, falseAlarms };
  };
  return [null, ...kinds].map((kind) => ({
    kind,
    rule: choose(kind, (name) => ruleNames.has(name)),
    learnt: choose(kind, (name) => !ruleNames.has(name)),
  }));
}

const callsOf = (baseline: Baseline | undefined, kind: string | null): Rate | undefined =>
  kind === null ? baseline?.rates.recall : baseline?.detection.find((one) => one.kind === kind)?.called;

/** The name of the baseline with the greatest J above 0. */
function greatest(baselines: readonly Baseline[], kind: string | null): string | null {
  let [best, before]: [string | null, number] = [null, 0];
  for (const baseline of baselines) {
    const called = callsOf(baseline, kind)?.value ?? null;
    const falseAlarms = baseline.rates.falsePositiveRate.value;
    if (called === null || falseAlarms === null || called - falseAlarms <= before) continue;
    [best, before] = [baseline.name, called - falseAlarms];
  }
  return best;
}
