import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frequentGroups, ratesByGroup } from '../../src/evaluation/group.ts';
import { applicationOf } from '../../src/evaluation/index.ts';
import { Protocol } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';

describe('rates by group', () => {
  it('by hand', () => {
    const labels = Uint8Array.of(0, 0, 1, 2, 1, 0);
    const called = Uint8Array.of(0, 3, 1, 0, 2, 0);
    const groups = ratesByGroup(labels, called, [0, 0, 0, 0, 1, 1], ['a', 'b', 'none']);
    assert.deepEqual(
      groups.map(({ name, sessions, recall, falsePositiveRate: f }) => [
        ...[name, sessions, recall.numerator, recall.denominator, f.numerator, f.denominator],
      ]),
      [
        ['a', 4, 1, 2, 1, 2],
        ['b', 2, 1, 1, 0, 1],
        ['none', 0, 0, 0, 0, 0],
      ],
    );
    assert.equal(groups[2]!.recall.value, null);
  });

  it('add up to those of all', () => {
    const bit = fc.nat({ max: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(bit, bit, fc.nat({ max: 4 })), { minLength: 1 }), (list) => {
        const column = (k: 0 | 1 | 2) => Uint8Array.from(list, (row) => row[k]);
        const names = ['a', 'b', 'c', 'd', 'e'];
        const groups = ratesByGroup(column(0), column(1), column(2), names);
        const all = ratesByGroup(column(0), column(1), new Uint8Array(list.length), ['all'])[0]!;
        const sum = (of: (g: typeof all) => number) => groups.reduce((total, g) => total + of(g), 0);
        assert.equal(
          sum((g) => g.sessions),
          all.sessions,
        );
        assert.equal(
          sum((g) => g.recall.numerator),
          all.recall.numerator,
        );
        assert.equal(
          sum((g) => g.falsePositiveRate.denominator),
          all.falsePositiveRate.denominator,
        );
      }),
    );
  });
});

describe('the most frequent groups', () => {
  it('come by falling frequency, equals by name, and the rest last', () => {
    const { names, groupOf } = frequentGroups(['b', 'a', 'c', 'c', 'd', 'a', 'e'], 3);
    assert.deepEqual(names, ['a', 'c', 'b', 'the rest']);
    assert.deepEqual([...groupOf], [2, 0, 1, 1, 3, 0, 3]);
    assert.deepEqual(frequentGroups(['x', 'x'], 3).names, ['x']);
    assert.deepEqual(frequentGroups([], 3).names, []);
  });
});

describe('an application', () => {
  it('has the name of its port and protocol, or none', () => {
    const names = [
      applicationOf(Protocol.udp, 53),
      applicationOf(Protocol.tcp, 443),
      applicationOf(Protocol.udp, 443),
      applicationOf(Protocol.tcp, 50_000),
      applicationOf(Protocol.udp, 22),
    ];
    assert.deepEqual(names, ['dns 53/udp', 'https 443/tcp', 'quic 443/udp', 'other tcp', 'other udp']);
  });
});
