import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assembleSessions } from '../../src/session/index.ts';
import { hex, pcap, put, reasons, temporaryFolder } from '../capture/build.ts';

const folder = temporaryFolder();
const everything = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 100 } as const;
const UNSEEN = 'IPv4 fragment whose first fragment was left out or not seen before it';

const word = (value: number): string => value.toString(16).padStart(4, '0');
/** A fragment of a UDP datagram from 10.0.0.1 to 10.0.0.2; the first has the ports 5000 > 53. */
function fragment(id: number, offset: number, more: boolean, to = '0a000002'): Uint8Array {
  const payload = offset === 0 ? '1388 0035 0018 0000 0011223344556677' : '8899aabbccddeeff';
  const field = word((more ? 0x2000 : 0) + offset / 8);
  return hex(
    `45 00 ${word(20 + hex(payload).length)} ${word(id)} ${field} 40 11 0000 0a000001 ${to} ${payload}`,
  );
}

async function sessionsOf(fragments: readonly Uint8Array[], seconds: readonly number[] = []) {
  const records = fragments.map((bytes, i) => ({ seconds: seconds[i] ?? i, bytes }));
  const path = put(folder, 'a.pcap', pcap(records, { linkType: 228 }));
  const { sessions, account } = await assembleSessions([path], everything);
  return { counts: [...sessions.packetsSeen], left: reasons(account) };
}

describe('fragments', () => {
  it('belong to the session of their first fragment', async () => {
    const found = await sessionsOf([fragment(1, 0, true), fragment(1, 16, true), fragment(1, 24, false)]);
    assert.deepEqual(found, { counts: [3], left: [] });
  });

  it('of several datagrams are told apart by identification and address', async () => {
    const found = await sessionsOf([
      fragment(1, 0, true),
      fragment(1, 0, true, '0a000003'),
      fragment(1, 16, false),
      fragment(1, 16, false, '0a000003'),
      fragment(2, 16, false),
    ]);
    assert.deepEqual(found, { counts: [2, 2], left: [`1 ${UNSEEN}`] });
  });

  it('that come before their first one are left out, and counted', async () => {
    const found = await sessionsOf([fragment(1, 16, false), fragment(1, 0, true)]);
    assert.deepEqual(found, { counts: [1], left: [`1 ${UNSEEN}`] });
  });

  it('are forgotten after a minute: identifications come round again', async () => {
    const datagram = [fragment(1, 0, true), fragment(1, 16, false)];
    assert.deepEqual(await sessionsOf(datagram, [0, 60]), { counts: [2], left: [] });
    assert.deepEqual(await sessionsOf(datagram, [0, 61]), { counts: [1], left: [`1 ${UNSEEN}`] });
  });
});
