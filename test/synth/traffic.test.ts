import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assembleSessions } from '../../src/session/index.ts';
import { frame, pcap, put, temporaryFolder } from '../capture/build.ts';
import fc from '../support/fast-check.ts';
import { describeTraffic, distanceOfNames, distanceOfValues } from './traffic.ts';

const folder = temporaryFolder();

describe('traffic', () => {
  it('is described by what is counted by hand', async () => {
    const at = (ms: number, bytes: Uint8Array) => ({ seconds: 100, fraction: ms * 1000, bytes });
    const records = [
      at(0, frame({ fromPort: 5000, toPort: 53, protocol: 'udp' })),
      at(30, frame({ from: '10.0.0.2', fromPort: 53, to: '10.0.0.1', toPort: 5000, protocol: 'udp' })),
      at(40, frame({ to: '10.0.0.3', fromPort: 5001, toPort: 53, protocol: 'udp' })),
    ];
    const path = put(folder, 'three.pcap', pcap(records));
    const options = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 10 } as const;
    const { sessions } = await assembleSessions([path], options);
    const { values, counts } = describeTraffic(sessions);
    assert.deepEqual([...values.packets], [1, 2]);
    assert.deepEqual([...values.gaps], [30]);
    assert.deepEqual([...values.durations], [0.03]);
    assert.deepEqual([...values.contacts], [2], 'one host has begun sessions, with two others');
    assert.equal(values.bytes.length, 3);
    assert.deepEqual([...counts.ports], [['udp/53', 2]]);
    assert.equal(counts.openings.size, 0);
  });
});

describe('distances', () => {
  it('are 0 of the same, 1 of what has nothing in common, and known in between', () => {
    const values = Float64Array.of(1, 2, 3, 4);
    assert.equal(distanceOfValues(values, values), 0);
    assert.equal(distanceOfValues(values, Float64Array.of(9, 9)), 1);
    assert.equal(distanceOfValues(values, Float64Array.of(1, 2)), 0.5);
    assert.equal(distanceOfNames(new Map([['a', 3]]), new Map([['a', 1]])), 0);
    assert.equal(distanceOfNames(new Map([['a', 1]]), new Map([['b', 7]])), 1);
    assert.equal(
      distanceOfNames(
        new Map([
          ['a', 1],
          ['b', 1],
        ]),
        new Map([['a', 5]]),
      ),
      0.5,
    );
    assert(Number.isNaN(distanceOfValues(values, new Float64Array(0))));
    assert(Number.isNaN(distanceOfNames(new Map(), new Map([['a', 1]]))));
  });

  it('are symmetric, and the supremum over all values', () => {
    const list = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
        const share = (values: Float64Array, limit: number) =>
          values.filter((value) => value <= limit).length / values.length;
        const expected = Math.max(
          ...Array.from({ length: 10 }, (_, v) => Math.abs(share(x, v) - share(y, v))),
        );
        assert(Math.abs(distanceOfValues(x, y) - expected) < 1e-12);
        assert.equal(distanceOfValues(x, y), distanceOfValues(y, x));
      }),
    );
  });
});
