import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { repairChecksums } from '../../src/anomaly/checksum.ts';
import { exchange, put } from '../../src/anomaly/edit.ts';
import type { SessionBytes } from '../../src/anomaly/index.ts';
import { Link } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';
import { type BuiltPacket, buildPacket, checksumErrors, hex, sessionTable } from '../support/packets.ts';
import { address, anySample, editedOffsets, headerOf, load, wholePacket } from './samples.ts';

const one = (packet: BuiltPacket): SessionBytes =>
  load(sessionTable([{ protocol: packet.protocol, packets: [packet] }]));

const word = (session: SessionBytes, offset: number): number =>
  session.bytes[offset]! * 256 + session.bytes[offset + 1]!;

function putWord(session: SessionBytes, offset: number, value: number): void {
  put(session, 0, offset, value >> 8);
  put(session, 0, offset + 1, value & 255);
}

/** A raw IPv4 packet with this header checksum and this word as identification, and UDP with this checksum. */
function literal(ipChecksum: number, identification: number, udpChecksum = 0x1234, ports = 0x00350035) {
  const bytes = hex('45 00 00 1c 00 00 40 00 40 11 00 00 0a 00 00 05 0a 00 00 01 00 00 00 00 00 08 00 00');
  const view = new DataView(bytes.buffer);
  view.setUint16(4, identification);
  view.setUint16(10, ipChecksum);
  view.setUint32(20, ports);
  view.setUint16(26, udpChecksum);
  return load(
    sessionTable([{ protocol: 'udp', packets: [{ bytes, link: Link.none, network: 0, transport: 20 }] }]),
  );
}

describe('a repaired checksum', () => {
  it('is what computing it from scratch gives', () => {
    fc.assert(
      fc.property(anySample, fc.integer({ min: 0, max: 40 }), (sample, n) => {
        const first = sample.packets[0]!;
        const recipe = {
          protocol: sample.protocol,
          link: Link.none,
          source: address(first.version, 1),
          sourcePort: 7,
          destinationPort: 9,
          payload: [...first.bytes.subarray(first.headerLength)],
        };
        const session = one(buildPacket({ ...recipe, destination: address(first.version, 2) }));
        const expected = buildPacket({ ...recipe, destination: address(first.version, n) });
        const at = first.version === 4 ? 16 : 24;
        address(first.version, n).forEach((byte, i) => {
          put(session, 0, at + i, byte);
        });
        repairChecksums(session);
        assert.deepEqual(headerOf(session, 0), expected.bytes.slice(0, expected.headerLength));
      }),
    );
  });

  it('is 0x0000 in the example of RFC 1624, where equation 2 gives 0xFFFF', () => {
    const session = literal(0xdd2f, 0x5555);
    putWord(session, 4, 0x3285);
    repairChecksums(session);
    assert.equal(word(session, 10), 0x0000);
  });

  it('keeps the form of zero that it has when the change cancels out', () => {
    for (const form of [0x0000, 0xffff]) {
      const session = literal(form, 0x5555, form || 0x1234);
      exchange(session, 0, 12, 16, 4);
      exchange(session, 0, 20, 22, 2);
      repairChecksums(session);
      assert.equal(word(session, 10), form);
      assert.deepEqual(editedOffsets(session, 0), [15, 19]);
    }
  });

  it('does not take a changed word 0xFFFF → 0x0000 for a change: both are zero', () => {
    const session = literal(0x1234, 0xffff);
    putWord(session, 4, 0x0000);
    repairChecksums(session);
    assert.equal(word(session, 10), 0x1234);
  });

  it('stays 0 in UDP, which means none', () => {
    const session = literal(0x1234, 0x5555, 0x0000);
    put(session, 0, 19, 77);
    repairChecksums(session);
    assert.deepEqual(editedOffsets(session, 0), [10, 11, 19]);
    const v6 = one(
      buildPacket({
        protocol: 'udp',
        source: address(6, 1),
        destination: address(6, 2),
        sourcePort: 1,
        destinationPort: 2,
        noChecksum: true,
      }),
    );
    put(v6, 0, 53, 77);
    repairChecksums(v6);
    assert.deepEqual(editedOffsets(v6, 0), [53]);
  });

  it('is 0xFFFF in UDP where it would be 0, and 0x0000 in TCP', () => {
    const session = literal(0x1234, 0x5555, 0x0001);
    putWord(session, 20, 0x0036); // one more: the checksum is one less
    repairChecksums(session);
    assert.equal(word(session, 26), 0xffff);

    const segment = buildPacket({
      protocol: 'tcp',
      link: Link.none,
      source: address(4, 1),
      destination: address(4, 2),
      sourcePort: 0,
      destinationPort: 0,
    });
    const tcp = one(segment);
    putWord(tcp, 20, word(tcp, 36)); // adds what the checksum is
    repairChecksums(tcp);
    assert.equal(word(tcp, 36), 0x0000);
    assert.equal(checksumErrors(segment, wholePacket(tcp, segment, 0)).transport, 0);
  });

  it('comes back to the captured one when the edit is taken back', () => {
    const session = literal(0xffff, 0x5555, 0xffff);
    put(session, 0, 19, 77);
    repairChecksums(session);
    assert.notEqual(word(session, 10), 0xffff);
    put(session, 0, 19, 1);
    repairChecksums(session);
    assert.deepEqual(editedOffsets(session, 0), []);
  });

  it('of a first fragment follows too', () => {
    const packet = buildPacket({
      protocol: 'udp',
      link: Link.none,
      source: address(6, 1),
      destination: address(6, 2),
      sourcePort: 1,
      destinationPort: 2,
      extensions: [[44, [0, 0, 1, 0, 0, 0, 9]]],
      payload: [1, 2, 3, 4, 5, 6, 7],
    });
    const session = one(packet);
    put(session, 0, 39, 77);
    repairChecksums(session);
    assert.equal(checksumErrors(packet, wholePacket(session, packet, 0)).transport, 0);
  });

  it('does not cover the next hop of a source route: the last hop is what the sender summed', () => {
    const route = (left: number) =>
      buildPacket({
        protocol: 'tcp',
        link: Link.none,
        source: address(6, 1),
        destination: address(6, 2),
        sourcePort: 1,
        destinationPort: 2,
        extensions: [[43, [2, 0, left, 0, 0, 0, 0, ...address(6, 3)]]],
      });
    const option = (pointer: number) =>
      buildPacket({
        protocol: 'tcp',
        link: Link.none,
        source: address(4, 1),
        destination: address(4, 2),
        sourcePort: 1,
        destinationPort: 2,
        ipOptions: [1, 131, 7, pointer, ...address(4, 3)],
      });
    for (const [packet, at, isLast] of [
      [route(1), 39, false],
      [route(0), 39, true],
      [option(4), 19, false],
      [option(8), 19, true],
    ] as const) {
      const session = one(packet);
      put(session, 0, at, 77);
      repairChecksums(session);
      assert.equal(
        editedOffsets(session, 0).some((offset) => offset >= packet.transport),
        isLast,
      );
    }
  });
});
