import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detectionByKind } from '../../src/evaluation/index.ts';

describe('detection by kind', () => {
  it('counts what was called anything but normal, worked out by hand', () => {
    const actual = Uint8Array.of(0, 0, 0, 1, 1, 2);
    const predicted = Uint8Array.of(0, 3, 0, 0, 1, 1);
    const found = detectionByKind(actual, predicted, ['normal', 'a', 'b', 'c']);
    assert.deepEqual(
      found.map(({ kind, called }) => [kind, called.numerator, called.denominator, called.value]),
      [
        ['normal', 1, 3, 1 / 3],
        ['a', 1, 2, 1 / 2],
        ['b', 1, 1, 1],
        ['c', 0, 0, null],
      ],
    );
  });
});
