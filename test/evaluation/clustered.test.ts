import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matthews } from '../../src/evaluation/correlation.ts';
import { rocArea } from '../../src/evaluation/curve.ts';
import {
  comparePublished,
  confusionMatrix,
  evaluate,
  intervalsOf,
  mostProbable,
  operatingPoints,
  type Predictions,
} from '../../src/evaluation/index.ts';
import { studentQuantile } from '../../src/numeric/index.ts';
import { stream } from '../../src/random/index.ts';
import { formatEvaluation, formatSummary } from '../../src/report/index.ts';
import { clusteringOf, effectiveCount, wilsonWithVariance } from '../../src/statistics/index.ts';

const close = (a: number | null, b: number, within = 1e-9) =>
  assert.ok(a !== null && Math.abs(a - b) <= within, `${a} against ${b}`);

const CLASSES = ['normal', 'swap', 'scan'];
const N = 240;
const HOSTS = 14;

/** Sessions of hosts, some of which the network does not understand. */
function sample(hosts = HOSTS): Predictions & { readonly hostOf: readonly number[] } {
  const source = stream(1, 'clustered');
  const labels = Uint8Array.from({ length: N }, () => source.below(3));
  const hostOf = Array.from({ length: N }, () => Math.min(source.below(hosts), source.below(hosts)));
  const probabilities = new Float32Array(3 * N);
  for (let i = 0; i < N; i++) {
    const good = hostOf[i]! % 4 === 0 ? 0.3 : 0.9;
    const right = source.chance(good);
    const p = [0.05, 0.05, 0.05].map((x) => x + Math.round(10 * source.uniform()) / 50);
    p[right ? labels[i]! : source.below(3)]! += 1;
    const sum = p.reduce((a, b) => a + b, 0);
    probabilities.set(
      p.map((x) => x / sum),
      3 * i,
    );
  }
  return { labels, probabilities, classes: CLASSES, hostOf };
}

const plain = sample();
const clusterings = [clusteringOf('initiator', plain.hostOf)];
const clustered = evaluate({ ...plain, clusterings });

/** Predictions without the sessions of a host. */
function without(host: number): Predictions {
  const kept = plain.hostOf.flatMap((h, i) => (h === host ? [] : [i]));
  return {
    classes: CLASSES,
    labels: Uint8Array.from(kept, (i) => plain.labels[i]!),
    probabilities: Float32Array.from(
      kept.flatMap((i) => [...plain.probabilities.subarray(3 * i, 3 * i + 3)]),
    ),
  };
}

/** Σ (θ₋g − θ)² (G − 1) / G, from the definition. */
function variance(number: (predictions: Predictions) => number): number {
  const all = number(plain);
  const moved = Array.from({ length: HOSTS }, (_, host) => number(without(host)) - all);
  return ((HOSTS - 1) / HOSTS) * moved.reduce((sum, x) => sum + x * x, 0);
}

/** 97.5% quantile that goes with outcomes that are spread over hosts so. */
function quantile(...outcomes: readonly ((i: number) => boolean)[]): number {
  const count = (f: (i: number) => boolean) => {
    const counts = new Float64Array(HOSTS);
    plain.hostOf.forEach((h, i) => {
      if (f(i)) counts[h]!++;
    });
    return effectiveCount(counts);
  };
  return studentQuantile(0.975, Math.min(count(() => true) - 1, ...outcomes.map((f) => count(f) + 1)));
}

