import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  equivalenceTest,
  holm,
  mcnemarTest,
  seedsNeeded,
  studentEquivalence,
} from '../../src/statistics/index.ts';
import fc from '../support/fast-check.ts';

const close = (actual: number | null, expected: number, within = 1e-9) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual}, expected ${expected}`);

describe("McNemar's exact test", () => {
  it('is that of the textbooks', () => {
    // A. Agresti, Categorical Data Analysis (2002), table 10.1: approval of a prime minister, 86 and 150 changed sides.
    // p: scipy 1.17.1 (binomtest) and statsmodels 0.15 (mcnemar, exact), which agree.
    close(mcnemarTest(86, 150), 3.7159361395713866e-5, 1e-14);
    close(mcnemarTest(5, 12), 0.143463134765625);
    close(mcnemarTest(0, 7), 2 / 2 ** 7);
    close(mcnemarTest(400, 520), 8.549170923883781e-5, 1e-13);
  });

  it('knows nothing where the two never differ, or differ evenly', () =>
    assert.deepEqual([mcnemarTest(0, 0), mcnemarTest(1, 1), mcnemarTest(500, 500)], [1, 1, 1]));
});

describe("Holm's adjustment", () => {
  it('is that of statsmodels', () => {
    // statsmodels 0.15: multipletests([.01, .04, .03, .005, .2], method='holm').
    for (const [i, p] of [0.04, 0.09, 0.09, 0.025, 0.2].entries())
      close(holm([0.01, 0.04, 0.03, 0.005, 0.2])[i]!, p);
  });

  it('leaves one hypothesis as it is, and never goes above 1', () => {
    assert.deepEqual(holm([0.03]), [0.03]);
    assert.deepEqual(holm([]), []);
    assert.deepEqual(holm([0.6, 0.9]), [1, 1]);
  });

  it('keeps the order of the p, and makes none smaller', () => {
    const list = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(list, (ps) => {
        const adjusted = holm(ps);
        for (const [i, p] of ps.entries()) {
          assert.ok(adjusted[i]! >= p && adjusted[i]! <= 1);
          for (const [j, other] of ps.entries()) if (p < other) assert.ok(adjusted[i]! <= adjusted[j]!);
        }
      }),
    );
  });
});

describe('a test of equivalence', () => {
  // Gosset's hours of sleep (1908), against a mean of 1.5.
  const sleep = [1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4].map((x) => x - 1.5);

  it('is that of statsmodels, by Student’s t', () => {
    // statsmodels 0.15: DescrStatsW(sleep − 1.5).ttost_mean(−1, 1), and tconfint_mean(0.1) less 1.5.
    const { p, low, high } = studentEquivalence(sleep, 1);
    close(p, 0.021116860246500745);
    close(low, 0.8669947329707164 - 1.5);
    close(high, 2.293005267029284 - 1.5);
  });

  it('by sign flips says about the same, without a normal distribution', () => {
    const { p, low, high } = equivalenceTest(sleep, 1);
    assert.ok(p > 0.005 && p < 0.05, `${p}`);
    assert.ok(low! > -1 && high! < 1);
  });

  it('shows nothing where the difference is as large as the margin, or the pairs are few', () => {
    assert.ok(equivalenceTest([1, 1.2, 0.8, 1.1, 0.9, 1], 1).p > 0.4);
    // Four pairs, all near 0: 1 of 16 signs.
    assert.equal(equivalenceTest([0.01, -0.01, 0, 0.02], 1).p, 1 / 16);
    assert.equal(equivalenceTest([0.01, -0.01, 0, 0.02, 0], 1).p, 1 / 32);
  });

  it('agrees with its 90% interval', () => {
    const list = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 9 });
    fc.assert(
      fc.property(list, fc.double({ min: 0.05, max: 1.5, noNaN: true }), (differences, margin) => {
        const { p, low, high } = equivalenceTest(differences, margin);
        const off = Math.min(margin - high!, low! + margin);
        if (Math.abs(off) > 1e-6) assert.equal(p <= 0.05, off > 0);
      }),
    );
  });

  it('takes a margin', () => {
    assert.throws(() => equivalenceTest([1, 2], 0), /margin: got 0/);
    assert.throws(() => studentEquivalence([1, 1], 1), /no spread/);
  });
});

describe('the number of seeds', () => {
  it('is that of statsmodels, to one pair', () => {
    // statsmodels 0.15: TTestPower().solve_power(d, power=.8, alpha=.05).
    for (const [d, exact] of [
      [1, 9.93785094105438],
      [0.8, 14.30276455812943],
      [0.5, 33.36713118431779],
      [0.3, 89.14936472045834],
    ] as const) {
      const { seeds } = seedsNeeded({ effect: d, deviation: 1, pairs: 10 });
      assert.ok(Math.abs(seeds - Math.ceil(exact)) <= 1, `${seeds}, expected ${exact}`);
    }
    // Five tests at 1% each, power 90%.
    const { seeds } = seedsNeeded({ effect: 0.5, deviation: 1, pairs: 10, power: 0.9, tests: 5 });
    assert.ok(Math.abs(seeds - 63) <= 1, `${seeds}`);
  });

  it('is never below what sign flips can refuse', () => {
    assert.equal(seedsNeeded({ effect: 100, deviation: 1, pairs: 10 }).seeds, 6);
    assert.equal(seedsNeeded({ effect: 100, deviation: 0, pairs: 10, tests: 5 }).seeds, 8);
  });

  it('says how much less is known of it where the spread is of few runs', () => {
    const few = seedsNeeded({ effect: 1, deviation: 2, pairs: 3 });
    const many = seedsNeeded({ effect: 1, deviation: 2, pairs: 50 });
    assert.equal(few.seeds, many.seeds);
    assert.ok(few.atMost > 2 * many.atMost, `${few.atMost} ${many.atMost}`);
    assert.ok(many.atMost >= many.seeds);
  });

  it('asks for an effect and a spread', () => {
    assert.throws(() => seedsNeeded({ effect: 0, deviation: 1, pairs: 5 }), /effect/);
    assert.throws(() => seedsNeeded({ effect: 1, deviation: 1, pairs: 1 }), /pairs/);
  });
});
