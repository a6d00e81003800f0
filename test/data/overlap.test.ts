import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectContacts } from '../../src/anomaly/index.ts';
import { findOverlap } from '../../src/data/overlap.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

type Ends = readonly [source: number, destination: number, port: number, protocol?: 'tcp' | 'udp'];

/** Between 10.0.0.a and 10.0.0.b, or in IPv6 for numbers from 100 on. */
function overlapOf(train: readonly Ends[], test: readonly Ends[]) {
  const address = (n: number) => (n < 100 ? [10, 0, 0, n] : [0xfd, ...Array(14).fill(0), n]);
  const sessions = sessionTable(
    [...train, ...test].map(([source, destination, destinationPort, protocol = 'tcp']) => ({
      protocol,
      packets: [
        buildPacket({
          protocol,
          source: address(source),
          destination: address(destination),
          sourcePort: 50_000,
          destinationPort,
        }),
      ],
    })),
  );
  const range = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: range(0, train.length), test: range(train.length, sessions.count) };
  return findOverlap(sessions, split, collectContacts(sessions, split.train));
}

describe('what test sessions share with training sessions', () => {
  it('is nothing where no address is known', () =>
    assert.deepEqual(overlapOf([[1, 2, 80]], [[3, 4, 443]]), {
      sessions: 1,
      addresses: 0,
      pairs: 0,
      services: 0,
    }));

  it('is the pair of addresses, whoever begins', () =>
    assert.deepEqual(overlapOf([[1, 2, 80]], [[2, 1, 443]]), {
      sessions: 1,
      addresses: 1,
      pairs: 1,
      services: 0,
    }));

  it('is both addresses where they are known from others', () =>
    assert.deepEqual(
      overlapOf(
        [
          [1, 2, 80],
          [3, 4, 80],
        ],
        [[1, 3, 443]],
      ),
      { sessions: 1, addresses: 1, pairs: 0, services: 0 },
    ));

  it('is the service of a responder, for each protocol by itself', () =>
    assert.deepEqual(
      overlapOf(
        [[1, 2, 53, 'udp']],
        [
          [9, 2, 53, 'udp'],
          [9, 2, 53, 'tcp'],
          [9, 2, 54, 'udp'],
        ],
      ),
      { sessions: 3, addresses: 0, pairs: 0, services: 1 },
    ));

  it('counts IPv6 in the same way', () =>
    assert.deepEqual(
      overlapOf(
        [
          [101, 102, 80],
          [1, 2, 80],
        ],
        [
          [101, 102, 80],
          [101, 103, 80],
          [102, 101, 22],
        ],
      ),
      { sessions: 3, addresses: 2, pairs: 2, services: 1 },
    ));

  it('knows who talks to itself', () => {
    const alone: Ends = [1, 1, 80];
    assert.equal(overlapOf([[1, 2, 80]], [alone]).pairs, 0);
    assert.equal(overlapOf([alone], [alone]).pairs, 1);
  });
});
