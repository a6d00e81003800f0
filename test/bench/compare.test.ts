import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { benchExitCode, type Comparable, compare, compareAll, LEAST_NOISE } from '../../src/bench/compare.ts';

const measured = (median: number, noise = 0, more: Partial<Comparable> = {}): Comparable => ({
  name: 'encode/43 bytes',
  unit: 'ms',
  checksum: 'a',
  median,
  noise,
  ...more,
});

describe('a comparison with a baseline', () => {
  it('is slower or faster beyond 3% where there is no noise', () => {
    const cases: readonly (readonly [now: number, then: number, verdict: string])[] = [
      [100, 100, 'same'],
      [102.9, 100, 'same'],
      [103.1, 100, 'slower'],
      [97.2, 100, 'same'],
      [97, 100, 'faster'],
      [200, 100, 'slower'],
      [50, 100, 'faster'],
    ];
    for (const [now, then, verdict] of cases)
      assert.equal(compare(measured(now), measured(then)).verdict, verdict, `${now} after ${then}`);
  });

  it('allows twice the noise of both together', () => {
    // √(3² + 4²) = 5, so 10%.
    const slow = compare(measured(1.11, 0.03), measured(1, 0.04));
    assert.deepEqual([slow.verdict, slow.noise.toFixed(6), slow.ratio], ['slower', '0.100000', 1.11]);
    assert.equal(compare(measured(1.09, 0.03), measured(1, 0.04)).verdict, 'same');
    assert.equal(compare(measured(1 / 1.09, 0.03), measured(1, 0.04)).verdict, 'same');
    assert.equal(compare(measured(1 / 1.11, 0.03), measured(1, 0.04)).verdict, 'faster');
    assert.equal(compare(measured(1), measured(1)).noise, LEAST_NOISE);
  });

  it('is the other way round when the sides are exchanged', () => {
    const [a, b] = [measured(3, 0.02), measured(2, 0.05)];
    assert.deepEqual([compare(a, b).verdict, compare(b, a).verdict], ['slower', 'faster']);
  });

  it('tells when something else was computed', () => {
    assert.equal(compare(measured(1), measured(1, 0, { checksum: 'b' })).resultChanged, true);
    assert.equal(compare(measured(1), measured(1)).resultChanged, false);
  });

  it('of nothing with nothing is the same, of something with nothing slower', () => {
    assert.deepEqual(compare(measured(0), measured(0)).ratio, 1);
    assert.equal(compare(measured(5), measured(0)).verdict, 'slower');
  });

  it('lists what only one side has', () => {
    const name = (n: string, more: Partial<Comparable> = {}) => measured(1, 0, { name: n, ...more });
    const { comparisons, onlyNow, onlyBaseline, vanished } = compareAll(
      [name('a'), name('b'), name('c')],
      [name('z'), name('b', { unit: 'B' }), name('a')],
    );
    assert.deepEqual(
      comparisons.map((c) => c.name),
      ['a'],
    );
    assert.deepEqual([onlyNow, onlyBaseline], [['b', 'c'], ['z']]);
    // Bytes are no milliseconds: the time of b vanished.
    assert.deepEqual(vanished, ['z', 'b']);
  });
});

describe('the exit code of a run', () => {
  const against = (...medians: readonly number[]) =>
    compareAll(
      medians.map((median, i) => measured(median, 0, { name: String(i) })),
      medians.map((_, i) => measured(1, 0, { name: String(i) })),
    );

  it('is 0 when everything was measured and nothing is slower', () => {
    assert.equal(benchExitCode({ measured: 3, failed: 0 }), 0);
    assert.equal(benchExitCode({ measured: 3, failed: 0, against: against(1, 0.5, 1.02) }), 0);
  });

  it('is 1 when one is slower beyond the noise, or one failed', () => {
    assert.equal(benchExitCode({ measured: 2, failed: 0, against: against(1, 1.5) }), 1);
    assert.equal(benchExitCode({ measured: 2, failed: 1 }), 1);
  });

  it('is 2 when nothing could be measured or compared', () => {
    assert.equal(benchExitCode({ measured: 0, failed: 4 }), 2);
    assert.equal(benchExitCode({ measured: 0, failed: 0 }), 2);
    assert.equal(benchExitCode({ measured: 3, failed: 0, against: against() }), 2);
  });

  it('is 2 when a benchmark of the baseline vanished, unless it was not asked for', () => {
    const now = [measured(1, 0, { name: 'a/1' })];
    const then = [...now, measured(1, 0, { name: 'b/1' })];
    assert.equal(benchExitCode({ measured: 1, failed: 0, against: compareAll(now, then) }), 2);
    const asked = compareAll(now, then, (name) => name.startsWith('a/'));
    assert.deepEqual([asked.vanished, asked.onlyBaseline], [[], ['b/1']]);
    assert.equal(benchExitCode({ measured: 1, failed: 0, against: asked }), 0);
  });

  it('is 2 when one computes something else, however fast', () => {
    const other = compareAll([measured(0.5, 0, { checksum: 'b' })], [measured(1)]);
    assert.equal(benchExitCode({ measured: 1, failed: 0, against: other }), 2);
  });
});
