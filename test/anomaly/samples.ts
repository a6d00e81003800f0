/** Sessions in literal bytes and at random, and what the tests of morphs need around them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Contacts,
  collectContacts,
  createMorpher,
  createSessionBytes,
  loadSession,
  type Morpher,
  type SessionBytes,
} from '../../src/anomaly/index.ts';
import { stream } from '../../src/random/index.ts';
import { Link, type SessionTable } from '../../src/session/index.ts';
import { type BuiltPacket, buildPacket, type SessionFixture, sessionTable } from '../support/packets.ts';

/** A session with its packets whole, payload included. */
export interface Sample {
  readonly protocol: 'tcp' | 'udp';
  readonly packets: readonly BuiltPacket[];
}

export function load(table: SessionTable, session = 0, packets = 8, stride = 200): SessionBytes {
  const bytes = createSessionBytes(packets, stride);
  loadSession(table, session, bytes);
  return bytes;
}

/** The header bytes of packet p as they are now. */
export const headerOf = (session: SessionBytes, p: number): Uint8Array =>
  session.bytes.slice(p * session.stride, p * session.stride + session.length[p]!);

export const editedOf = (session: SessionBytes, p: number): Uint8Array =>
  session.edited.slice(p * session.stride, p * session.stride + session.length[p]!);

/** The offsets at which packet p is marked as edited. */
export const editedOffsets = (session: SessionBytes, p: number): readonly number[] =>
  [...editedOf(session, p)].flatMap((mark, offset) => (mark === 1 ? [offset] : []));

/** The header bytes of a row of the table. */
export const capturedOf = (table: SessionTable, row: number): Uint8Array =>
  table.header.slice(table.headerStart[row]!, table.headerStart[row + 1]!);

/** A morpher that makes every session it can an anomaly of this kind. */
export const always = (
  kind: string,
  contacts: Contacts,
  repair: readonly ('checksum' | 'mac')[] = [],
): Morpher => createMorpher({ normal: 0, kinds: { [kind]: 1 }, repair }, contacts);

export const everything = (table: SessionTable): Contacts =>
  collectContacts(
    table,
    Uint32Array.from({ length: table.count }, (_, i) => i),
  );

/** Packet p whole: its header as it is now, its payload as captured. */
export function wholePacket(session: SessionBytes, packet: BuiltPacket, p: number): Uint8Array {
  const bytes = packet.bytes.slice();
  bytes.set(headerOf(session, p));
  return bytes;
}

/** Asserts that `edited` marks exactly the bytes that differ from the table. */
export function assertEditsAreTrue(table: SessionTable, session: SessionBytes): void {
  for (let p = 0; p < session.packets; p++) {
    const captured = capturedOf(table, table.firstRow[session.session]! + p);
    const now = headerOf(session, p);
    assert.deepEqual(
      editedOf(session, p),
      captured.map((byte, i) => (byte === now[i] ? 0 : 1)),
      `packet ${p}`,
    );
  }
}

export const draws = (...name: (string | number)[]) => stream('test', ...name);

const byte = fc.integer({ min: 0, max: 255 });
const words = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).chain((n) => fc.array(byte, { minLength: 4 * n, maxLength: 4 * n }));

/** IPv4 options without source routes: no-operations and an end. */
const ipOptions = fc.integer({ min: 0, max: 10 }).map((n) => new Array<number>(4 * n).fill(1));

/** Destination options of 8 · n bytes, given without the first. */
const extensions = fc.array(
  fc.integer({ min: 0, max: 2 }).map((n) => [60, [n, ...new Array<number>(6 + 8 * n).fill(0)]] as const),
  { maxLength: 2 },
);

const error = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 0xfffe }));

/** Addresses 0 … n − 1 of either family. */
export const address = (version: 4 | 6, n: number): readonly number[] =>
  version === 4
    ? [10, 0, n >> 8, n & 255]
    : [0x20, 1, 0xd, 0xb8, ...new Array<number>(10).fill(0), n >> 8, n & 255];

/** The MAC address that goes with an address. */
export const macOf = (n: number): readonly number[] => [2, 0, 0, 0, n >> 8, n & 255];

const ends = fc.record({
  version: fc.constantFrom(4 as const, 6 as const),
  a: fc.integer({ min: 0, max: 7 }),
  b: fc.integer({ min: 0, max: 7 }),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  link: fc.constantFrom(...Object.values(Link)),
  vlans: fc.array(fc.integer({ min: 1, max: 0xffff }), { maxLength: 2 }),
  ports: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
});

const packet = fc.record({
  forward: fc.boolean(),
  payload: fc.array(byte, { maxLength: 9 }),
  ipOptions,
  extensions,
  tcpOptions: words(0, 10),
  sequence: fc.integer({ min: 0, max: 0xffffffff }),
  ipError: error,
  transportError: error,
  noChecksum: fc.boolean(),
  ttl: byte,
});

/** A session between two of eight hosts of a family: any link header, options, payloads and checksums. */
export const anySample: fc.Arbitrary<Sample> = fc
  .tuple(ends, fc.array(packet, { minLength: 1, maxLength: 8 }))
  .map(([{ version, a, b, ports, ...rest }, list]) => ({
    protocol: rest.protocol,
    packets: list.map(({ forward, ...fields }, i) => {
      const onward = forward || i === 0;
      const [from, to] = onward ? [a, b] : [b, a];
      return {
        ...buildPacket({
          ...rest,
          ...fields,
          source: address(version, from),
          destination: address(version, to),
          sourceMac: macOf(from),
          destinationMac: macOf(to),
          sourcePort: onward ? ports[0] : ports[1],
          destinationPort: onward ? ports[1] : ports[0],
        }),
        fromInitiator: onward,
      };
    }),
  }));

export const tableOf = (...samples: readonly Sample[]): SessionTable => sessionTable(samples);

/** A session of one UDP packet between two numbered hosts: what contacts are made of. */
export function contact(
  a: number,
  b: number,
  { version = 4 as 4 | 6, macA = macOf(a), macB = macOf(b), answers = 0, link = Link.ethernet as Link } = {},
): SessionFixture {
  const forward = buildPacket({
    protocol: 'udp',
    link,
    source: address(version, a),
    destination: address(version, b),
    sourceMac: macA,
    destinationMac: macB,
    sourcePort: 40000,
    destinationPort: 53,
  });
  const backward = buildPacket({
    protocol: 'udp',
    link,
    source: address(version, b),
    destination: address(version, a),
    sourceMac: macB,
    destinationMac: macA,
    sourcePort: 53,
    destinationPort: 40000,
  });
  return { protocol: 'udp', packets: [forward, ...new Array<BuiltPacket>(answers).fill(backward)] };
}
