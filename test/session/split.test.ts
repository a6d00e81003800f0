import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import {
  chronologicalSides,
  foldSides,
  holdBack,
  overlappingSides,
  randomSides,
  rollingSides,
} from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';

const split = (count: number, train: number) => chronologicalSides(count, train);

describe('the chronological split', () => {
  it('trains on the first 80% and tests on the rest', () => {
    const { train, test } = split(11, 0.8);
    assert.deepEqual([...train], [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual([...test], [8, 9, 10]);
  });

  it('takes shares as the decimals that were written', () => {
    for (let percent = 1; percent < 100; percent++)
      for (const count of [100, 1000, 123_400])
        assert.equal(split(count, percent / 100).train.length, (percent * count) / 100);
  });

  it('loses and doubles no session, and never trains on a later one than it tests', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5000 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (count, share) => {
          const first = Math.floor(share * count);
          fc.pre(first >= 1 && first < count);
          const { train, test } = split(count, share);
          assert.deepEqual(
            [...train, ...test],
            Array.from({ length: count }, (_, index) => index),
          );
          assert.ok(Math.abs(train.length - share * count) < 1 + 1e-6);
        },
      ),
    );
  });

  for (const [count, train, message] of [
    [
      0,
      0.8,
      /protocol\.train: 0\.8 of 0 sessions leaves 0 to train on and 0 to test on; use captures with more sessions/,
    ],
    [1, 0.8, /0\.8 of 1 session leaves 0 to train on and 1 to test on/],
    [
      3,
      0.2,
      /0\.2 of 3 sessions leaves 0 to train on and 3 to test on; use more sessions, or a train share from 0\.3/,
    ],
    [10, 0, /got 0, must be more than 0 and less than 1/],
    [10, 1, /got 1, must be more than 0 and less than 1/],
    [10, Number.NaN, /got NaN/],
  ] as const)
    it(`is refused when a side would be empty: ${train} of ${count}`, () => {
      assert.throws(
        () => split(count, train),
        (error) => error instanceof FaultError && message.test(error.message),
      );
    });
});

describe('validation sessions', () => {
  const parts = (count: number, train: number, validation: number) => {
    const { train: a, validation: b, test: c } = holdBack(chronologicalSides(count, train), validation);
    return [[...a], [...b], [...c]];
  };

  it('are the last of those before the test, in time', () => {
    assert.deepEqual(parts(10, 0.8, 0.25), [
      [0, 1, 2, 3, 4, 5],
      [6, 7],
      [8, 9],
    ]);
    assert.deepEqual(parts(4, 0.5, 0), [[0, 1], [], [2, 3]]);
  });

  it('are at least one where any are asked for', () => {
    assert.deepEqual(parts(5, 0.8, 0.01), [[0, 1, 2], [3], [4]]);
  });

  it('must leave something to train on', () => {
    assert.throws(() => parts(4, 0.25, 0.5), /training\.validation: 0\.5 of 1 training session leaves none/);
  });
});

/** Session counts and seeds for draws. */
const draws = { count: fc.integer({ min: 2, max: 800 }), seed: fc.nat(1000) };
const all = (count: number) => Array.from({ length: count }, (_, i) => i);
const ascending = (side: Uint32Array) => side.every((session, i) => i === 0 || side[i - 1]! < session);

describe('a random split', () => {
  it('draws as many for training as the chronological one takes, and loses and doubles none', () => {
    fc.assert(
      fc.property(
        draws.count,
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        draws.seed,
        (count, share, seed) => {
          const first = Math.floor(share * count);
          fc.pre(first >= 1 && first < count);
          const { train, test } = randomSides(count, share, seed);
          assert.equal(train.length, chronologicalSides(count, share).train.length);
          assert.ok(ascending(train) && ascending(test));
          assert.deepEqual(
            [...train, ...test].sort((a, b) => a - b),
            all(count),
          );
        },
      ),
    );
  });

  it('follows its seed alone', () => {
    assert.deepEqual(randomSides(50, 0.5, 7), randomSides(50, 0.5, 7));
    assert.notDeepEqual(randomSides(50, 0.5, 7), randomSides(50, 0.5, 8));
  });
});

describe('folds', () => {
  it('test every session once, in sizes that differ by one at most', () => {
    fc.assert(
      fc.property(draws.count, fc.integer({ min: 2, max: 10 }), draws.seed, (count, folds, seed) => {
        fc.pre(count >= folds);
        const sides = Array.from({ length: folds }, (_, i) => foldSides(count, folds, i + 1, seed));
        assert.deepEqual(
          sides.flatMap(({ test }) => [...test]).sort((a, b) => a - b),
          all(count),
        );
        const sizes = sides.map(({ test }) => test.length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        for (const { train, test } of sides) {
          assert.ok(ascending(train) && ascending(test));
          assert.deepEqual(
            [...train, ...test].sort((a, b) => a - b),
            all(count),
          );
        }
      }),
    );
  });

  it('are refused where some would be empty', () =>
    assert.throws(() => foldSides(3, 4, 1, 1), /protocol\.folds: 4 folds of 3 sessions leave some empty/));
});

describe('the rolling split', () => {
  it('trains on the first parts and tests on one after them, in time', () => {
    const { train, test } = rollingSides(10, 4, 2, 3);
    assert.deepEqual([...train], [0, 1, 2, 3, 4]);
    assert.deepEqual([...test], [5, 6, 7]);
    assert.deepEqual([...rollingSides(10, 4, 2, 4).test], [8, 9]);
  });

  it('tests every session after the first part once, in sizes that differ by one at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat({ max: 300 }), (parts, more) => {
        const count = parts + more;
        const tests = Array.from(
          { length: parts - 1 },
          (_, i) => rollingSides(count, parts, i + 1, i + 2).test,
        );
        const first = rollingSides(count, parts, 1, 2).train.length;
        assert.deepEqual(
          tests.flatMap((test) => [...test]),
          Array.from({ length: count - first }, (_, i) => first + i),
        );
        const sizes = [first, ...tests.map(({ length }) => length)];
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      }),
    );
  });

  it('is refused where a part would be empty', () =>
    assert.throws(() => rollingSides(3, 4, 1, 2), FaultError));
});

describe('the overlapping split', () => {
  it('tests on the last sessions, of which a share of about that of training trains, too', () => {
    const { train, test } = overlappingSides(1000, 0.9, 1);
    assert.equal(train.length, 900);
    assert.deepEqual([...test], all(1000).slice(900));
    const both = [...test].filter((session) => train.includes(session)).length;
    // 90 expected; the standard deviation of drawing without replacement is 2.8.
    assert.ok(Math.abs(both - 90) < 12, `${both} sessions on both sides`);
  });
});
