import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { State } from '../../src/attention/groups.ts';
import { point } from '../../src/attention/point.ts';
import fc from '../support/fast-check.ts';

const { plain: P, edited: E, unseen: U } = State;

function pointed(values: readonly number[], states: readonly number[]) {
  return point(
    Float64Array.from(values),
    Uint8Array.from(states),
    values.length,
    new Float64Array(values.length),
  );
}

describe('pointing', () => {
  it('is perfect where all that was edited has the most, and the reverse where it has the least', () => {
    assert.deepEqual(pointed([1, 5, 4, 0], [P, E, E, P]), { auc: 1, top: 1, topEdited: 1 });
    assert.deepEqual(pointed([1, 0, 4, 5], [E, E, P, P]), { auc: 0, top: 0, topEdited: 0 });
  });

  it('of equal values is what chance gives', () => {
    assert.deepEqual(pointed([1, 1, 1, 1], [P, E, P, P]), { auc: 0.5, top: 0.25, topEdited: 0.25 });
    // Two of four are edited; the two with the most: 5, and one of three that are level, of which one is edited.
    const { top, topEdited } = pointed([5, 2, 2, 2], [E, E, P, P]);
    assert.equal(top, 1);
    assert.ok(Math.abs(topEdited - (1 + 1 / 3) / 2) < 1e-15);
  });

  it('takes what is edited and unseen for neither a hit nor a miss', () =>
    assert.deepEqual(pointed([9, 1, 0, 8], [U, E, P, U]), { auc: 1, top: 1, topEdited: 1 }));

  it('has the AUC that all pairs have, and it is the other way round for the other values', () => {
    const item = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(P, E, U));
    fc.assert(
      fc.property(fc.array(item, { minLength: 2, maxLength: 20 }), (items) => {
        const of = (state: number) => items.filter((i) => i[1] === state).map(([value]) => value);
        const [edited, others] = [of(E), of(P)];
        fc.pre(edited.length > 0 && others.length > 0);
        const scores = edited.flatMap((a) => others.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const auc = scores.reduce((a: number, b) => a + b, 0) / scores.length;
        const found = pointed(
          items.map(([value]) => value),
          items.map(([, state]) => state),
        );
        const reverse = pointed(
          items.map(([value]) => -value),
          items.map(([, state]) => state),
        );
        assert.ok(Math.abs(found.auc - auc) < 1e-12);
        assert.ok(Math.abs(found.auc + reverse.auc - 1) < 1e-12);
        assert.ok(found.top >= 0 && found.top <= 1 && found.topEdited >= 0 && found.topEdited <= 1);
      }),
    );
  });
});