describe('an evaluation by hosts', () => {
  const predicted = mostProbable(plain.probabilities, 3);

  it('has the numbers of one without, and no narrower intervals', () => {
    const independent = evaluate(plain);
    const named = intervalsOf(independent);
    const wide = intervalsOf(clustered);
    assert.deepEqual(Object.keys(wide), Object.keys(named));
    for (const [name, { low, high, by, clusters }] of Object.entries(wide)) {
      assert.ok(high! - low! >= named[name]!.high! - named[name]!.low!, name);
      // Not every host has a session of every sort.
      assert.ok(by === 'session' || (clusters! > HOSTS - 3 && clusters! <= HOSTS), `${name}: ${clusters}`);
      assert.deepEqual([named[name]!.by, named[name]!.clusters], ['session', null]);
    }
    assert.equal(wide.accuracy!.by, 'initiator');
    assert.equal(clustered.accuracy.value, independent.accuracy.value);
    assert.deepEqual(clustered.matrix, independent.matrix);
    assert.equal(clustered.mcc.value, independent.mcc.value);
    assert.deepEqual(
      clustered.kinds.map(({ recall }) => [recall.value, recall.numerator]),
      independent.kinds.map(({ recall }) => [recall.value, recall.numerator]),
    );
    assert.deepEqual(clustered.ranking!.averagePrecision, independent.ranking!.averagePrecision);
  });

  it('has the area under the ROC curve without each host, pair by pair', () => {
    const area = (p: Predictions) => rocArea(operatingPoints(p)).value!;
    const { value, clustered: by } = clustered.ranking!.rocAuc;
    const t = quantile(
      (i) => plain.labels[i]! > 0,
      (i) => plain.labels[i] === 0,
    );
    const expected = wilsonWithVariance(value!, variance(area), 1, t);
    const found = by!.intervals.find((one) => one.by === 'initiator')!;
    close(found.low, expected.low!);
    close(found.high, expected.high!);
  });

  it('has Matthews’ coefficient without each host', () => {
    const mcc = ({ labels, probabilities }: Predictions) =>
      matthews(confusionMatrix(labels, mostProbable(probabilities, 3), 3)).value!;
    const { value, clustered: by } = clustered.mcc;
    const right = (i: number) => plain.labels[i] === predicted[i];
    const t = quantile(right, (i) => !right(i));
    const half = wilsonWithVariance((1 + value!) / 2, variance(mcc) / 4, 1, t);
    const found = by!.intervals.find((one) => one.by === 'initiator')!;
    close(found.low, 2 * half.low! - 1);
    close(found.high, 2 * half.high! - 1);
  });

  it('gives its intervals to all that follows from them', () => {
    const { recall, falsePositiveRate, precisionAt } = clustered.anomalous;
    const { precisionAt: narrow } = evaluate(plain).anomalous;
    assert.deepEqual([recall.clustered!.by, falsePositiveRate.clustered!.by], ['initiator', 'initiator']);
    for (const [i, { low, high }] of precisionAt.entries())
      assert.ok(high! - low! > narrow[i]!.high! - narrow[i]!.low!);
    const published = { source: 's', metrics: { recall: 0.9 } };
    const [figure] = comparePublished(clustered, published).figures;
    assert.equal(figure!.ours.low, recall.low);
    close(figure!.difference.low, recall.low! - 0.9);
  });

  it('of fewer than ten hosts says so, in numbers and in words', () => {
    const few = sample(6);
    const found = evaluate({ ...few, clusterings: [clusteringOf('responder', few.hostOf)] });
    const { value, low, clustered: by } = found.anomalous.recall;
    assert.ok(value! > 0.4, `${value}`);
    assert.deepEqual([low, by!.by, by!.clusters], [null, 'responder', 6]);
    for (const one of found.anomalous.precisionAt) {
      assert.equal(typeof one.value, 'number');
      assert.equal(one.low, null);
    }
    const published = comparePublished(found, { source: 's', metrics: { recall: 0.9 } });
    assert.equal(published.figures[0]!.difference.low, null);
    const findings = { applications: [], pairs: [], threshold: null };
    const nothing = { ...findings, atFalsePositiveRate: null, baselines: null, best: null };
    const text = formatEvaluation(found);
    assert.match(text, / recall +TP\/\(TP\+FN\) +\S+ +only 6 responders +\d+ of \d+\n/);
    assert.match(text, / 10% +\S+ +too few hosts\n/);
    assert.match(formatSummary(found, [], nothing), / recall +\S+ +only 6 responders +\d+ of \d+\n/);
    assert.doesNotMatch(text, /null|NaN/);
  });

  it('shows every way beside the widest', () => {
    const text = formatEvaluation(clustered);
    assert.match(text, /\n {2}recall +TP\/\(TP\+FN\) +\S+ +\S+ … \S+ +1\d initiators +\d+ of \d+\n/);
    assert.match(text, /\n +by session +by initiator\n {2}accuracy +\S+ … \S+ +240 +\S+ … \S+ +14\n/);
    for (const line of text.split('\n')) assert.ok(line.length <= 105 && line === line.trimEnd(), line);
  });
});
