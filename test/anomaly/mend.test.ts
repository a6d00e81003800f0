/** What an address that takes the place of another brings along. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMorpher, kinds, type Repair, repairs } from '../../src/anomaly/index.ts';
import { findOption } from '../../src/anomaly/marks.ts';
import { buildPacket, checksumErrors, type SessionFixture, sessionTable } from '../support/packets.ts';
import { address, assertEditsAreTrue, draws, everything, headerOf, load, macOf } from './samples.ts';

interface Host {
  readonly n: number;
  readonly ttl: number;
  readonly vlan: number;
  readonly mss: number;
  readonly scale: number;
}

const A: Host = { n: 1, ttl: 64, vlan: 10, mss: 1460, scale: 7 };
const B: Host = { n: 2, ttl: 128, vlan: 20, mss: 1400, scale: 8 };
const C: Host = { n: 3, ttl: 255, vlan: 30, mss: 536, scale: 2 };
const D: Host = { n: 4, ttl: 60, vlan: 40, mss: 1300, scale: 5 };

/** SYN and SYN-ACK with MSS and window scale; each sender tags its frames with its own VLAN. */
function handshake(from: Host, to: Host, version: 4 | 6 = 4): SessionFixture {
  const packet = (source: Host, destination: Host, tcpFlags: number, ports: readonly [number, number]) =>
    buildPacket({
      ...{ protocol: 'tcp', tcpFlags, ttl: source.ttl, vlans: [0x6000 + source.vlan] },
      ...{ source: address(version, source.n), destination: address(version, destination.n) },
      ...{ sourceMac: macOf(source.n), destinationMac: macOf(destination.n) },
      ...{ sourcePort: ports[0], destinationPort: ports[1] },
      tcpOptions: [2, 4, source.mss >> 8, source.mss & 255, 1, 3, 3, source.scale],
    });
  return {
    protocol: 'tcp',
    packets: [
      { ...packet(from, to, 0x02, [40000, 80]), fromInitiator: true },
      { ...packet(to, from, 0x12, [80, 40000]), fromInitiator: false },
    ],
  };
}

/** What a packet says of its sender. */
function marksOf(header: Uint8Array, version: 4 | 6) {
  const network = 18;
  const transport = network + (version === 6 ? 40 : 20);
  const word = (at: number) => header[at]! * 256 + header[at + 1]!;
  return {
    ttl: header[network + (version === 6 ? 7 : 8)],
    vlan: word(14) & 0x0fff,
    mss: word(transport + 22),
    scale: header[transport + 27],
  };
}

const marks = ({ ttl, vlan, mss, scale }: Host) => ({ ttl, vlan, mss, scale });

/** The packets of a session from A to B as this kind, and what was noted. */
function mended(
  kind: string,
  repair: readonly Repair[],
  training: readonly SessionFixture[],
  version: 4 | 6 = 4,
) {
  const contacts = everything(sessionTable(training));
  const morpher = createMorpher(
    { normal: 0, kinds: { [kind]: 1 }, repair: ['checksum', ...repair] },
    contacts,
  );
  const fixture = handshake(A, B, version);
  const table = sessionTable([fixture]);
  const session = load(table);
  assert.equal(morpher.present(session, draws(kind)), 1);
  assertEditsAreTrue(table, session);
  const packets = [0, 1].map((p) => headerOf(session, p));
  for (const [p, header] of packets.entries()) {
    const errors = checksumErrors(fixture.packets[p] as Parameters<typeof checksumErrors>[0], header);
    assert.deepEqual([errors.ip, errors.transport], [version === 6 ? null : 0, 0], `packet ${p}`);
  }
  return { marks: packets.map((header) => marksOf(header, version)), counts: morpher.counts };
}

const all: readonly Repair[] = ['ttl', 'vlan', 'tcp-options'];

describe('what an address brings along', () => {
  for (const version of [4, 6] as const) {
    const training = [handshake(A, B, version), handshake(C, D, version), handshake(D, C, version)];

    it(`IPv${version}: a swapped destination answers as training has seen it`, () => {
      const { marks: found, counts } = mended('destination-ip-swap', all, training, version);
      const [stranger] = [C, D].filter(({ ttl }) => ttl === found[1]!.ttl);
      assert.deepEqual(found[1], marks(stranger!));
      // The initiator's packet goes into the VLAN that packets to the stranger have.
      const received = stranger === C ? D : C;
      assert.deepEqual(found[0], { ...marks(A), vlan: received.vlan });
      assert.deepEqual([counts.ttlUnknown, counts.vlanUnknown, counts.optionsUnknown], [0, 0, 0]);
    });

    it(`IPv${version}: ends that change places take their marks along`, () => {
      for (const kind of ['ip-direction-switch', 'role-reversal'])
        assert.deepEqual(mended(kind, all, training, version).marks, [marks(B), marks(A)], kind);
    });
  }

  it('stays as captured without these repairs, each by itself', () => {
    const training = [handshake(A, B), handshake(C, D), handshake(D, C)];
    assert.deepEqual(mended('ip-direction-switch', [], training).marks, [marks(A), marks(B)]);
    assert.deepEqual(mended('ip-direction-switch', ['ttl'], training).marks, [
      { ...marks(A), ttl: B.ttl },
      { ...marks(B), ttl: A.ttl },
    ]);
    assert.deepEqual(
      mended('ttl-shift', ['vlan', 'tcp-options'], training).marks.map(({ vlan }) => vlan),
      [10, 20],
    );
  });

  it('is left and counted where training never saw the address send', () => {
    const silent = [{ ...handshake(C, D), packets: handshake(C, D).packets.slice(0, 1) }];
    // Of D nothing is known but the frames to it.
    for (let n = 0; n < 30; n++) {
      const { marks: found, counts } = mended('destination-ip-swap', all, silent);
      if (found[1]!.ttl === C.ttl) continue;
      assert.deepEqual(found[1], marks(B));
      assert.deepEqual([counts.ttlUnknown, counts.vlanUnknown, counts.optionsUnknown], [1, 1, 1]);
    }
    const { counts } = mended('ip-direction-switch', all, []);
    assert.deepEqual([counts.ttlUnknown, counts.vlanUnknown, counts.optionsUnknown], [1, 1, 1]);
  });
});

describe('a TCP option', () => {
  const find = (options: readonly number[], kind: number, length: number, size = 20 + options.length) =>
    findOption(Uint8Array.from([...new Array<number>(20).fill(0), ...options]), 0, size, kind, length);

  it('is found behind others, and never beyond the header or the end of the options', () => {
    assert.equal(find([2, 4, 5, 180], 2, 4), 20);
    assert.equal(find([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 7], 3, 3), 32);
    assert.equal(find([0, 2, 4, 5, 180], 2, 4), -1);
    assert.equal(find([2, 4, 5], 2, 4), -1);
    assert.equal(find([2, 3, 5, 180], 2, 4), -1);
    assert.equal(find([5, 0, 2, 4, 5, 180], 2, 4), 22);
    assert.equal(find([], 2, 4), -1);
  });
});

describe('the traces of a kind', () => {
  it('name repairs that there are, each of which some kind needs', () => {
    const named = new Set(kinds.flatMap(({ traces }) => traces.flatMap(({ repair }) => repair ?? [])));
    assert.deepEqual([...named].sort(), [...repairs].sort());
    for (const { name, traces } of kinds)
      assert.equal(new Set(traces.map(({ says }) => says)).size, traces.length, name);
  });
});
