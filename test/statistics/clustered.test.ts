import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterSums } from '../../src/statistics/clusters.ts';
import {
  clusteredRate,
  clusteringOf,
  clusteringsOf,
  effectiveCount,
  jackknife,
  pairedRates,
  rate,
  twoWayBootstrap,
} from '../../src/statistics/index.ts';
import fc from '../support/fast-check.ts';

const close = (actual: number | null, expected: number, within = 1e-9) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual}, expected ${expected}`);

/** Sessions of clusters, the first of each of which hit. */
function sessionsOf(hits: readonly number[], sizes: readonly number[]) {
  const hit = sizes.flatMap((n, g) => Array.from({ length: n }, (_, i) => (i < hits[g]! ? 1 : 0)));
  const names = sizes.flatMap((n, g) => Array(n).fill(`h${g}`) as string[]);
  return { hit, of: hit.map(() => 1), names, clustering: clusteringOf('initiator', names) };
}

const HITS = [3, 0, 5, 9, 2, 7, 1, 4, 0, 12, 6, 2];
const SIZES = [4, 3, 9, 11, 2, 15, 1, 6, 2, 20, 6, 5];

describe('clusters', () => {
  it('are numbered as they come, and summed', () => {
    const clustering = clusteringOf('responder', ['b', 'a', 'b', 'c']);
    assert.deepEqual([...clustering.clusterOf], [0, 1, 0, 2]);
    assert.equal(clustering.count, 3);
    assert.deepEqual([...clusterSums(clustering, [1, 2, 4, 8])], [5, 2, 8]);
  });

  it('of pairs do not ask who called; sessions that are there twice are clusters', () => {
    const [initiator, responder, pair] = clusteringsOf(['a', 'b', 'a'], ['b', 'a', 'c'], [1, 2, 3]);
    assert.deepEqual([initiator!.by, responder!.by, pair!.by], ['initiator', 'responder', 'pair']);
    assert.deepEqual([initiator!.count, responder!.count, pair!.count], [2, 3, 2]);
    assert.equal(clusteringsOf(['a', 'a'], ['b', 'b'], [7, 7])[0]!.by, 'session');
  });

  it('are worth as many as they are where they are equal, and fewer otherwise', () => {
    close(effectiveCount([2, 2, 2, 0]), 3);
    close(effectiveCount([8, 1, 1]), 100 / 66);
    assert.equal(effectiveCount([0, 0]), 0);
  });
});

describe('the clustered variance of a rate', () => {
  it('is the sandwich with the correction CR3', () => {
    // numpy 2, by matrices: (G − 1)/G · (X'X)⁻¹ Σ Xg'(I − Hgg)⁻¹ eg eg'(I − Hgg)⁻¹ Xg (X'X)⁻¹, an intercept alone.
    const { hit, of, clustering } = sessionsOf(HITS, SIZES);
    const weights = clusterSums(clustering, of);
    const found = clusterSums(clustering, hit);
    const knife = jackknife(51 / 84, (g) => (51 - found[g]!) / (84 - weights[g]!), weights, [found]);
    close(knife.variance, 0.0036514649226404234, 1e-15);
    assert.equal(knife.clusters, 12);
    close(knife.effective, 84 ** 2 / 958);
  });

  it('gives an interval that is wider than Wilson’s, and names what it is from', () => {
    const { hit, of, clustering } = sessionsOf(HITS, SIZES);
    const { numerator, denominator, low, high, clustered } = clusteredRate(hit, of, [clustering]);
    assert.deepEqual([numerator, denominator], [51, 84]);
    const wilson = rate(51, 84);
    assert.ok(low! < wilson.low! && high! > wilson.high!);
    assert.deepEqual([clustered!.by, clustered!.clusters], ['initiator', 12]);
    const [session] = clustered!.intervals;
    assert.deepEqual(session, { by: 'session', clusters: 84, low: wilson.low, high: wilson.high });
  });

  it('is Wilson’s without clusterings, and where they make it no wider', () => {
    const { hit, of, clustering } = sessionsOf(HITS, SIZES);
    assert.deepEqual(clusteredRate(hit, of, []), rate(51, 84));
    // About the same share of every cluster: they differ less than chance would have them.
    const even = sessionsOf([1, 3, ...Array(18).fill(2)], Array(20).fill(4));
    const found = clusteredRate(even.hit, even.of, [even.clustering]);
    assert.equal(found.clustered!.by, 'session');
    assert.deepEqual([found.low, found.high], [rate(40, 80).low, rate(40, 80).high]);
    assert.equal(clustering.count, 12);
  });

  it('is none of fewer than ten clusters, and says of how many', () => {
    const nine = sessionsOf(HITS.slice(0, 9), SIZES.slice(0, 9));
    const many = clusteringOf(
      'pair',
      nine.hit.map((_, i) => i),
    );
    const { value, low, high, clustered } = clusteredRate(nine.hit, nine.of, [nine.clustering, many]);
    assert.deepEqual([value, low, high], [31 / 53, null, null]);
    assert.deepEqual([clustered!.by, clustered!.clusters], ['initiator', 9]);
    // What the other says stays.
    assert.ok(clustered!.intervals[2]!.low! < 31 / 53);
  });

  it('counts only clusters that have a session of those that the rate is of', () => {
    const { hit, clustering } = sessionsOf(Array(12).fill(1), Array(12).fill(2));
    const of = hit.map((_, i) => (i < 18 ? 1 : 0));
    assert.equal(clusteredRate(hit, of, [clustering]).clustered!.clusters, 9);
  });

  it('of a perfect score is that of as many sessions as there are clusters', () => {
    const all = sessionsOf(Array(20).fill(50), Array(20).fill(50));
    const { value, low, high } = clusteredRate(all.hit, all.of, [all.clustering]);
    assert.deepEqual([value, high], [1, 1]);
    close(low, rate(20, 20).low!);
  });

  it('turns round with hits and misses, and is undefined of nothing', () => {
    const clusters = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { minLength: 10, maxLength: 30 });
    fc.assert(
      fc.property(clusters, (list) => {
        const sizes = list.map(([a, b]) => a + b);
        const { hit, of, clustering } = sessionsOf(
          list.map(([a]) => a),
          sizes,
        );
        const one = clusteredRate(hit, of, [clustering]);
        const other = clusteredRate(
          hit.map((x) => 1 - x),
          of,
          [clustering],
        );
        if (one.value === null) return assert.equal(one.clustered, undefined);
        close(one.value, 1 - other.value!);
        if (one.low === null) return assert.equal(other.low, null);
        close(one.low, 1 - other.high!, 1e-8);
        assert.ok(one.low >= 0 && one.low <= one.value && one.value <= one.high! && one.high! <= 1);
      }),
    );
    assert.equal(clusteredRate([], [], [clusteringOf('pair', [])]).value, null);
  });
});

describe('two classifiers on the same sessions', () => {
  // A. Agresti, Categorical Data Analysis (2002), table 10.1: 794 approve twice, 150 no more, 86 only then, 570 never.
  const first = [...Array(794).fill(1), ...Array(150).fill(1), ...Array(86).fill(0), ...Array(570).fill(0)];
  const second = [...Array(794).fill(1), ...Array(150).fill(0), ...Array(86).fill(1), ...Array(570).fill(0)];
  const of = first.map(() => 1);

  it('have the difference of the textbook, with about its interval', () => {
    const { difference, onlyFirst, onlySecond, mcnemar, p } = pairedRates(first, second, of, []);
    assert.deepEqual([onlyFirst, onlySecond, p], [150, 86, null]);
    close(difference.value, 0.04);
    // Wald: 0.04 ± 1.96 · 0.0095 = 0.0213 … 0.0587; Agresti gives 0.095 for the opposite coding of a smaller table.
    close(difference.low, 0.0213, 5e-4);
    close(difference.high, 0.0587, 5e-4);
    close(mcnemar, 3.7159361395713866e-5, 1e-14);
  });

  it('differ by less than one can tell where the same hosts are behind it', () => {
    const hosts = clusteringOf(
      'initiator',
      first.map((_, i) => Math.floor(i / 80)),
    );
    const { difference, p } = pairedRates(first, second, of, [hosts]);
    assert.equal(difference.clustered!.by, 'initiator');
    assert.ok(difference.low! < 0 && difference.high! > 0);
    assert.ok(p! > 0.05, `${p}`);
  });

  it('that never differ are not thereby known to be the same', () => {
    const { difference, mcnemar, p } = pairedRates(of, of, of, [
      clusteringOf(
        'responder',
        of.map((_, i) => i % 20),
      ),
    ]);
    assert.deepEqual([difference.value, mcnemar, p], [0, 1, 1]);
    assert.ok(difference.low! < -0.05 && difference.high! > 0.05);
  });

  it('have no p of too few clusters, and no difference without sessions', () => {
    const few = clusteringOf(
      'pair',
      of.map((_, i) => i % 5),
    );
    const { p, difference } = pairedRates(first, second, of, [few]);
    assert.deepEqual([p, difference.low, difference.clustered!.clusters], [null, null, 5]);
    assert.equal(
      pairedRates(
        first,
        second,
        of.map(() => 0),
        [few],
      ).difference.value,
      null,
    );
  });
});

describe('a ratio by seeds and hosts', () => {
  const table = (f: (s: number, g: number) => number, S: number, G: number) =>
    Array.from({ length: S }, (_, s) => Float64Array.from({ length: G }, (_, g) => f(s, g)));

  it('is the ratio of the sums, with an interval of both', () => {
    const denominators = table(() => 10, 5, 12);
    const numerators = table((s, g) => 5 + (s % 3) + (g % 3) - 2, 5, 12);
    const both = twoWayBootstrap({ numerators, denominators }, 10);
    const seedsAlone = twoWayBootstrap(
      { numerators: table((s) => 5 + (s % 3) - 1, 5, 12), denominators },
      10,
    );
    close(both.value, 0.48);
    assert.ok(both.low! < 0.4 && both.high! > 0.55);
    assert.ok(both.high! - both.low! > seedsAlone.high! - seedsAlone.low!);
    assert.deepEqual(twoWayBootstrap({ numerators, denominators }, 10), both);
  });

  it('has none of two seeds, or of too few hosts', () => {
    const ones = (S: number, G: number) => ({
      numerators: table(() => 1, S, G),
      denominators: table(() => 2, S, G),
    });
    assert.equal(twoWayBootstrap(ones(2, 12), 10).low, null);
    assert.equal(twoWayBootstrap(ones(5, 9), 10).low, null);
    // Nor where nothing scatters.
    assert.equal(twoWayBootstrap(ones(5, 12), 10).low, null);
    assert.equal(twoWayBootstrap({ numerators: [], denominators: [] }, 10).value, null);
  });
});
