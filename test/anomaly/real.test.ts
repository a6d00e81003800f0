import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  anomalyKindNames,
  collectContacts,
  createMorpher,
  createSessionBytes,
  loadSession,
  longestHeader,
} from '../../src/anomaly/index.ts';
import { Make } from '../../src/anomaly/session-bytes.ts';
import { type Packet, readCaptures } from '../../src/capture/index.ts';
import { assembleSessions, chronologicalSides } from '../../src/session/index.ts';
import { fieldNames } from '../../src/token/index.ts';
import { type BuiltPacket, checksumErrors, sessionTable } from '../support/packets.ts';
import {
  always,
  assertEditsAreTrue,
  capturedOf,
  draws,
  everything,
  headerOf,
  load,
  originRow,
  wholePacket,
} from './samples.ts';

const root = fileURLToPath(new URL('../../../shared/captures/', import.meta.url));
const skip = existsSync(`${root}MANIFEST.tsv`) ? false : 'shared captures are not here';

/** Captures with sessions: of many link types, with attacks, and with IPv6, tags, labels and fragments. */
function paths(): string[] {
  const [, ...lines] = readFileSync(`${root}MANIFEST.tsv`, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [file, , , sessions, , linkTypes] = line.split('\t');
    const wanted =
      /^(mixed|odd|attack)\//.test(file!) &&
      /^(0|1|9|12|50|51|101|104|105|108|113|127|228|229|276)$/.test(linkTypes!);
    return wanted && Number(sessions) > 0 ? [root + file] : [];
  });
}

const options = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 8 } as const;

describe('real traffic', { skip }, () => {
  it('is morphed with true marks, and no swap ends at a known contact', async () => {
    const { sessions: table } = await assembleSessions(paths(), options);
    const { train, test } = chronologicalSides(table.count, 0.5);
    const contacts = collectContacts(table, train);
    const kinds = Object.fromEntries(anomalyKindNames.map((name) => [name, 1]));
    const morpher = createMorpher({ normal: 0.1, kinds, repair: ['checksum', 'mac'] }, contacts);
    const session = createSessionBytes(8, longestHeader(table));
    const talks = new Set<string>();
    const ends = (header: Uint8Array, network: number): readonly [string, string] => {
      const [from, size] = header[network]! >> 4 === 6 ? [8, 16] : [12, 4];
      const at = (i: number) =>
        header.subarray(network + from + i * size, network + from + (i + 1) * size).join('.');
      return [at(0), at(1)];
    };
    for (const s of train) {
      const row = table.firstRow[s]!;
      const [a, b] = ends(capturedOf(table, row), table.network[row]!);
      talks.add(`${a} ${b}`).add(`${b} ${a}`);
    }
    const seen = new Map<number, number>();
    for (const [round, s] of [0, 1, 2].flatMap((r) =>
      [...train, ...test].map((s): [number, number] => [r, s]),
    )) {
      loadSession(table, s, session);
      const label = morpher.present(session, draws('real', s, round));
      seen.set(label, (seen.get(label) ?? 0) + 1);
      assertEditsAreTrue(table, session);
      for (let p = 0; p < session.packets; p++)
        assert.equal(fieldNames(session, p).length, session.length[p]);
      if (morpher.classes[label] !== 'destination-ip-swap') continue;
      const network = session.network[0]!;
      const [a, b] = ends(headerOf(session, 0), network);
      const [a0, b0] = ends(capturedOf(table, table.firstRow[s]!), network);
      assert.ok(a === a0 && b !== b0 && b !== a && !talks.has(`${a} ${b}`), `${a} → ${b}`);
    }
    for (const [label, name] of morpher.classes.entries())
      assert.ok((seen.get(label) ?? 0) > 20, `${name}: ${seen.get(label)} sessions`);
  });

  it('keeps its checksums as right or wrong as they were, payload and all', async () => {
    const packets: BuiltPacket[] = [];
    await readCaptures(paths(), { add: (packet) => complete(packet, packets) });
    const some = packets.filter((_, i) => i % Math.ceil(packets.length / 2500) === 0);
    const table = sessionTable(some.map((packet) => ({ protocol: packet.protocol, packets: [packet] })));
    const contacts = everything(table);
    const right = { ip: 0, transport: 0 };
    const wrong = { ip: 0, transport: 0 };
    some.forEach((packet, s) => {
      const before = checksumErrors(packet);
      for (const layer of ['ip', 'transport'] as const)
        if (before[layer] !== null) (before[layer] === 0 ? right : wrong)[layer]++;
      for (const kind of anomalyKindNames) {
        const session = load(table, s, 2, longestHeader(table));
        always(kind, contacts, ['checksum']).present(session, draws(kind, s));
        const now = { ...packet, protocol: session.protocol === 17 ? 'udp' : 'tcp' } as const;
        for (let p = 0; p < session.packets; p++) {
          const origin = some[originRow(table, session, p)]!;
          const lost = session.made[p] === Make.bare && origin.bytes.length > origin.headerLength;
          const expected = checksumErrors(origin);
          assert.deepEqual(
            checksumErrors({ ...now, transport: origin.transport }, wholePacket(session, origin, p)),
            lost ? { ...expected, transport: 0 } : expected,
            `${kind}: packet ${p} of session ${s}`,
          );
        }
      }
    });
    assert.ok(
      right.transport > 1000 && right.ip > 1000 && wrong.transport > 10,
      JSON.stringify({ right, wrong }),
    );
  });
});

/** Keeps a copy of a packet that is there from its first byte to the end of what its checksums cover. */
function complete(packet: Packet, list: BuiltPacket[]): void {
  const { start, network, transport, headerEnd, version, link } = packet;
  const view = new DataView(packet.bytes.buffer, packet.bytes.byteOffset + start, packet.captured);
  const stated = version === 6 ? 40 + view.getUint16(network + 4) : view.getUint16(network + 2);
  const isFragment = version === 4 && (view.getUint16(network + 6) & 0x3fff) !== 0;
  if (isFragment || (version === 6 && transport !== network + 40)) return;
  if (stated < headerEnd - network || network + stated > packet.captured) return;
  list.push({
    bytes: packet.bytes.slice(start, start + network + stated),
    headerLength: headerEnd,
    link,
    version: version === 6 ? 6 : 4,
    protocol: packet.protocol === 17 ? 'udp' : 'tcp',
    network,
    transport,
  });
}
