/** What holds for every kind: its result is a sequence of packets that a network could carry. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  anomalyKindNames,
  createMorpher,
  createSessionBytes,
  loadSession,
  kinds as registry,
  type SessionBytes,
} from '../../src/anomaly/index.ts';
import { Make } from '../../src/anomaly/session-bytes.ts';
import { createPacket, decodePacket, Protocol } from '../../src/capture/index.ts';
import type { Stream } from '../../src/random/index.ts';
import { Link, type SessionTable } from '../../src/session/index.ts';
import { createBatch, createEncoder, fieldNames, resolveHide } from '../../src/token/index.ts';
import fc from '../support/fast-check.ts';
import { type BuiltPacket, checksumErrors, sessionTable } from '../support/packets.ts';
import {
  always,
  anyTwins,
  assertEditsAreTrue,
  assertUntouched,
  contact,
  draws,
  editedOffsets,
  everything,
  headerOf,
  isChanged,
  originRow,
  type Sample,
  wholePacket,
} from './samples.ts';

/** Sessions of others, so that there are strangers, servers, workstations and MAC addresses. */
const others = Array.from({ length: 5 }, (_, i) => [
  contact(i, i + 1),
  contact(i, i + 1, { version: 6 }),
  contact(i, i + 1, { protocol: 'tcp', port: 80 + i }),
  contact(i, i + 1, { protocol: 'tcp', port: 80 + i, version: 6 }),
]).flat();

/** Two sessions between the same ends among others, with the packets of all rows. */
interface Scene {
  readonly table: SessionTable;
  readonly built: readonly BuiltPacket[];
}

function sceneOf(samples: readonly Sample[]): Scene {
  return {
    table: sessionTable([...samples, ...others]),
    built: samples.flatMap(({ packets }) => packets),
  };
}

/** The session at hand is the second one: what is drawn from other sessions comes from earlier ones. */
const scenes = anyTwins.map(([session, earlier]) => sceneOf([earlier, session]));
const AT_HAND = 1;
/** What follows from an edit: numbers behind more payload, lengths around it, the MAC address of another IP address. */
const consequences =
  /^(?:tcp\.(?:sequence|acknowledgment)|(?:pppoe|udp)\.length|ethernet\.(?:type|source|destination)|sll2?\.address|wifi\.address\d)$/;
/** The fields of headers that the scenes have often. */
const session4or6 = /^(?:ip|ipv6|tcp|udp)\.(?!checksum|version)/;
const kinds = fc.constantFrom(...anomalyKindNames);
/** maxPackets and spare bytes beyond the longest header. */
const rooms = fc.tuple(fc.integer({ min: 1, max: 10 }), fc.constantFrom(0, 4, 12, 16, 40));

function open({ table, built }: Scene, [maxPackets, spare]: readonly [number, number]): SessionBytes {
  const longest = Math.max(42, ...built.map((packet) => packet.headerLength));
  const session = createSessionBytes(maxPackets, longest + spare);
  loadSession(table, AT_HAND, session);
  return session;
}

const linkTypes: Readonly<Record<number, number>> = {
  [Link.none]: 101,
  [Link.ethernet]: 1,
  [Link.loopback]: 0,
  [Link.sll]: 113,
  [Link.sll2]: 276,
  [Link.ppp]: 9,
  [Link.wifi]: 105,
};

/** Decodes packet p as a capture's reader would. */
function decode(session: SessionBytes, whole: Uint8Array, p: number) {
  const packet = createPacket();
  packet.bytes = whole;
  packet.view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  packet.captured = whole.length;
  packet.original = whole.length;
  packet.linkType = linkTypes[session.link[p]!]!;
  assert.equal(decodePacket(packet), 0, `packet ${p} can be decoded`);
  return packet;
}

/** Calls back with every packet of a session of these scenes after a morph that applied. */
function everyPacket(
  runs: number,
  names: fc.Arbitrary<string>,
  check: (session: SessionBytes, p: number, scene: Scene, kind: string) => void,
  repair: readonly ('checksum' | 'mac')[] = ['checksum', 'mac'],
): void {
  fc.assert(
    fc.property(scenes, names, rooms, fc.nat(), (scene, kind, room, n) => {
      const session = open(scene, room);
      if (always(kind, everything(scene.table), repair).present(session, draws(kind, n)) === 0) return;
      for (let p = 0; p < session.packets; p++) check(session, p, scene, kind);
    }),
    { numRuns: runs },
  );
}

