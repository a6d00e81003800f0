import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { exp, ln, lnShort } from '../../src/numeric/index.ts';
import { stream } from '../../src/random/index.ts';

describe('ln and exp', () => {
  const source = stream(13, 'elementary');
  const xs = Float64Array.from({ length: 20_000 }, () => 1 - source.uniform());

  it('are as exact as they say', () => {
    for (const x of xs) {
      const exact = Math.log(x);
      assert.ok(Math.abs(ln(x) - exact) < 1e-15 * Math.max(1, -exact), `ln ${x}`);
      assert.ok(Math.abs(lnShort(x) - exact) < 4e-16 * Math.max(1, -exact), `lnShort ${x}`);
      const y = -700 * x;
      assert.ok(Math.abs(exp(y) / Math.exp(y) - 1) < 1e-15 * Math.max(1, -y), `exp ${y}`);
    }
    assert.deepEqual([ln(1), lnShort(1), exp(0), exp(-701)], [0, 0, 1, 0]);
  });

  it('keep their bits, on which results depend', () => {
    const hash = createHash('sha256');
    for (const f of [ln, lnShort, (x: number) => exp(-50 * x)]) hash.update(xs.map(f));
    assert.equal(hash.digest('hex').slice(0, 16), '464b9953d648ffe9');
  });
});
