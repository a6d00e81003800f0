import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTransplant } from '../../src/anomaly/index.ts';
import {
  type BuiltPacket,
  buildPacket,
  checksumErrors,
  type PacketRecipe,
  sessionTable,
} from '../support/packets.ts';

interface Host {
  readonly ip: readonly number[];
  readonly mac: readonly number[];
  readonly ttl: number;
}
const host = (net: readonly number[], n: number, ttl: number): Host => ({
  ip: [...net, n],
  mac: [2, 0, 0, 0, net[0]!, n],
  ttl,
});
const packet = (
  from: Host,
  to: Host,
  ports: readonly [number, number],
  more: Partial<PacketRecipe> = {},
): BuiltPacket =>
  buildPacket({
    protocol: 'tcp',
    source: from.ip,
    destination: to.ip,
    sourceMac: from.mac,
    destinationMac: to.mac,
    ttl: from.ttl,
    sourcePort: ports[0],
    destinationPort: ports[1],
    ...more,
  });
/** A question and an answer; `seconds` of the first. */
const dialogue = (a: Host, b: Host, port: number, seconds: number, more: Partial<PacketRecipe> = {}) => {
  const packets = [packet(a, b, [40_000, port], more), packet(b, a, [port, 40_000], more)];
  return {
    built: packets,
    protocol: 'tcp' as const,
    packets: packets.map((one, i) => ({ ...one, seconds: seconds + i })),
  };
};

const client = host([10, 0, 0], 1, 64);
const web = host([10, 0, 1], 80, 250);
const shell = host([10, 0, 1], 22, 128);
const target = [
  dialogue(client, web, 80, 1000, { vlans: [0x0005] }),
  dialogue(client, shell, 22, 1010, { vlans: [0x0005] }),
];
const train = Uint32Array.of(0, 1);
const attacker = host([172, 16, 0], 66, 41);
const victims = [1, 2, 3].map((n) => host([172, 16, 9], n, 42));
const payload = [1, 2, 3, 4];

/** The bytes of a packet of the moved table, with the payload that the table does not keep. */
function moved(attacks: readonly ReturnType<typeof dialogue>[], from = 2000, to = 2010) {
  const table = sessionTable([...target, ...attacks]);
  const indices = Uint32Array.from(attacks, (_, i) => target.length + i);
  const transplant = createTransplant(table, train);
  assert.deepEqual(
    [...indices].map((session) => transplant.refusal(session)),
    attacks.map(() => null),
  );
  const after = transplant.move(indices, from, to);
  const rows = attacks.flatMap(({ built }, i) =>
    built.map((one, p) => {
      const row = after.firstRow[target.length + i]! + p;
      const header = after.header.subarray(after.headerStart[row]!, after.headerStart[row + 1]!);
      const network = after.network[row]!;
      const transport = after.transport[row]!;
      const payloadBytes = one.bytes.subarray(one.headerLength);
      const bytes = Uint8Array.from([...header, ...payloadBytes]);
      return {
        row,
        link: [...header.subarray(0, network)],
        source: [...header.subarray(network + 12, network + 16)],
        destination: [...header.subarray(network + 16, network + 20)],
        ttl: header[network + 8]!,
        before: one,
        errors: checksumErrors({ ...one, network, transport }, bytes),
        transportBytes: bytes.subarray(transport),
        rest: [...header.subarray(network, network + 8)],
      };
    }),
  );
  return { table, after, rows };
}

describe('a session that is transplanted', () => {
  const attack = dialogue(attacker, victims[0]!, 22, 5000, { payload });
  const { table, after, rows } = moved([attack]);
  const [asked, answered] = rows;

  it('is between two hosts that talk in training, with their addresses, link headers and TTLs, at that port where it can', () => {
    assert.deepEqual([asked!.source, asked!.destination], [client.ip, shell.ip]);
    assert.deepEqual([answered!.source, answered!.destination], [shell.ip, client.ip]);
    // Destination, source, the tag of the network (which the attack had not), IPv4.
    assert.deepEqual(asked!.link, [...shell.mac, ...client.mac, 0x81, 0, 0, 5, 8, 0]);
    assert.deepEqual(answered!.link, [...client.mac, ...shell.mac, 0x81, 0, 0, 5, 8, 0]);
    assert.deepEqual([asked!.ttl, answered!.ttl], [64, 128]);
  });

  it('keeps what was said: ports, the rest of the IP header, all of the transport header but its checksum', () => {
    for (const { before, transportBytes, rest } of rows) {
      assert.deepEqual(rest, [...before.bytes.subarray(before.network, before.network + 8)]);
      const captured = before.bytes.slice(before.transport);
      const now = transportBytes.slice();
      for (const bytes of [captured, now]) bytes.fill(0, 16, 18);
      assert.deepEqual(now, captured);
    }
  });

  it('has right checksums, and a wrong one is as wrong as it was', () => {
    for (const { errors } of rows) assert.deepEqual(errors, { ip: 0, transport: 0 });
    const wrong = moved([
      dialogue(attacker, victims[0]!, 22, 5000, { payload, ipError: 7, transportError: 9 }),
    ]);
    for (const { errors, before } of wrong.rows) assert.deepEqual(errors, checksumErrors(before));
  });

  it('has a time of the target, and its own pauses', () => {
    assert.deepEqual(
      rows.map(({ row }) => after.seconds[row]),
      [2000, 2001],
    );
    assert.equal(after.originalLength[asked!.row], table.originalLength[asked!.row]! + 4, 'a tag more');
  });

  it('leaves all other sessions as they are, and the table that it is given', () => {
    const end = table.headerStart[table.firstRow[2]!]!;
    assert.deepEqual(after.header.subarray(0, end), table.header.subarray(0, end));
    assert.deepEqual([...table.header.subarray(0, 6)], [...web.mac]);
  });
});

describe('several sessions that are transplanted', () => {
  it('have one host in the place of an attacker, who calls as many others as there are', () => {
    const { rows } = moved(victims.map((victim, i) => dialogue(attacker, victim, 8080, 5000 + 7 * i)));
    const asked = rows.filter((_, i) => i % 2 === 0);
    assert.deepEqual(
      asked.map(({ source }) => source),
      [client.ip, client.ip, client.ip],
    );
    assert.equal(new Set(asked.map(({ destination }) => destination.join('.'))).size, 2);
  });

  it('begin as far apart as before, over and over again within the time of the target', () => {
    const { rows, after } = moved(victims.map((victim, i) => dialogue(attacker, victim, 80, 5000 + 7 * i)));
    assert.deepEqual(
      rows.filter((_, i) => i % 2 === 0).map(({ row }) => after.seconds[row]),
      [2000, 2007, 2004],
    );
  });
});

describe('a session that cannot be transplanted', () => {
  it('is of another IP version than the network, or for a group', () => {
    const six = dialogue(
      { ...attacker, ip: [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1] },
      { ...attacker, ip: [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 2] },
      80,
      1,
    );
    const group = { ...attacker, ip: [224, 0, 0, 251], mac: [1, 0, 0x5e, 0, 0, 0xfb] };
    const table = sessionTable([...target, six, dialogue(attacker, group, 80, 1)]);
    const { refusal } = createTransplant(table, train);
    assert.equal(refusal(2), 'no hosts of the network talk over IPv6 in training');
    assert.equal(refusal(3), 'between a host and a group');
  });
});
