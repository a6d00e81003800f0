import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantiles } from '../../src/numeric/index.ts';
import fc from '../support/fast-check.ts';

describe('quantiles', () => {
  it('are values that occur: 1 … 100', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    assert.deepEqual(quantiles(values, new Uint8Array(100).fill(1)), {
      min: 1,
      p5: 5,
      p25: 25,
      p50: 50,
      p75: 75,
      p95: 95,
      max: 100,
    });
  });

  it('of nothing do not exist', () => {
    assert.equal(quantiles([], []), null);
    assert.equal(quantiles([54], [0]), null);
  });

  it('count repeated values as often as they occur', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(4)), { maxLength: 20 }), (pairs) => {
        const sorted = [...new Map(pairs)].sort(([a], [b]) => a - b);
        const flat = sorted.flatMap(([value, count]) => new Array<number>(count).fill(value));
        assert.deepEqual(
          quantiles(
            sorted.map(([value]) => value),
            sorted.map(([, count]) => count),
          ),
          quantiles(flat, new Uint8Array(flat.length).fill(1)),
        );
      }),
    );
  });

  it('never need a rank that rounding has moved', () => {
    for (let n = 1; n <= 400; n++) {
      const values = Array.from({ length: n }, (_, index) => index + 1);
      const found = quantiles(values, new Uint8Array(n).fill(1));
      assert.equal(found?.p95, Math.max(1, Math.floor((95 * n + 99) / 100)));
      assert.equal(found?.p5, Math.max(1, Math.floor((5 * n + 99) / 100)));
    }
  });
});
