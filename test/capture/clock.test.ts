import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClock, setTime } from '../../src/capture/clock.ts';
import { createPacket } from '../../src/capture/index.ts';
import fc from '../support/fast-check.ts';

function read(resolution: number, offset: number, stamp: bigint): { seconds: number; nanoseconds: number } {
  const packet = createPacket();
  setTime(packet, createClock(resolution, offset), Number(stamp >> 32n), Number(stamp & 0xffffffffn));
  return packet;
}

describe('time stamps of pcapng', () => {
  it('are microseconds by default: 1,500,000 of them are 1.5 s', () => {
    const { seconds, nanoseconds } = read(6, 0, 1500000n);
    assert.deepEqual([seconds, nanoseconds], [1, 500000000]);
  });

  it('are exact to the nanosecond in every resolution', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.bigInt(0n, 2n ** 64n - 1n), (resolution, stamp) => {
        const exponent = BigInt(resolution & 0x7f);
        const units = resolution < 128 ? 10n ** exponent : 2n ** exponent;
        const { seconds, nanoseconds } = read(resolution, 0, stamp);
        assert.equal(seconds, Number(stamp / units));
        assert.equal(nanoseconds, Number(((stamp % units) * 1000000000n) / units));
      }),
      { numRuns: 3000 },
    );
  });

  it('are exact at the ends of the range for the resolutions in use', () => {
    for (const resolution of [0, 3, 6, 9, 0x80, 0x80 | 20, 0x80 | 30, 0x80 | 31])
      for (const stamp of [0n, 1n, 0xffffn, 0x10000n, 0xffffffffn, 0x100000000n, 2n ** 63n, 2n ** 64n - 1n]) {
        const exponent = BigInt(resolution & 0x7f);
        const units = resolution < 128 ? 10n ** exponent : 2n ** exponent;
        const { seconds, nanoseconds } = read(resolution, 0, stamp);
        assert.equal(seconds, Number(stamp / units), `${resolution} ${stamp}`);
        assert.equal(nanoseconds, Number(((stamp % units) * 1000000000n) / units), `${resolution} ${stamp}`);
      }
  });
});
