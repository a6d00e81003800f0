import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPacket, type Packet, Protocol } from '../../src/capture/index.ts';
import { Assembler } from '../../src/session/assembler.ts';
import { createKeyScratch, readKey } from '../../src/session/key.ts';
import fc from '../support/fast-check.ts';

/** A packet view with nothing but endpoints: source address, then destination address. */
function packet(version: 4 | 6, protocol: number, addresses: Uint8Array, from: number, to: number): Packet {
  const size = addresses.length / 2;
  // Behind them, the fields of headers that are looked at, all 0.
  const padded = new Uint8Array(128);
  padded.set(addresses);
  return Object.assign(createPacket(), {
    bytes: addresses,
    view: new DataView(padded.buffer),
    version,
    protocol,
    source: 0,
    destination: size,
    sourcePort: from,
    destinationPort: to,
    headerEnd: addresses.length,
  });
}

function reversed(original: Packet): Packet {
  const size = original.bytes.length / 2;
  const addresses = Uint8Array.from([...original.bytes.subarray(size), ...original.bytes.subarray(0, size)]);
  const { version, protocol, sourcePort, destinationPort } = original;
  return packet(version === 4 ? 4 : 6, protocol, addresses, destinationPort, sourcePort);
}

function keyOf(view: Packet): { words: number[]; swapped: boolean; hash: number } {
  const key = createKeyScratch();
  readKey(view, key);
  return { words: [...key.words.subarray(0, key.length)], swapped: key.swapped, hash: key.hash };
}

const port = fc.integer({ min: 0, max: 65535 });
const anyPacket = fc.constantFrom(4 as const, 6 as const).chain((version) => {
  const size = version === 4 ? 8 : 32;
  // Few different bytes, so that addresses agree in their first words.
  const bytes = fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((all) => all.map((byte) => (byte < 128 ? 0 : byte)));
  return fc
    .tuple(fc.constantFrom(Protocol.tcp, Protocol.udp), bytes, port, port)
    .map(([protocol, addresses, from, to]) => packet(version, protocol, addresses, from, to));
});

describe('the key of a session', () => {
  it('is the same in both directions, which it tells apart', () => {
    fc.assert(
      fc.property(anyPacket, (view) => {
        const there = keyOf(view);
        const back = keyOf(reversed(view));
        assert.deepEqual(there.words, back.words);
        assert.equal(there.hash, back.hash);
        const size = view.bytes.length / 2;
        const [source, destination] = [view.bytes.subarray(0, size), view.bytes.subarray(size)];
        const order = Buffer.compare(source, destination) || view.sourcePort - view.destinationPort;
        assert.equal(there.swapped, order > 0);
        assert.equal(back.swapped, order < 0);
      }),
    );
  });

  it('is another one for other endpoints, protocols and versions', () => {
    fc.assert(
      fc.property(anyPacket, anyPacket, (a, b) => {
        const name = (view: Packet) =>
          `${view.version} ${view.protocol} ${Buffer.from(view.bytes).toString('hex')} ${view.sourcePort} ${view.destinationPort}`;
        const same = name(a) === name(b) || name(a) === name(reversed(b));
        assert.equal(keyOf(a).words.join() === keyOf(b).words.join(), same);
      }),
    );
  });

  it('is compared in full: sessions whose keys have the same hash stay apart', () => {
    // By the birthday paradox some two of half a million keys share their 32-bit hash.
    const seen = new Map<number, Packet>();
    const address = (number: number) =>
      Uint8Array.of(10, 0, 0, 1, 10, number >> 16, (number >> 8) & 255, number & 255);
    for (let number = 2; number < 500_000; number++) {
      // Two words differ: of one word alone the hash is a bijection.
      const view = packet(4, Protocol.tcp, address(number), (number * 7919) % 65536, 80);
      const { hash } = keyOf(view);
      const other = seen.get(hash);
      if (other !== undefined) {
        const assembler = new Assembler({
          protocols: ['tcp'],
          idleTimeout: null,
          minPackets: 1,
          maxPackets: 8,
        });
        for (const each of [view, other, reversed(view), other]) assembler.add(each, 0);
        assert.equal(assembler.sessions.count, 2);
        assert.deepEqual([assembler.sessions.packetsOf(0), assembler.sessions.packetsOf(1)], [2, 2]);
        return;
      }
      seen.set(hash, view);
    }
    assert.fail('no two keys with the same hash');
  });
});
