import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dot16, exp, fma, sigmoid, tanh } from '../../src/engine/reference/functions.ts';
import { stream } from '../../src/random/index.ts';
import { exactFma } from '../support/exact.ts';
import fc from '../support/fast-check.ts';

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const fromBits = (b: number): number => {
  bits[0] = b;
  return float[0]!;
};
const anyFloat = fc
  .integer({ min: 0, max: 0xffffffff })
  .map(fromBits)
  .filter((x) => Number.isFinite(x));
/** Floats of similar size, where rounding is decided by few bits. */
const closeFloat = fc
  .tuple(fc.integer({ min: 0, max: 0x7fffff }), fc.integer({ min: 115, max: 140 }), fc.boolean())
  .map(([m, e, s]) => fromBits((((s ? 1 : 0) << 31) | (e << 23) | m) >>> 0));
/** Few significant bits: products and sums that lie exactly between two floats are common. */
const shortFloat = fc
  .tuple(fc.integer({ min: -4097, max: 4097 }), fc.integer({ min: -30, max: 30 }))
  .map(([m, e]) => Math.fround(m * 2 ** e));

describe('fused multiply-add in TypeScript', () => {
  for (const [name, value] of [
    ['any', anyFloat],
    ['close', closeFloat],
    ['short', shortFloat],
  ] as const) {
    it(`rounds once, like exact integer arithmetic, on ${name} numbers`, () => {
      fc.assert(
        fc.property(value, value, value, (a, b, c) => {
          const expected = exactFma(a, b, c);
          if (expected === 0) return; // the sign of an exact zero is tested below
          assert.equal(fma(a, b, c), expected);
        }),
        { numRuns: 20_000 },
      );
    });
  }

  it('decides by the lost bits where f64 lands exactly between two f32', () => {
    // 1 + 2^-24 is a tie in f32; the product adds 2^-60, which f64 cannot hold beside 1.
    const tiny = 2 ** -30;
    assert.equal(fma(tiny, tiny, Math.fround(1)), 1);
    const a = Math.fround(1 + 2 ** -12);
    for (const c of [1, -1, 2 ** 24, -(2 ** 24), 2 ** -24])
      for (const b of [a, -a, Math.fround(2 ** -12), Math.fround(1 - 2 ** -12)])
        assert.equal(fma(a, b, c), exactFma(a, b, c));
  });

  it('keeps the signs of zero of IEEE 754', () => {
    assert.ok(Object.is(fma(0, 1, 0), 0));
    assert.ok(Object.is(fma(-0, 1, -0), -0));
    assert.ok(Object.is(fma(1, 1, -1), 0));
    assert.ok(Number.isNaN(fma(Number.POSITIVE_INFINITY, 0, 1)));
    assert.equal(fma(Number.POSITIVE_INFINITY, 1, 1), Number.POSITIVE_INFINITY);
  });
});

describe('elementary functions', () => {
  const source = stream(1, 'functions');
  const samples = Array.from({ length: 200_000 }, () => Math.fround((source.uniform() * 2 - 1) * 12));

  it('tanh stays within 5 ulp of the true value and never beyond ±1', () => {
    for (const x of samples) {
      const y = tanh(x);
      const ulp = 2 ** (Math.floor(Math.log2(Math.abs(Math.tanh(x)) + 1e-30)) - 23);
      assert.ok(Math.abs(y - Math.tanh(x)) <= 5 * ulp, `tanh(${x}) = ${y}`);
      assert.ok(y >= -1 && y <= 1);
    }
  });

  it('tanh is odd, exactly', () => {
    for (const x of samples.slice(0, 20_000)) assert.equal(tanh(-x), -tanh(x));
  });

  it('σ has an absolute error below 1.6e-7 and saturates exactly', () => {
    for (const x of samples) assert.ok(Math.abs(sigmoid(x) - 1 / (1 + Math.exp(-x))) < 1.6e-7, `σ(${x})`);
    assert.equal(sigmoid(40), 1);
    assert.equal(sigmoid(-40), 0);
  });

  it('exp stays within 1 ulp for x in [−87, 0], is exact at 0, and vanishes below', () => {
    for (const s of samples) {
      const x = Math.fround((-Math.abs(s) / 12) * 87);
      const y = exp(x);
      const ulp = 2 ** (Math.floor(Math.log2(Math.exp(x))) - 23);
      assert.ok(Math.abs(y - Math.exp(x)) <= 1 * ulp, `exp(${x}) = ${y}`);
    }
    assert.equal(exp(0), 1);
    assert.ok(exp(-1000) < 2e-38 && exp(-1000) >= 0);
    assert.ok(exp(Number.NEGATIVE_INFINITY) < 2e-38);
  });

  it('the sixteen-lane product adds lanes as a tree', () => {
    const a = Float32Array.from({ length: 37 }, (_, i) => i + 1);
    const ones = new Float32Array(37).fill(1);
    assert.equal(dot16(a, 0, ones, 0, 37), (37 * 38) / 2);
    // 2^24 in lane 0 and 1 in lanes 1 … 4: 1 + 1 pairs up with 2^24's partners, so two of them survive.
    const b = new Float32Array(16);
    b.set([2 ** 24, 1, 1, 1, 1]);
    const lane = (i: number): number => b[i]! + b[i + 8]!;
    const four = [0, 1, 2, 3].map((i) => Math.fround(lane(i) + lane(i + 4)));
    const two = [0, 1].map((i) => Math.fround(four[i]! + four[i + 2]!));
    assert.equal(dot16(b, 0, ones, 0, 16), Math.fround(two[0]! + two[1]!));
  });
});
