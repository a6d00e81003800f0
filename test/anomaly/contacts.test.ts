import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areContacts, type Contacts, collectContacts, type Family } from '../../src/anomaly/contacts.ts';
import { Pairs } from '../../src/anomaly/pairs.ts';
import { reachOf, Scope } from '../../src/anomaly/scope.ts';
import { drawStranger } from '../../src/anomaly/strangers.ts';
import { Interner, Link } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';
import { sessionTable } from '../support/packets.ts';
import { address, contact, draws, everything, macOf } from './samples.ts';

const number = (family: Family, n: number, version: 4 | 6 = 4): number =>
  family.addresses.find(Uint8Array.from(address(version, n)), 0);

const mac = ({ ipv4, macs }: Contacts, n: number): readonly number[] | null => {
  const found = ipv4.mac[number(ipv4, n)]!;
  return found < 0 ? null : [...macs.keys.subarray(6 * found, 6 * found + 6)];
};

/** How many others an address, by number, talks to. */
const degreeOf = ({ pairs }: Family, n: number): number => {
  const first = [...pairs.first.subarray(0, pairs.count)];
  return first.filter((a, e) => a === n || pairs.second[e] === n).length;
};

describe('contacts', () => {
  it('go both ways, whoever began', () => {
    const { ipv4 } = everything(sessionTable([contact(1, 2), contact(3, 2)]));
    const [a, b, c] = [1, 2, 3].map((n) => number(ipv4, n)) as [number, number, number];
    assert.ok(areContacts(ipv4, a, b) && areContacts(ipv4, b, a) && areContacts(ipv4, b, c));
    assert.ok(!areContacts(ipv4, a, c) && !areContacts(ipv4, c, a));
    assert.deepEqual(
      [0, 1, 2].map((n) => degreeOf(ipv4, n)),
      [1, 2, 1],
    );
  });

  it('come from the given sessions only', () => {
    const table = sessionTable([contact(1, 2), contact(3, 4), contact(1, 4), contact(5, 6, { version: 6 })]);
    const { ipv4, ipv6, macs } = collectContacts(table, Uint32Array.of(0, 1));
    assert.equal(ipv4.addresses.count, 4);
    assert.ok(!areContacts(ipv4, number(ipv4, 1), number(ipv4, 4)));
    assert.equal(ipv6.addresses.count, 0);
    assert.equal(macs.count, 4);
  });

  it('keep the families apart, and a host that talks to itself has no contact by that', () => {
    const { ipv4, ipv6 } = everything(
      sessionTable([contact(1, 2), contact(1, 2, { version: 6 }), contact(7, 7)]),
    );
    assert.equal(ipv4.addresses.count, 3);
    assert.equal(ipv6.addresses.count, 2);
    assert.equal(degreeOf(ipv4, number(ipv4, 7)), 0);
  });

  it('know the MAC address that most packets of an address came from, the first seen of equals', () => {
    const [x, y, z] = [macOf(0xaaaa), macOf(0xbbbb), macOf(0xcccc)];
    const tied = everything(sessionTable([contact(1, 2, { macA: x }), contact(1, 2, { macA: y })]));
    assert.deepEqual(mac(tied, 1), x);
    const most = everything(
      sessionTable([
        contact(1, 2, { macA: x }),
        contact(1, 2, { macA: y }),
        contact(3, 1, { macB: y, answers: 1 }),
        // Sent to, but not from, this one:
        contact(3, 1, { macB: z }),
        contact(3, 1, { macB: z }),
        contact(3, 1, { macB: z }),
      ]),
    );
    assert.deepEqual(mac(most, 1), y);
  });

  it('know where packets for a silent address go', () => {
    const group = [1, 0, 0x5e, 0, 0, 0xfb];
    const contacts = everything(sessionTable([contact(1, 2, { macB: group })]));
    assert.deepEqual(mac(contacts, 2), group);
  });

  it('know no MAC address where no packet showed one', () => {
    for (const link of [Link.none, Link.loopback])
      assert.equal(mac(everything(sessionTable([contact(1, 2, { link })])), 1), null);
    const cooked = everything(sessionTable([contact(1, 2, { link: Link.sll })]));
    assert.deepEqual(mac(cooked, 1), macOf(1));
    assert.equal(mac(cooked, 2), null);
    const second = everything(sessionTable([contact(1, 2, { link: Link.sll2 })]));
    assert.deepEqual(mac(second, 1), macOf(1));
  });

  it('do not take a cooked link address of another size for a MAC address', () => {
    for (const [link, at] of [
      [Link.sll, 5],
      [Link.sll2, 11],
    ] as const) {
      const table = sessionTable([contact(1, 2, { link })]);
      assert.equal(table.header[at], 6);
      table.header[at] = 8;
      assert.equal(everything(table).macs.count, 0);
    }
  });
});

