import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MOST, SIMULATED } from './comparisons.ts';

describe('a thousand comparisons of what is equal', () => {
  for (const [i, simulate] of SIMULATED.entries())
    it(`call no more than one in twenty different (${i + 1})`, () => {
      const { name, different, comparisons } = simulate();
      assert.ok(different <= MOST, `${name}: ${different} of ${comparisons}`);
    });
});
