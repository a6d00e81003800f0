import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  chiSquareQuantile,
  coinTail,
  incompleteBeta,
  lnGamma,
  studentQuantile,
  studentTails,
} from '../../src/numeric/index.ts';
import fc from '../support/fast-check.ts';

/** Golden: scipy 1.17.1. */
const near = (actual: number, expected: number, relative = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, expected ${expected}`);

describe("Student's t", () => {
  it('has the quantiles of scipy, of degrees of freedom that are no whole number, too', () => {
    for (const [freedom, upper, tenth, tails] of [
      [1, 12.706204736174694, 3.0776835371752544, 0.282926056243018],
      [2.5, 3.5746548420036817, 1.7302509288071766, 0.14450244475484378],
      [9, 2.262157162798205, 1.3830287383966329, 0.06511828241215196],
      [30, 2.0422724563012378, 1.3104150253913955, 0.04424247126232353],
      [147.3, 1.9761999050467431, 1.2873253089195917, 0.03743337643202858],
      [1e4, 1.960201239890626, 1.2816362297304775, 0.035753827856210764],
    ] as const) {
      near(studentQuantile(0.975, freedom), upper);
      near(studentQuantile(0.9, freedom), tenth);
      near(studentTails(2.1, freedom), tails);
    }
  });

  it('becomes the normal distribution', () => {
    near(studentQuantile(0.975, 1e8), 1.959963984540054, 1e-7);
    near(studentQuantile(0.975, 1e12), 1.959963984540054, 1e-8);
    assert.equal(studentQuantile(0.5, 3), 0);
  });

  it('is the same on both sides', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.499, noNaN: true }),
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        (p, freedom) => {
          const t = studentQuantile(p, freedom);
          near(t, -studentQuantile(1 - p, freedom), 1e-9);
          near(studentTails(t, freedom), 2 * p, 1e-7);
        },
      ),
    );
  });
});

describe('what it rests on', () => {
  it('is ln Γ', () => {
    near(lnGamma(0.3), 1.0957979948180756);
    assert.ok(Math.abs(lnGamma(1)) < 1e-13);
    near(lnGamma(2.5), 0.2846828704729192);
    near(lnGamma(9.99), 12.779315214350195);
    near(lnGamma(123.4), 469.3360974421906);
    near(lnGamma(1e5), 1051287.7089736569);
  });

  it('is the incomplete beta function', () => {
    near(incompleteBeta(0.5, 0.5, 0.3), 0.36901011956554536);
    near(incompleteBeta(2, 3, 0.4), 0.5248);
    near(incompleteBeta(50, 70, 0.41), 0.4452182311941413);
    near(incompleteBeta(1000, 1200, 0.45), 0.33466234267154027, 1e-8);
    near(incompleteBeta(3, 2000, 0.001), 0.32386517308710405);
    assert.deepEqual([incompleteBeta(2, 3, 0), incompleteBeta(2, 3, 1)], [0, 1]);
  });

  it('counts heads', () => {
    // Of 5 throws: 1 + 5 of 32 have no more than one head.
    near(coinTail(1, 5), 6 / 32);
    assert.equal(coinTail(5, 5), 1);
    near(coinTail(0, 50), 2 ** -50);
    for (const n of [999, 1001]) near(coinTail((n - 1) / 2, n), 0.5);
    near(coinTail(470, 1000), 0.031011597549181716);
    near(coinTail(470, 1001), 0.02892526118584356);
  });

  it('knows χ² well enough for statements about a spread', () => {
    for (const [freedom, fifth, low, high] of [
      [4, 1.648776618065969, 0.7107230213973239, 9.487729036781154],
      [9, 5.380053211773292, 3.325112843066815, 16.918977604620448],
      [30, 23.36411457379007, 18.49266098195347, 43.77297182574219],
    ] as const) {
      near(chiSquareQuantile(0.2, freedom), fifth, 0.02);
      near(chiSquareQuantile(0.05, freedom), low, 0.03);
      near(chiSquareQuantile(0.95, freedom), high, 0.02);
    }
  });
});