describe('a stranger', () => {
  const HOSTS = reachOf(Scope.private);
  const pairs = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 30 });

  it('is never the source, whom it talks to now, or a contact; and each other one is drawn', () => {
    fc.assert(
      fc.property(pairs, fc.nat(11), fc.nat(11), (list, source, present) => {
        const { ipv4 } = everything(sessionTable(list.map(([a, b]) => contact(a, b))));
        const known = new Set(list.flat());
        const talks = (c: number) =>
          list.some(([a, b]) => (a === source && b === c) || (b === source && a === c));
        const expected = [...known].filter((c) => c !== source && c !== present && !talks(c));
        const drawn = new Set<number>();
        for (let i = 0; i < 40 * (expected.length + 1); i++)
          drawn.add(drawStranger(ipv4, number(ipv4, source), number(ipv4, present), HOSTS, draws(i)));
        const numbers = expected.map((c) => number(ipv4, c));
        assert.deepEqual(sorted(drawn), numbers.length === 0 ? [-1] : sorted(numbers));
      }),
      { numRuns: 60 },
    );
  });

  it('is found, each as often as any other, where nearly all are contacts', () => {
    const n = 2000;
    const strangers = [17, 1234, 1999];
    const everybody = Array.from({ length: n }, (_, i) => i).filter((i) => i !== 0 && !strangers.includes(i));
    const table = sessionTable([
      ...everybody.map((i) => contact(0, i)),
      ...strangers.map((i) => contact(1, i)),
    ]);
    const { ipv4 } = everything(table);
    const hits = new Map(strangers.map((s) => [number(ipv4, s), 0]));
    for (let i = 0; i < 3000; i++) {
      let left = 65;
      const source = draws('dense', i);
      const bounded = {
        ...source,
        below(m: number) {
          assert.ok(left-- > 0, 'at most 65 draws');
          return source.below(m);
        },
      };
      const found = drawStranger(ipv4, number(ipv4, 0), number(ipv4, 1), HOSTS, bounded);
      hits.set(found, hits.get(found)! + 1);
    }
    // 1000 each; the standard deviation is 26.
    for (const [stranger, count] of hits) assert.ok(Math.abs(count - 1000) < 130, `${stranger}: ${count}`);
  });
});

describe('numbers for byte strings and pairs', () => {
  it('are those of a map, in the order of first sight, however many there are', () => {
    const source = draws('intern');
    for (const size of [4, 6, 16]) {
      const interner = new Interner(size, Uint8Array);
      const known = new Map<string, number>();
      for (let i = 0; i < 20000; i++) {
        const bytes = new Uint8Array(size + 3);
        for (let b = 0; b < 2; b++) bytes[3 + size - 1 - b] = source.below(100);
        const key = bytes.subarray(3).join('.');
        assert.equal(interner.find(bytes, 3), known.get(key) ?? -1);
        if (!known.has(key)) known.set(key, known.size);
        assert.equal(interner.add(bytes, 3), known.get(key));
      }
      assert.equal(interner.count, known.size);
      assert.ok(known.size > 5000);
    }
  });

  it('count how often a pair was added', () => {
    const source = draws('pairs');
    const pairs = new Pairs();
    const known = new Map<string, number>();
    for (let i = 0; i < 30000; i++) {
      const [a, b] = [source.below(150), source.below(150)];
      const key = `${a} ${b}`;
      assert.equal(pairs.has(a, b), known.has(key));
      assert.equal(pairs.add(a, b), !known.has(key));
      known.set(key, (known.get(key) ?? 0) + 1);
    }
    const list = Array.from({ length: pairs.count }, (_, e) => [
      `${pairs.first[e]} ${pairs.second[e]}`,
      pairs.times[e],
    ]);
    assert.deepEqual(list, [...known]);
  });
});

const sorted = (numbers: Iterable<number>): readonly number[] => [...numbers].sort((a, b) => a - b);
