/** How a new address is chosen, and who counts as a contact. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AddressChoice,
  addressChoices,
  type ContactRule,
  contactRules,
  createMorpher,
  Scope,
  scopeOf,
} from '../../src/anomaly/index.ts';
import type { Stream } from '../../src/random/index.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, type SessionFixture, sessionTable } from '../support/packets.ts';
import { assertEditsAreTrue, contact, draws, everything, headerOf, load } from './samples.ts';

const at = (text: string): readonly number[] => text.split('.').map(Number);

/** A datagram from one IPv4 address to another. */
function between(from: string, to: string, port = 53): SessionFixture {
  const ends = { source: at(from), destination: at(to), sourcePort: 40000, destinationPort: port };
  return { protocol: 'udp', packets: [buildPacket({ protocol: 'udp', ...ends })] };
}

/** The last address of a swap, many times: how often each was chosen. */
function chosen(
  training: readonly SessionFixture[],
  session: SessionFixture,
  options: { readonly contacts?: ContactRule; readonly addresses?: AddressChoice; readonly kind?: string },
  times = 300,
): ReadonlyMap<string, number> {
  const { kind = 'destination-ip-swap', ...rest } = options;
  const contacts = everything(sessionTable(training));
  const morpher = createMorpher({ normal: 0, kinds: { [kind]: 1 }, repair: [], ...rest }, contacts);
  const table = sessionTable([session]);
  const seen = new Map<string, number>();
  const place = kind === 'destination-ip-swap' ? 30 : 26;
  for (let n = 0; n < times; n++) {
    const bytes = load(table);
    if (morpher.present(bytes, limited(draws(kind, n))) === 0) continue;
    assertEditsAreTrue(table, bytes);
    const address = headerOf(bytes, 0)
      .subarray(place, place + 4)
      .join('.');
    seen.set(address, (seen.get(address) ?? 0) + 1);
  }
  return seen;
}

/** Two draws decide that it is this kind; at most 65 more. */
function limited(source: Stream): Stream {
  let left = 67;
  const spend = <T>(value: T): T => {
    assert.ok(left-- > 0, 'at most 65 draws');
    return value;
  };
  return {
    uniform: () => spend(source.uniform()),
    below: (n) => spend(source.below(n)),
    chance: (p) => spend(source.chance(p)),
  };
}

const names = (seen: ReadonlyMap<string, number>): readonly string[] => [...seen.keys()].sort();

const A = '10.0.0.5';
const B = '10.0.0.1';

describe('contacts', () => {
  const training = [
    between(A, B),
    between('10.0.0.2', A),
    between(A, '10.0.0.3', 80),
    between('10.0.0.9', B),
  ];

  it('by pair are all that one had a session with', () => {
    assert.deepEqual(names(chosen(training, between(A, B), {})), ['10.0.0.9']);
    assert.deepEqual(names(chosen(training, between(A, B), { contacts: 'pair' })), ['10.0.0.9']);
  });

  it('by direction are those that one called; whoever only called is a stranger', () => {
    assert.deepEqual(names(chosen(training, between(A, B), { contacts: 'direction' })), [
      '10.0.0.2',
      '10.0.0.9',
    ]);
  });

  it('by direction are, for a spoofed source, those that called the responder', () => {
    const options = { contacts: 'direction', kind: 'source-ip-spoof' } as const;
    assert.deepEqual(names(chosen(training, between('10.0.0.2', A), options)), [
      '10.0.0.1',
      '10.0.0.3',
      '10.0.0.9',
    ]);
  });

  it('by pair and port are those with a session at the same service, whoever began it', () => {
    const seen = chosen(training, between(A, B), { contacts: 'pair-and-port' });
    assert.deepEqual(names(seen), ['10.0.0.3', '10.0.0.9']);
    const web = chosen(training, between(A, B, 80), { contacts: 'pair-and-port' });
    assert.deepEqual(names(web), ['10.0.0.2', '10.0.0.9']);
  });
});