/** The same stream, which counts its draws. */
function counted(source: Stream, counter: { draws: number }): Stream {
  const count = <T>(value: T): T => {
    counter.draws++;
    return value;
  };
  return {
    uniform: () => count(source.uniform()),
    below: (n) => count(source.below(n)),
    chance: (probability) => count(source.chance(probability)),
  };
}

/** Kinds whose IP headers say what they are: noise may say anything. */
const sane = fc.constantFrom(...anomalyKindNames.filter((name) => name !== 'noisy-packet'));
const wholeOf = (session: SessionBytes, p: number, { table, built }: Scene): Uint8Array =>
  wholePacket(session, built[originRow(table, session, p)]!, p);

describe('every kind', () => {
  for (const kind of anomalyKindNames)
    it(`${kind} applies to some sessions, changes those and leaves the others untouched`, () => {
      let applied = 0;
      fc.assert(
        fc.property(scenes, rooms, fc.nat(), (scene, room, n) => {
          const session = open(scene, room);
          const contacts = everything(scene.table);
          const label = always(kind, contacts, ['checksum', 'mac']).present(session, draws(kind, n));
          assert.ok(session.packets >= 1 && session.packets <= session.maxPackets);
          for (let p = 0; p < session.packets; p++) assert.ok(session.length[p]! <= session.stride);
          assertEditsAreTrue(scene.table, session);
          if (label === 0) assertUntouched(scene.table, session);
          else {
            applied++;
            assert.ok(isChanged(scene.table, session));
          }
        }),
        { numRuns: 150, seed: 1 },
      );
      assert.ok(applied > 10, `applied to ${applied} of 150`);
    });

  it('makes the same of a session whenever its stream is the same, with a bounded number of draws', () => {
    fc.assert(
      fc.property(scenes, kinds, rooms, fc.nat(), (scene, kind, room, n) => {
        const contacts = everything(scene.table);
        const counter = { draws: 0 };
        const [one, two] = [open(scene, room), open(scene, room)];
        const labels = [one, two].map((session, i) =>
          always(kind, contacts).present(session, i === 0 ? counted(draws(n), counter) : draws(n)),
        );
        assert.ok(counter.draws <= 135 + 2 * one.maxPackets, `${counter.draws} draws`);
        assert.equal(labels[0], labels[1]);
        assert.deepEqual(one, two);
      }),
      { numRuns: 400 },
    );
  });

  it('makes packets that a reader decodes to the same headers', () => {
    everyPacket(700, sane, (session, p, scene, kind) => {
      const packet = decode(session, wholeOf(session, p, scene), p);
      assert.deepEqual(
        [packet.network, packet.transport, packet.headerEnd, packet.version, packet.protocol],
        [session.network[p], session.transport[p], session.length[p], session.version[p], session.protocol],
        kind,
      );
      assert.equal(fieldNames(session, p).length, session.length[p]);
    });
  });

  it('leaves a session one: the same two ends in all packets', () => {
    fc.assert(
      fc.property(scenes, sane, rooms, fc.nat(), (scene, kind, room, n) => {
        const session = open(scene, room);
        always(kind, everything(scene.table)).present(session, draws(kind, n));
        const ends = new Set<string>();
        for (let p = 0; p < session.packets; p++) {
          const header = headerOf(session, p);
          const [at, size] = session.version[p] === 6 ? [8, 16] : [12, 4];
          const network = session.network[p]! + at;
          const transport = session.transport[p]!;
          const [a, b] = [0, 1].map((i) =>
            [
              ...header.subarray(network + i * size, network + (i + 1) * size),
              ...header.subarray(transport + 2 * i, transport + 2 * i + 2),
            ].join('.'),
          );
          const forward = session.fromInitiator[p] === session.fromInitiator[0];
          ends.add(forward ? `${a} ${b}` : `${b} ${a}`);
        }
        assert.equal(ends.size, 1, kind);
      }),
      { numRuns: 600 },
    );
  });

  it('states the lengths that its packets have', () => {
    const whole = fc.constantFrom(
      ...anomalyKindNames.filter((name) => name !== 'noisy-packet' && name !== 'fragmentation'),
    );
    everyPacket(700, whole, (session, p, scene, kind) => {
      const bytes = wholeOf(session, p, scene);
      const network = session.network[p]!;
      const word = (at: number) => bytes[at]! * 256 + bytes[at + 1]!;
      const stated = session.version[p] === 6 ? word(network + 4) + 40 : word(network + 2);
      assert.equal(stated, bytes.length - network, `${kind}: IP`);
      if (session.protocol === Protocol.udp)
        assert.equal(word(session.transport[p]! + 4), bytes.length - session.transport[p]!, `${kind}: UDP`);
      assert.equal(session.originalLength[p], bytes.length, kind);
    });
  });

  it('has repaired checksums that are right where they were, and off by the same amount where they were not', () => {
    everyPacket(1200, kinds, (session, p, scene, kind) => {
      const packet = scene.built[originRow(scene.table, session, p)]!;
      const before = checksumErrors(packet);
      const udp = session.protocol === Protocol.udp;
      const bytes = wholePacket(session, packet, p);
      const now = checksumErrors({ ...packet, protocol: udp ? 'udp' : 'tcp' }, bytes);
      assert.equal(now.ip, before.ip, `${kind}: IP`);
      const lost = session.made[p] === Make.bare && packet.bytes.length > packet.headerLength;
      assert.equal(now.transport, lost ? 0 : before.transport, `${kind}: transport`);
    });
  });

  it('leaves checksums that it does not repair as they were captured', () => {
    everyPacket(
      600,
      kinds,
      (session, p, scene, kind) => {
        const packet = scene.built[originRow(scene.table, session, p)]!;
        const at = (protocol: number) => session.transport[p]! + (protocol === Protocol.udp ? 6 : 16);
        const now = headerOf(session, p);
        const word = (bytes: Uint8Array, offset: number) => bytes[offset]! * 256 + bytes[offset + 1]!;
        const captured = word(packet.bytes, at(Protocol[packet.protocol]));
        assert.equal(word(now, at(session.protocol)), captured, kind);
        if (packet.version === 4)
          assert.equal(word(now, packet.network + 10), word(packet.bytes, packet.network + 10), kind);
      },
      [],
    );
  });

  it('is encoded by what it is made of, hidden fields too', () => {
    const encoder = createEncoder({ bytes: 60, hide: ['mac', 'checksum', 'port', 'ttl'] });
    everyPacket(300, kinds, (session, p) => {
      const batch = createBatch(1, session.maxPackets, encoder.maxTokens);
      encoder.encode(session, batch, 0);
      assert.equal(batch.packets[0], session.packets);
      assert.equal(batch.lengths[p], Math.min(60, session.length[p]!) + 1);
    });
  });

  for (const { name, fields, packets } of registry.filter((kind) => kind.fields.length > 0))
    it(`${name} edits the fields that it says, and no others but what follows from them`, () => {
      const wanted = resolveHide(fields);
      const touched = new Set<string>();
      fc.assert(
        fc.property(scenes, rooms, fc.nat(), (scene, room, n) => {
          const session = open(scene, room);
          if (always(name, everything(scene.table)).present(session, draws(name, n)) === 0) return;
          for (let p = 0; p < session.packets; p++) {
            const inPlace = session.comparable[p]! >= session.length[p]!;
            const names = fieldNames(session, p);
            for (const offset of editedOffsets(session, p)) {
              const field = names[offset]!;
              if (wanted.has(field)) touched.add(field);
              else if (!packets && inPlace)
                assert.ok(
                  consequences.test(field) || /mac|swap|spoof|service/.test(name),
                  `${name}: ${field}`,
                );
            }
          }
        }),
        { numRuns: 200, seed: 1 },
      );
      for (const field of wanted)
        if (session4or6.test(field)) assert.ok(touched.has(field), `${name} never edited ${field}`);
    });

  it('has a name in kebab case of its own', () => {
    assert.ok(anomalyKindNames.length >= 24);
    assert.deepEqual([...anomalyKindNames].sort(), [...new Set(anomalyKindNames)]);
    for (const name of anomalyKindNames) assert.match(name, /^[a-z]+(-[a-z]+)*$/);
  });
});

describe('all kinds together', () => {
  it('leave few sessions normal: another kind takes the place of one that cannot apply', () => {
    const mix = Object.fromEntries(anomalyKindNames.map((name) => [name, 1]));
    fc.assert(
      fc.property(scenes, fc.nat(), (scene, n) => {
        const session = open(scene, [8, 16]);
        const options = { normal: 0, kinds: mix, repair: ['checksum', 'mac'] } as const;
        const morpher = createMorpher(options, everything(scene.table));
        assert.ok(morpher.present(session, draws(n)) > 0);
        assertEditsAreTrue(scene.table, session);
      }),
      { numRuns: 300 },
    );
  });
});
