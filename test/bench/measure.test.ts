import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Task, TimedBenchmark } from '../../src/bench/benchmark.ts';
import { checksumOf } from '../../src/bench/checksum.ts';
import { measure } from '../../src/bench/measure.ts';

const options = { seconds: 0.001, samples: 4, peaks: { avx2: 50 } };

const timed = (task: Task<unknown>, more: Partial<TimedBenchmark> = {}): TimedBenchmark => ({
  kind: 'time',
  suite: 'test',
  name: 'test/one',
  of: 'numbers',
  prepare: () => task,
  ...more,
});

/** Doubles numbers into an array of its own, in a way that can be broken. */
function doubling(run: (x: Float32Array, y: Float32Array, call: number) => void): Task {
  const x = Float32Array.from({ length: 16 }, (_, i) => i);
  const y = new Float32Array(16);
  let calls = 0;
  return {
    amount: 16,
    run: () => run(x, y, calls++),
    spoil: (value) => void y.fill(value),
    checksum: () => checksumOf([y]),
  };
}

const double = (x: Float32Array, y: Float32Array): void => y.set(x.map((value) => 2 * value));

describe('a measurement', () => {
  it('has samples, their order statistics, a rate and the hash of what was computed', async () => {
    const m = await measure(timed(doubling(double)), options);
    assert.equal(m.unit, 'ms');
    assert.ok(m.samples >= 4);
    assert.ok(m.min > 0 && m.min <= m.median && m.median <= m.max);
    assert.equal(m.rate, 16_000 / m.median);
    const expected = Float32Array.from({ length: 16 }, (_, i) => 2 * i);
    assert.equal(m.checksum, checksumOf([expected]));
  });

  it('compares operations with the peak of its variant on its threads', async () => {
    const m = await measure(timed(doubling(double), { flops: 3e6, variant: 'avx2', threads: 2 }), options);
    assert.equal(m.gflops, 3e6 / m.median / 1e6);
    assert.equal(m.shareOfPeak, m.gflops! / 100);
  });

  it('awaits what is asynchronous', async () => {
    const task: Task<string> = { amount: 1, run: async () => 'done', checksum: (text) => checksumOf([text]) };
    assert.equal((await measure(timed(task), options)).checksum, checksumOf(['done']));
  });

  it('restores what calls change, before each', async () => {
    const state = Float32Array.of(1);
    const task: Task = {
      amount: 1,
      reset: () => void state.fill(1),
      run: () => void state.fill(3 * state[0]!),
      checksum: () => checksumOf([state]),
    };
    assert.equal((await measure(timed(task), options)).checksum, checksumOf([Float32Array.of(3)]));
  });

  it('is of bytes where sizes are measured', async () => {
    const measureBytes = async () => ({ bytes: [10, 30, 20], checksum: 'c' });
    const m = await measure(
      { kind: 'size', suite: 'test', name: 'test/size', measure: measureBytes },
      options,
    );
    assert.deepEqual([m.unit, m.median, m.samples, m.checksum, m.rate], ['B', 20, 3, 'c', undefined]);
  });
});

describe('a benchmark fails', () => {
  const failsWith = (message: RegExp, task: Task<unknown>) =>
    assert.rejects(measure(timed(task), options), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });

  it('when its call does nothing', () =>
    failsWith(
      /a second call computed/,
      doubling(() => {}),
    ));

  it('when its call leaves out a part of its output', () =>
    failsWith(
      /a second call computed/,
      doubling((x, y) => double(x.subarray(0, 15), y)),
    ));

  it('when a call computes something else than the first', () =>
    failsWith(
      /a second call computed/,
      doubling((x, y, call) => {
        double(x, y);
        y[3] = call;
      }),
    ));

  it('when timed calls compute something else than the checked ones', () =>
    failsWith(
      /the last of \d+ timed calls computed/,
      doubling((x, y, call) => {
        double(x, y);
        if (call > 4) y[3] = 0;
      }),
    ));

  it('when its call throws, and its memory is freed all the same', async () => {
    let closed = 0;
    const task: Task = {
      amount: 1,
      run: () => {
        throw new RangeError('out of range');
      },
      checksum: () => '',
      close: () => void closed++,
    };
    await failsWith(/out of range/, task);
    assert.equal(closed, 1);
  });
});
