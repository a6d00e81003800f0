/**
 * Presentations: the same test sessions shown to the same weights in another way. What a rate loses by it is what the
 * network relied on; what was trained cannot differ, so that nothing else is in the difference.
 */
import type { MorphCounts } from '../anomaly/index.ts';
import type { Presentation } from '../spec/index.ts';
import { type Clustering, type PairedRates, pairedRates, type Rate } from '../statistics/index.ts';
import type { Delay } from './delay.ts';
import type { Detection } from './detection.ts';
import type { Evaluation } from './evaluate.ts';
import type { Metrics } from './metrics.ts';
import type { TestedThreshold } from './threshold.ts';

/** What the network made of N sessions in a presentation. */
export interface Judged {
  /** [N]: actual and predicted classes, 0 is normal. */
  readonly labels: Uint8Array;
  readonly predictions: Uint8Array;
  /** [N]: what was done to each, indices of the names. */
  readonly kinds: Uint8Array;
  readonly kindNames: readonly string[];
}

/** What a presentation changes in one rate: presented − as tested, of the sessions that both are about. JSON-able. */
export interface PresentedChange extends Omit<PairedRates, 'onlyFirst' | 'onlySecond'> {
  /** `accuracy`, `recall`, `falsePositiveRate`, or `detected KIND`: the share of a kind that is called anomalous. */
  readonly measure: string;
  readonly before: number;
  readonly after: number;
  /** Sessions that it has and the test has not, and the other way round. */
  readonly gained: number;
  readonly lost: number;
}

/** One presentation, as presentations.json has it. */
export interface PresentationRecord {
  readonly name: string;
  /** What is otherwise than in the test. */
  readonly otherwise: Presentation;
  readonly evaluation: Evaluation;
  readonly detection: readonly Detection[];
  /** What the threshold that was chosen on validation sessions does under it; null without such. */
  readonly threshold: TestedThreshold | null;
  /** What became of the sessions. */
  readonly morphs: MorphCounts;
  /** Sessions that are labelled anomalous and have all the tokens that they would have as captured: nobody can see it. */
  readonly unseen: number;
  /** Whether it shows tokens that stand for hidden bytes to a network that was trained without any. */
  readonly untrainedToken: boolean;
  /**
   * Of morphs of sessions that have labels: the share of the attacks among these that is found by who has labels of other
   * attacks, at as many false alarms as the network has. null of others, and where the spec wants no baselines.
   */
  readonly supervised: Rate | null;
  /** Where it shows fewer packets and differs in nothing else. Later than other fields: older code did not write it. */
  readonly delay?: Delay | null;
  /** None of morphs of sessions that have labels: these are no test sessions. */
  readonly changes: readonly PresentedChange[];
}

/** A share of N sessions. */
interface Share {
  /** [N]: 1 for the sessions that it is a share of. */
  readonly counts: Uint8Array;
  /** [N]: 1 for those of them that have it. */
  readonly hits: Uint8Array;
}

/** The shares that presentations are compared by. */
function measuresOf({ labels, predictions, kinds, kindNames }: Judged): ReadonlyMap<string, Share> {
  const share = (counts: (i: number) => boolean, hits: (i: number) => boolean): Share => ({
    counts: labels.map((_, i) => (counts(i) ? 1 : 0)),
    hits: labels.map((_, i) => (counts(i) && hits(i) ? 1 : 0)),
  });
  const isCalled = (i: number): boolean => predictions[i]! > 0;
  const ofKinds = kindNames.map(
    (name, k) => [detected(name), share((i) => kinds[i] === k, isCalled)] as const,
  );
  return new Map([
    [
      'accuracy',
      share(
        () => true,
        (i) => predictions[i] === labels[i],
      ),
    ],
    ['recall', share((i) => labels[i]! > 0, isCalled)],
    ['falsePositiveRate', share((i) => labels[i] === 0, isCalled)],
    // The first is normal.
    ...ofKinds.slice(1),
  ]);
}

const detected = (kind: string): string => `detected ${kind}`;

/**
 * What a presentation changes, rate by rate, paired by session. A session that a kind could be made of in one of both and not
 * in the other is in no rate of that kind.
 *
 * @param tested the sessions as the spec tests them
 * @param presented the same sessions in the same order
 */
export function changesBy(
  tested: Judged,
  presented: Judged,
  clusterings: readonly Clustering[],
): readonly PresentedChange[] {
  const ofTest = measuresOf(tested);
  return [...measuresOf(presented)].flatMap(([measure, after]) => {
    const before = ofTest.get(measure);
    if (before === undefined) return [];
    const both = after.counts.map((counts, i) => counts & before.counts[i]!);
    const { onlyFirst, onlySecond, ...paired } = pairedRates(after.hits, before.hits, both, clusterings);
    if (paired.sessions === 0) return [];
    const rateOf = ({ hits }: Share): number =>
      hits.reduce((sum, hit, i) => sum + (hit & both[i]!), 0) / paired.sessions;
    const rates = { before: rateOf(before), after: rateOf(after) };
    return [{ measure, ...rates, ...paired, gained: onlyFirst, lost: onlySecond }];
  });
}

const UNDER = ' under ';

/** The name of a metric under a presentation. */
export const metricUnder = (metric: string, presentation: string): string => metric + UNDER + presentation;

/** The presentations that some metrics speak of, as they come. */
export const presentationsIn = (names: Iterable<string>): readonly string[] => [
  ...new Set(
    [...names].flatMap((name) =>
      name.includes(UNDER) ? [name.slice(name.indexOf(UNDER) + UNDER.length)] : [],
    ),
  ),
];

/** The rates of every presentation by name, and those by kind of the test itself; nothing without presentations. */
export function presentationMetrics(
  tested: readonly Detection[],
  presentations: readonly PresentationRecord[],
): Metrics {
  if (presentations.length === 0) return {};
  const byKind = (detection: readonly Detection[]) =>
    detection.slice(1).map(({ kind, called }) => [detected(kind), called.value] as const);
  const under = presentations.flatMap(({ name, evaluation, detection, delay }) =>
    [
      ['accuracy', evaluation.accuracy.value] as const,
      ['recall', evaluation.anomalous.recall.value] as const,
      ['falsePositiveRate', evaluation.anomalous.falsePositiveRate.value] as const,
      ...byKind(detection),
      ...(delay == null
        ? []
        : ([
            ['found by then', delay.found.value],
            ['alarmed by then', delay.alarmed.value],
          ] as const)),
    ].map(([metric, value]) => [metricUnder(metric, name), value] as const),
  );
  return Object.fromEntries([...byKind(tested), ...under]);
}
