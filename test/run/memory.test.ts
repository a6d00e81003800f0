import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { asMemoryFault, checkMemory, memoryLimits } from '../../src/run/memory.ts';

const isFault = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof FaultError, String(error));
  assert.equal(error.exitCode, ExitCode.machine);
  assert.match(error.message, pattern);
  return true;
};

describe('a network that does not fit', () => {
  it('is refused with both numbers and what to change', () => {
    assert.throws(
      () => checkMemory(40e9, { total: 16e9, available: null }, 128),
      isFault(
        /^network: needs about 40\.0 GB of memory, but 16\.0 GB is there; lower training\.batch \(128\), network\.packet\.units or sessions\.maxPackets$/,
      ),
    );
    assert.throws(
      () => checkMemory(12e9, { total: 16e9, available: 10e9 }, 128),
      isFault(/needs about 12\.0 GB of memory, but 10\.0 GB is free/),
    );
  });

  it('is told from one that does', () => {
    checkMemory(16e9, { total: 16e9, available: null }, 128);
    checkMemory(10e9, { total: 16e9, available: 10e9 }, 128);
  });

  it('is a fault, too, when the machine refuses the memory', () => {
    const refusals: (() => unknown)[] = [() => new ArrayBuffer(2 ** 52), () => new Float32Array(2 ** 53 - 1)];
    for (const allocate of refusals) {
      let thrown: unknown;
      try {
        allocate();
      } catch (error) {
        thrown = error;
      }
      isFault(/needs about 3\.0 GB of memory, which the machine refused/)(asMemoryFault(thrown, 3e9, 128));
    }
  });

  it('is no excuse for other errors', () => {
    const other = new RangeError('batches of 16 sessions, the model takes 15');
    assert.equal(asMemoryFault(other, 3e9, 128), other);
  });
});

describe('the memory of this machine', () => {
  it('is more than we use now, and no more is available than there is', () => {
    const { total, available } = memoryLimits();
    assert.ok(total > process.memoryUsage().rss, String(total));
    assert.ok(available === null || (available > 0 && available <= total), String(available));
  });
});
