/** Sessions in literal bytes and at random, and what the tests of morphs need around them. */
import assert from 'node:assert/strict';
import {
  type Contacts,
  collectContacts,
  createMorpher,
  createSessionBytes,
  loadSession,
  type Morpher,
  type SessionBytes,
} from '../../src/anomaly/index.ts';
import { Make } from '../../src/anomaly/session-bytes.ts';
import { stream } from '../../src/random/index.ts';
import { Link, type SessionTable } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';
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

/** The row of the table that packet p is or was made from. */
export function originRow(table: SessionTable, session: SessionBytes, p: number): number {
  const row = table.headerStart.indexOf(session.origin[p]!);
  assert.ok(row >= 0 && row < table.link.length, `packet ${p} has its origin at ${session.origin[p]}`);
  return row;
}

/** Whether packet p is one that the morph has placed, so that the capture has none in its place. */
export const isPlaced = (session: SessionBytes, p: number): boolean => session.comparable[p] === 0;

/** Packet p whole, made from this one: its header as it is now, then the payload that it has. */
export function wholePacket(session: SessionBytes, packet: BuiltPacket, p: number): Uint8Array {
  const payload = session.made[p] === Make.bare ? [] : [...packet.bytes.subarray(packet.headerLength)];
  return Uint8Array.from([
    ...headerOf(session, p),
    ...payload,
    ...new Array<number>(session.added[p]!).fill(0),
  ]);
}

/**
 * Asserts that `edited` marks what it says: of packets in their place the bytes that differ from the table, of a
 * transport header of another protocol and of placed packets all; and that packets in their place have the order of the
 * capture.
 */
export function assertEditsAreTrue(table: SessionTable, session: SessionBytes): void {
  let before = -1;
  const [first, end] = [table.firstRow[session.session]!, table.firstRow[session.session + 1]!];
  for (let p = 0; p < session.packets; p++) {
    const row = originRow(table, session, p);
    const now = headerOf(session, p);
    const edited = editedOf(session, p);
    if (isPlaced(session, p)) {
      assert.ok(
        edited.every((mark) => mark === 1),
        `all of packet ${p}`,
      );
      continue;
    }
    assert.ok(row >= first && row < end && row > before, `packet ${p} is in its place`);
    before = row;
    const comparable =
      session.made[p] === Make.converted || session.protocol !== table.protocol[session.session]
        ? session.transport[p]!
        : now.length;
    const captured = capturedOf(table, row);
    assert.deepEqual(
      edited,
      now.map((byte, i) => (i < comparable && byte === captured[i] ? 0 : 1)),
      `packet ${p}`,
    );
  }
}

/** Asserts that a session is as it was loaded. */
export function assertUntouched(table: SessionTable, session: SessionBytes): void {
  const fresh = load(table, session.session, session.maxPackets, session.stride);
  for (const name of ['session', 'protocol', 'packets'] as const)
    assert.equal(session[name], fresh[name], name);
  for (let p = 0; p < fresh.packets; p++) {
    assert.deepEqual(headerOf(session, p), headerOf(fresh, p));
    assert.deepEqual(editedOffsets(session, p), []);
    for (const name of columns) assert.equal(session[name][p], fresh[name][p], name);
  }
}

/** What a session has for each packet besides bytes. */
export const columns = [
  ...(['length', 'link', 'version', 'network', 'transport', 'fromInitiator'] as const),
  ...(['originalLength', 'origin', 'comparable', 'made', 'added'] as const),
] as const;

/** Whether a session shows anything else than the capture: other bytes, other packets, or others first. */
export function isChanged(table: SessionTable, session: SessionBytes): boolean {
  const first = table.firstRow[session.session]!;
  const rows = Math.min(table.firstRow[session.session + 1]! - first, session.maxPackets);
  if (session.packets !== rows) return true;
  for (let p = 0; p < rows; p++)
    if (Buffer.compare(headerOf(session, p), capturedOf(table, first + p)) !== 0) return true;
  return false;
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
  tcpFlags: fc.oneof(fc.constantFrom(0x02, 0x12, 0x10, 0x18, 0x11, 0x04), byte),
});

type Ends = typeof ends extends fc.Arbitrary<infer T> ? T : never;
type AnyPacket = typeof packet extends fc.Arbitrary<infer T> ? T : never;

function sampleOf({ version, a, b, ports, ...rest }: Ends, list: readonly AnyPacket[]): Sample {
  return {
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
  };
}

const packets = fc.array(packet, { minLength: 1, maxLength: 8 });

/** Packets of which the first three shake hands, where they are TCP. */
const openingPackets = packets.map((list): readonly AnyPacket[] =>
  list.map((fields, i) =>
    i > 2
      ? fields
      : {
          ...fields,
          forward: i !== 1,
          tcpFlags: [0x02, 0x12, 0x10][i]!,
          payload: i < 2 ? [] : fields.payload,
        },
  ),
);

/** A session between two of eight hosts of a family: any link header, options, payloads and checksums. */
export const anySample: fc.Arbitrary<Sample> = fc.oneof(
  fc.tuple(ends, packets).map(([where, list]) => sampleOf(where, list)),
  fc.tuple(ends, openingPackets).map(([where, list]) => sampleOf(where, list)),
);

/** A session and another one between the same ends, but for the initiator's port. */
export const anyTwins: fc.Arbitrary<readonly [Sample, Sample]> = fc
  .tuple(ends, fc.oneof(openingPackets, packets), packets)
  .map(([where, one, two]) => [
    sampleOf(where, one),
    sampleOf({ ...where, ports: [where.ports[0] + 10, where.ports[1]] }, two),
  ]);

export const tableOf = (...samples: readonly Sample[]): SessionTable => sessionTable(samples);

/**
 * A session of one packet (and answers to it) between two numbered hosts: what contacts are made of. By default UDP to
 * port 53.
 */
export function contact(
  a: number,
  b: number,
  {
    version = 4 as 4 | 6,
    protocol = 'udp' as 'tcp' | 'udp',
    port = 53,
    macA = macOf(a),
    macB = macOf(b),
    answers = 0,
    link = Link.ethernet as Link,
  } = {},
): SessionFixture {
  const forward = buildPacket({
    protocol,
    link,
    source: address(version, a),
    destination: address(version, b),
    sourceMac: macA,
    destinationMac: macB,
    sourcePort: 40000,
    destinationPort: port,
  });
  const backward = buildPacket({
    protocol,
    link,
    source: address(version, b),
    destination: address(version, a),
    sourceMac: macB,
    destinationMac: macA,
    sourcePort: port,
    destinationPort: 40000,
  });
  return { protocol, packets: [forward, ...new Array<BuiltPacket>(answers).fill(backward)] };
}
