import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseSessions } from '../../src/evaluation/index.ts';
import fc from '../support/fast-check.ts';

const labels = Uint8Array.of(0, 0, 1, 0, 1, 2, 1, 0);
const predicted = Uint8Array.of(0, 1, 1, 0, 0, 2, 1, 0);
const sessions = Uint32Array.of(80, 81, 82, 83, 84, 85, 86, 87);

describe('the sessions whose attention is dumped', () => {
  it('"per-kind" are as many as asked for of each actual class, in test order', () => {
    const chosen = chooseSessions({ sessions: 2, choose: 'per-kind' }, labels, predicted, sessions, 1);
    const classes = chosen.map((i) => labels[i]!);
    assert.deepEqual(classes.sort(), [0, 0, 1, 1, 2]);
  });

  it('"hits-and-misses" are so many right and so many wrong ones of each actual class', () => {
    const options = { sessions: 1, choose: 'hits-and-misses' } as const;
    const groups = chooseSessions(options, labels, predicted, sessions, 1).map((i) => [
      labels[i],
      predicted[i],
    ]);
    assert.deepEqual(groups.map(String).sort(), ['0,0', '0,1', '1,0', '1,1', '2,2']);
    const two = chooseSessions({ ...options, sessions: 3 }, labels, predicted, sessions, 1);
    assert.deepEqual(two, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('are a sample of the whole test set, not its beginning: the same for a seed, another for another', () => {
    const many = new Uint8Array(10_000);
    const ids = Uint32Array.from(many, (_, i) => i);
    const sample = (seed: number) =>
      chooseSessions({ sessions: 20, choose: 'per-kind' }, many, many, ids, seed);
    assert.deepEqual(sample(1), sample(1));
    assert.notDeepEqual(sample(1), sample(2));
    assert.ok(sample(1).at(-1)! > 5000 && sample(1)[0]! < 5000, String(sample(1)));
  });

  it('"named" are those with the ids, in test order and each once', () => {
    const options = { sessions: 8, choose: 'named', ids: [86, 80, 86] } as const;
    assert.deepEqual(chooseSessions(options, labels, predicted, sessions, 1), [0, 6]);
  });

  it('are none when none are asked for', () => {
    assert.deepEqual(chooseSessions({ sessions: 0, choose: 'per-kind' }, labels, predicted, sessions, 1), []);
  });

  it('cannot be named when they are not in the test set, and each such id is said', () => {
    const options = { sessions: 8, choose: 'named', ids: [3, 81, 99] } as const;
    assert.throws(
      () => chooseSessions(options, labels, predicted, sessions, 1),
      (error: Error) =>
        error.message.includes(
          '/attention/ids/0: session 3 is not in the test set; name sessions from 80 to 87',
        ) && error.message.includes('/attention/ids/2: session 99'),
    );
  });

  it('are never more than asked for of a class, ascending, and all there are when fewer', () => {
    const set = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(set, fc.integer({ min: 0, max: 9 }), fc.boolean(), (pairs, n, split) => {
        const actual = Uint8Array.from(pairs, ([a]) => a);
        const guess = Uint8Array.from(pairs, ([, p]) => p);
        const ids = Uint32Array.from(pairs, (_, i) => i);
        const chosen = chooseSessions(
          { sessions: n, choose: split ? 'hits-and-misses' : 'per-kind' },
          actual,
          guess,
          ids,
          n,
        );
        assert.deepEqual(
          chosen,
          [...new Set(chosen)].sort((a, b) => a - b),
        );
        for (let c = 0; c < 4; c++) {
          for (const hit of split ? [true, false] : [null]) {
            const inGroup = (i: number) => actual[i] === c && (hit === null || (guess[i] === c) === hit);
            const there = [...ids].filter(inGroup).length;
            assert.equal(chosen.filter(inGroup).length, Math.min(n, there));
          }
        }
      }),
    );
  });
});
