import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createGroups, State } from '../../src/attention/groups.ts';
import { likeness, spearman } from '../../src/attention/rank.ts';
import { clusteringOf } from '../../src/statistics/index.ts';
import fc from '../support/fast-check.ts';

describe('the rank correlation', () => {
  it('is that of scipy.stats.spearmanr, whose documentation has this example', () =>
    assert.ok(Math.abs(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])! - 0.8207826816681233) < 1e-15));

  it('is 1 of any rising function, −1 of any falling one, and says nothing of fewer than three or of equal values', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 30 }),
        (x) => {
          assert.ok(
            Math.abs(
              spearman(
                x,
                x.map((v) => v ** 3 + 5),
              )! - 1,
            ) < 1e-12,
          );
          assert.ok(
            Math.abs(
              spearman(
                x,
                x.map((v) => -2 * v),
              )! + 1,
            ) < 1e-12,
          );
        },
      ),
    );
    assert.equal(spearman([1, 2], [1, 2]), null);
    assert.equal(spearman([1, 1, 1], [1, 2, 3]), null);
  });
});

describe('the likeness of two maps', () => {
  /** Sessions of one packet of four tokens with these weights. */
  const groupsOf = (weights: readonly (readonly number[])[]) => {
    const groups = createGroups();
    weights.forEach((of, s) => {
      groups.begin(s, 0);
      of.forEach((weight, t) => void groups.add(weight, State.plain, t));
    });
    return groups.done();
  };

  it('takes away what both give a position in all sessions', () => {
    // Both prefer later positions; what is left is opposite.
    const a = groupsOf([
      [0, 10, 20, 31],
      [1, 10, 20, 30],
    ]);
    const b = groupsOf([
      [1, 10, 20, 30],
      [0, 10, 20, 31],
    ]);
    const by = [clusteringOf('initiator', ['x', 'y'])];
    const { rank, beyondPosition, top } = likeness(a, a.weight, b.weight, by);
    assert.deepEqual([rank.value, beyondPosition.value, top.value], [1, -1, 1]);
    assert.equal(rank.low, null, 'of two hosts there is no interval');
  });
});