describe('a new address', () => {
  const crowd = Array.from({ length: 9 }, () => between('10.0.7.9', '10.0.7.2'));
  const training = [
    between(A, B),
    between('10.0.0.6', '10.0.0.2'),
    ...crowd,
    between('10.0.0.6', '203.0.113.7'),
    between('10.0.0.6', '224.0.0.251'),
    between('198.51.100.1', '10.0.0.2'),
  ];

  it('is by default any stranger that is a host', () => {
    assert.equal(chosen(training, between(A, B), {}).size, 6);
    assert.equal(chosen(training, between(A, B), { addresses: 'uniform', contacts: 'direction' }).size, 6);
  });

  it('by popularity is as often chosen as it was asked in training', () => {
    const seen = chosen(training, between(A, B), { addresses: 'popularity' }, 1300);
    assert.deepEqual(names(seen), ['10.0.0.2', '10.0.7.2', '203.0.113.7']);
    // 9, 2 and 1 of 12; the standard deviation is at most 17.
    for (const [address, expected] of [
      ['10.0.7.2', 975],
      ['10.0.0.2', 217],
      ['203.0.113.7', 108],
    ] as const)
      assert.ok(Math.abs(seen.get(address)! - expected) < 85, `${address}: ${seen.get(address)}`);
  });

  it('by popularity is, for a spoofed source, as often chosen as it began sessions', () => {
    const seen = chosen(training, between(A, B), { addresses: 'popularity', kind: 'source-ip-spoof' }, 600);
    assert.deepEqual(names(seen), ['10.0.0.6', '10.0.7.9', '198.51.100.1']);
    assert.ok(seen.get('10.0.7.9')! > seen.get('198.51.100.1')!);
  });

  it('of the subnet is one of the first three bytes of the old one, known or not', () => {
    assert.deepEqual(names(chosen(training, between(A, B), { addresses: 'subnet' })), [
      '10.0.0.2',
      '10.0.0.6',
    ]);
    const unknown = between(A, '10.0.7.77');
    assert.deepEqual(names(chosen(training, unknown, { addresses: 'subnet' })), ['10.0.7.2', '10.0.7.9']);
    assert.equal(chosen(training, between(A, '192.0.2.1'), { addresses: 'subnet' }).size, 0);
  });

  it('of the side is private, public or multicast as the old one', () => {
    const side = (to: string) => names(chosen(training, between(A, to), { addresses: 'side' }));
    assert.deepEqual(side(B), ['10.0.0.2', '10.0.0.6', '10.0.7.2', '10.0.7.9']);
    assert.deepEqual(side('192.0.2.55'), ['198.51.100.1', '203.0.113.7']);
    assert.deepEqual(side('224.0.0.1'), ['224.0.0.251']);
    assert.deepEqual(names(chosen(training.slice(0, 2), between(A, '224.0.0.1'), { addresses: 'side' })), []);
  });

  it('is found among very many contacts, with a bounded number of draws', () => {
    const many = Array.from({ length: 2000 }, (_, i) => contact(5, 10 + i));
    const busy = [...many, between('10.0.0.6', '10.0.0.7')];
    for (const addresses of addressChoices)
      for (const contacts of contactRules)
        for (const [address] of chosen(busy, between(A, '10.0.0.20'), { addresses, contacts }, 40))
          assert.ok(['10.0.0.6', '10.0.0.7'].includes(address), address);
  });

  it('is never one of both ends, nor a contact', () => {
    const pairs = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        pairs,
        fc.constantFrom(...addressChoices),
        fc.constantFrom(...contactRules),
        fc.nat(9),
        fc.nat(9),
        (list, addresses, contacts, a, b) => {
          const seen = chosen(
            list.map(([c, d]) => contact(c, d)),
            contact(a, b),
            { addresses, contacts },
            20,
          );
          for (const address of seen.keys()) {
            const c = Number(address.split('.')[3]);
            const met = list.some(
              ([d, e]) => (d === a && e === c) || (contacts !== 'direction' && d === c && e === a),
            );
            assert.ok(c !== a && c !== b && !met, address);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the scope of an address', () => {
  it('follows the registries', () => {
    const group = (scope: number) => Scope.group + scope;
    const expected: readonly (readonly [string, number])[] = [
      ['10.1.2.3', Scope.private],
      ['172.16.0.1', Scope.private],
      ['172.32.0.1', Scope.public],
      ['192.168.7.7', Scope.private],
      ['100.64.0.1', Scope.private],
      ['100.128.0.1', Scope.public],
      ['169.254.1.1', Scope.linkLocal],
      ['127.0.0.1', Scope.loopback],
      ['0.0.0.0', Scope.none],
      ['8.8.8.8', Scope.public],
      ['224.0.0.251', group(2)],
      ['224.0.1.1', group(14)],
      ['239.255.255.250', group(3)],
      ['239.192.0.1', group(8)],
      ['240.0.0.1', Scope.reserved],
      ['255.255.255.255', Scope.broadcast],
    ];
    for (const [text, scope] of expected) assert.equal(scopeOf(4, Uint8Array.from(at(text)), 0), scope, text);
    const six = (...first: number[]) =>
      Uint8Array.from([...first, ...new Array<number>(15 - first.length).fill(0), 1]);
    assert.equal(scopeOf(6, six(0x20, 1, 0xd, 0xb8), 0), Scope.public);
    assert.equal(scopeOf(6, six(0xfd, 0), 0), Scope.private);
    assert.equal(scopeOf(6, six(0xfe, 0xc0), 0), Scope.private);
    assert.equal(scopeOf(6, six(0xfe, 0x80), 0), Scope.linkLocal);
    assert.equal(scopeOf(6, six(), 0), Scope.loopback);
    assert.equal(scopeOf(6, new Uint8Array(16), 0), Scope.none);
    assert.equal(scopeOf(6, six(0xff, 2), 0), group(2));
    assert.equal(scopeOf(6, six(0xff, 0x0e), 0), group(14));
  });
});

describe('the scope of an address is kept', () => {
  const BROADCAST = '10.0.0.255';
  const everyone = { sourceMac: [2, 0, 0, 0, 0, 5], destinationMac: [255, 255, 255, 255, 255, 255] };
  const broadcast = (from: string, to: string): SessionFixture => ({
    protocol: 'udp',
    packets: [
      buildPacket({
        ...{ protocol: 'udp', source: at(from), destination: at(to) },
        ...{ sourcePort: 40000, destinationPort: 137, ...everyone },
      }),
    ],
  });
  const others = [
    between('10.0.0.9', '10.0.0.8'),
    between('10.0.0.9', '192.0.2.1'),
    between('10.0.0.9', '224.0.0.251', 5353),
    between('10.0.0.9', '224.0.0.252', 5355),
    between('10.0.0.9', '239.255.255.250', 1900),
    between('169.254.1.1', '169.254.1.2'),
    between('127.0.0.1', '127.0.0.1'),
    broadcast('10.0.0.9', '255.255.255.255'),
    broadcast('10.0.0.9', BROADCAST),
    broadcast('10.0.0.9', '10.0.7.255'),
  ];
  // Of the choices, "subnet" has nobody to choose in most of these.
  const choices = addressChoices.filter((name) => name !== 'subnet');

  it('hosts take the place of hosts, whatever the choice: no group, no broadcast, no other link', () => {
    for (const kind of ['destination-ip-swap', 'source-ip-spoof'])
      for (const addresses of addressChoices)
        for (const contacts of contactRules)
          for (const [address] of chosen(others, between(A, '10.0.0.1'), { kind, addresses, contacts }, 60))
            assert.ok(['10.0.0.8', '10.0.0.9', '192.0.2.1'].includes(address), `${kind}: ${address}`);
  });

  it('groups take the place of groups of the same scope, and broadcasts of broadcasts', () => {
    for (const addresses of choices) {
      const of = (session: SessionFixture) => names(chosen(others, session, { addresses }, 60));
      assert.deepEqual(of(between(A, '224.0.0.251')), ['224.0.0.252'], addresses);
      assert.deepEqual(of(between(A, '239.255.255.250')), [], addresses);
      assert.deepEqual(of(broadcast(A, BROADCAST)), ['10.0.7.255', '255.255.255.255'], addresses);
      assert.deepEqual(of(between('169.254.1.1', '169.254.9.9')), [], addresses);
    }
  });

  it('what goes to a group is never turned round, and gets no host for a service', () => {
    const contacts = everything(sessionTable(others));
    for (const session of [
      between(A, '224.0.0.251'),
      broadcast(A, BROADCAST),
      between('0.0.0.0', '10.0.0.1'),
    ])
      for (const kind of ['ip-direction-switch', 'role-reversal'])
        assert.equal(
          createMorpher({ normal: 0, kinds: { [kind]: 1 }, repair: [] }, contacts).present(
            load(sessionTable([session])),
            draws(kind),
          ),
          0,
          kind,
        );
    const morpher = createMorpher({ normal: 0, kinds: { 'new-service': 1 }, repair: [] }, contacts);
    assert.equal(morpher.present(load(sessionTable([broadcast(A, BROADCAST)])), draws('s')), 0);
    assert.equal(morpher.present(load(sessionTable([between(A, '10.0.0.8')])), draws('s')), 1);
  });

  it('mac-change leaves the MAC address of a group alone', () => {
    const contacts = everything(sessionTable([contact(1, 2), contact(3, 4)]));
    for (let n = 0; n < 20; n++) {
      const session = load(sessionTable([broadcast(A, BROADCAST)]));
      const morpher = createMorpher({ normal: 0, kinds: { 'mac-change': 1 }, repair: [] }, contacts);
      assert.equal(morpher.present(session, draws('mac', n)), 1);
      assert.deepEqual([...headerOf(session, 0).subarray(0, 6)], everyone.destinationMac);
    }
  });
});
