/**
 * What intervals promise, tried out: of many samples whose truth is known, how many intervals hold it. Everything is drawn
 * from streams with constant names, so that a test gives today what it gave yesterday.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { probit } from '../../src/numeric/index.ts';
import { normal, type Stream, stream } from '../../src/random/index.ts';
import {
  clusteredRate,
  clusteringOf,
  pairedDifference,
  pairedRates,
  rate,
  studentInterval,
  twoWayBootstrap,
} from '../../src/statistics/index.ts';

const share = (times: number, holds: (i: number) => boolean): number => {
  let count = 0;
  for (let i = 0; i < times; i++) if (holds(i)) count++;
  return count / times;
};

/** G. Marsaglia and W. W. Tsang (2000, ACM TOMS 26:363). */
function gamma(a: number, source: Stream): number {
  if (a < 1) return gamma(a + 1, source) * (1 - source.uniform()) ** (1 / a);
  const d = a - 1 / 3;
  for (;;) {
    const x = normal(source);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - source.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** The probability of a host: Beta with this mean and correlation within hosts. */
function hostProbability(mean: number, rho: number, source: Stream): number {
  if (rho === 0) return mean;
  const scale = (1 - rho) / rho;
  const [a, b] = [gamma(mean * scale, source), gamma((1 - mean) * scale, source)];
  return a + b === 0 ? mean : a / (a + b);
}

/** Sessions of G hosts: equally many, or as many as by Zipf's law. */
const sizesOf = (G: number, shape: 'equal' | 'zipf'): readonly number[] => {
  const weights = Array.from({ length: G }, (_, g) => (shape === 'equal' ? 1 : 1 / (g + 1)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => Math.max(1, Math.round((20 * G * w) / sum)));
};

const SAMPLES = 400;
/** Of a coverage of 95%, three standard errors of so many samples are 3.3 points. */
const NEAR = 0.95 - 0.033;

describe('the clustered interval of a rate', () => {
  /** Coverage of the clustered interval, and of Wilson's. */
  const coverage = (G: number, shape: 'equal' | 'zipf', p: number, rho: number) => {
    const sizes = sizesOf(G, shape);
    const names = sizes.flatMap((n, g) => Array(n).fill(g) as number[]);
    const clustering = clusteringOf('initiator', names);
    const of = new Uint8Array(names.length).fill(1);
    const hits = new Uint8Array(names.length);
    let wilsons = 0;
    const clustered = share(SAMPLES, (i) => {
      const source = stream(1, 'coverage', G, shape, p, rho, i);
      let at = 0;
      for (const n of sizes) {
        const q = hostProbability(p, rho, source);
        for (let k = 0; k < n; k++) hits[at++] = source.chance(q) ? 1 : 0;
      }
      const { low, high, numerator, denominator } = clusteredRate(hits, of, [clustering]);
      const wilson = rate(numerator, denominator);
      if (wilson.low! <= p && p <= wilson.high!) wilsons++;
      return low! <= p && p <= high!;
    });
    return { clustered, wilson: wilsons / SAMPLES };
  };

  for (const G of [10, 40])
    for (const shape of ['equal', 'zipf'] as const)
      for (const p of [0.5, 0.9, 0.02])
        it(`covers: ${G} hosts, ${shape}, ${100 * p}%`, () => {
          const alone = coverage(G, shape, p, 0);
          assert.ok(alone.clustered >= NEAR, `independent: ${alone.clustered}`);
          const alike = coverage(G, shape, p, 0.1);
          assert.ok(alike.clustered >= NEAR - 0.01, `correlation 0.1: ${alike.clustered}`);
          // That of independent sessions does not: this is what the clusters are for.
          assert.ok(alike.wilson < 0.85, `Wilson: ${alike.wilson}`);
        });

  it('covers nine of ten at its worst: few, very unequal hosts that are alike within', () => {
    for (const [G, p] of [
      [10, 0.9],
      [40, 0.02],
      [100, 0.9],
    ] as const)
      assert.ok(coverage(G, 'zipf', p, 0.4).clustered >= 0.87);
  });
});

describe('the clustered difference of two classifiers', () => {
  it('covers, and calls equal ones different in one of twenty cases', () => {
    for (const [G, shape] of [
      [15, 'equal'],
      [40, 'equal'],
      [40, 'zipf'],
    ] as const) {
      const sizes = sizesOf(G, shape);
      const names = sizes.flatMap((n, g) => Array(n).fill(g) as number[]);
      const clustering = clusteringOf('responder', names);
      const of = new Uint8Array(names.length).fill(1);
      const [a, b] = [new Uint8Array(names.length), new Uint8Array(names.length)];
      let refused = 0;
      let mcnemar = 0;
      const covered = share(SAMPLES, (i) => {
        const source = stream(2, 'difference', G, shape, i);
        let at = 0;
        for (const n of sizes) {
          // Each has hosts that it is good at, whichever of the two it is.
          const [p, q] = [hostProbability(0.8, 0.2, source), hostProbability(0.8, 0.2, source)];
          for (let k = 0; k < n; k++, at++) {
            a[at] = source.chance(p) ? 1 : 0;
            b[at] = source.chance(q) ? 1 : 0;
          }
        }
        const found = pairedRates(a, b, of, [clustering]);
        if (found.p! <= 0.05) refused++;
        if (found.mcnemar <= 0.05) mcnemar++;
        return found.difference.low! <= 0 && found.difference.high! >= 0;
      });
      assert.ok(covered >= NEAR - 0.01, `${G} ${shape}: ${covered}`);
      assert.ok(refused / SAMPLES <= 0.075, `${G} ${shape}: ${refused / SAMPLES} refused`);
      // As if sessions were independent, it is many times as many.
      assert.ok(mcnemar / SAMPLES > 0.2, `McNemar: ${mcnemar / SAMPLES}`);
    }
  });
});

describe('the interval over seeds', () => {
  const NUMBERS = [3, 5, 10, 16] as const;
  const draw = (n: number, i: number): readonly number[] => {
    const source = stream(3, 'seeds', n, i);
    return Array.from({ length: n }, () => normal(source));
  };

  it('covers, however few seeds there are', () => {
    for (const n of NUMBERS) {
      const covered = share(n > 12 ? 200 : 2000, (i) => {
        const { low, high } = pairedDifference(draw(n, i));
        return low! <= 0 && high! >= 0;
      });
      assert.ok(covered >= (n > 12 ? NEAR - 0.015 : 0.935), `${n}: ${covered}`);
    }
  });

  it('covers by sign flips also where a few seeds fail badly, from both sides', () => {
    const covered = share(1000, (i) => {
      const source = stream(4, 'heavy', i);
      const list = Array.from({ length: 8 }, () => {
        const x = normal(source);
        return source.chance(0.2) ? 20 * x : x;
      });
      const { low, high } = pairedDifference(list);
      return low! <= 0 && high! >= 0;
    });
    assert.ok(covered >= 0.94, `${covered}`);
  });

  it('is not BCa, which covers far less of so few', () => {
    // Bias-corrected and accelerated bootstrap of the mean (B. Efron, 1987, JASA 82:171), 1,000 resamples.
    const bca = (values: readonly number[], source: Stream): readonly [number, number] => {
      const n = values.length;
      const mean = values.reduce((a, b) => a + b, 0) / n;
      const means = Float64Array.from({ length: 1000 }, () => {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += values[source.below(n)]!;
        return sum / n;
      }).sort();
      const below = means.filter((x) => x < mean).length / means.length;
      const z0 = probit(Math.min(0.999, Math.max(0.001, below)));
      let [cubes, squares] = [0, 0];
      for (const x of values) {
        const moved = (x - mean) / (n - 1);
        cubes += moved ** 3;
        squares += moved ** 2;
      }
      const a = cubes / (6 * squares ** 1.5);
      // Φ by the error function's tail of Abramowitz and Stegun 7.1.26, which is near enough here.
      const phi = (z: number): number => {
        const t = 1 / (1 + 0.3275911 * (Math.abs(z) / Math.SQRT2));
        const poly =
          t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
        const erf = 1 - poly * Math.exp(-(z * z) / 2);
        return z < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
      };
      const end = (z: number) => phi(z0 + (z0 + z) / (1 - a * (z0 + z)));
      const at = (p: number) => means[Math.min(999, Math.max(0, Math.floor(p * 1000)))]!;
      return [at(end(-1.96)), at(end(1.96))];
    };
    const coverage = (n: number) =>
      share(600, (i) => {
        const [low, high] = bca(draw(n, i), stream(5, 'bca', n, i));
        return low <= 0 && high >= 0;
      });
    const [three, five, ten] = [coverage(3), coverage(5), coverage(10)];
    assert.ok(three < 0.8, `${three}`);
    assert.ok(five < 0.89, `${five}`);
    assert.ok(ten < 0.93, `${ten}`);
    const student = share(600, (i) => {
      const { low, high } = studentInterval(draw(3, i));
      return low! <= 0 && high! >= 0;
    });
    assert.ok(student > 0.93, `${student}`);
  });
});

describe('the interval over seeds and hosts', () => {
  it('covers what a method does on other hosts with other seeds', () => {
    for (const [S, G] of [
      [5, 15],
      [10, 40],
    ] as const) {
      const denominators = Array.from({ length: S }, () => new Float64Array(G).fill(20));
      const covered = share(100, (i) => {
        const source = stream(6, 'two-way', S, G, i);
        const seeds = Array.from({ length: S }, () => 0.05 * normal(source));
        const hosts = Array.from({ length: G }, () => 0.1 * normal(source));
        const numerators = seeds.map((s) =>
          Float64Array.from(hosts, (h) => {
            let hits = 0;
            for (let k = 0; k < 20; k++) if (source.chance(0.7 + s + h)) hits++;
            return hits;
          }),
        );
        const { low, high } = twoWayBootstrap({ numerators, denominators }, 10);
        return low! <= 0.7 && high! >= 0.7;
      });
      assert.ok(covered >= 0.9, `${S} seeds, ${G} hosts: ${covered}`);
    }
  });
});
