import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TcpFlag } from '../../src/capture/index.ts';
import {
  createFrame,
  type Envelope,
  type Payload,
  setPayload,
  writeArp,
  writeIcmp,
  writeTcp,
  writeUdp,
} from '../../src/synth/frame.ts';
import { createPayloads } from '../../src/synth/payload.ts';
import fc from '../support/fast-check.ts';
import { hex, onesSum, verifyFrame } from './verify.ts';

const envelope: Envelope = {
  fromMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  toMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
  from: Uint8Array.of(192, 168, 0, 1),
  to: Uint8Array.of(192, 168, 0, 199),
  hops: 64,
  trafficClass: 0,
  identification: 0,
  dontFragment: true,
  flowLabel: 0,
};
const envelope6: Envelope = {
  ...envelope,
  from: Uint8Array.from({ length: 16 }, (_, i) => 16 + i),
  to: Uint8Array.from({ length: 16 }, (_, i) => 200 + i),
  flowLabel: 0xabcde,
  trafficClass: 0xb8,
};

function payloadOf(bytes: Uint8Array): Payload {
  const payload = { bytes, start: 0, length: 0, sum: 0 };
  setPayload(payload, bytes, 0, bytes.length);
  return payload;
}

function segment(options = new Uint8Array(0)) {
  return {
    fromPort: 50000,
    toPort: 443,
    sequence: 0xfffffff0,
    acknowledgement: 0x80000001,
    flags: TcpFlag.ack | TcpFlag.psh,
    window: 0xfedc,
    options,
    optionBytes: options.length,
  };
}

describe('frames', () => {
  it('carry the IPv4 header of the worked example at en.wikipedia.org/wiki/Internet_checksum', () => {
    const frame = createFrame(65_535);
    writeUdp(frame, envelope, 1, 2, payloadOf(new Uint8Array(0x73 - 28)));
    assert.equal(hex(frame.bytes.subarray(14, 34)), '450000730000400040' + '11b861c0a80001c0a800c7');
  });

  it('write a TCP segment byte for byte', () => {
    const frame = createFrame(65_535);
    const options = Uint8Array.of(2, 4, 5, 0xb4);
    writeTcp(frame, envelope, segment(options), payloadOf(Uint8Array.of(0xca, 0xfe, 0xee)));
    const written = hex(frame.bytes.subarray(0, frame.captured));
    assert.equal(written.slice(0, 28), '020000000002' + '020000000001' + '0800');
    assert.equal(written.slice(68, 100), 'c35001bb' + 'fffffff0' + '80000001' + '6018fedc');
    assert.equal(written.slice(104), '0000' + '020405b4' + 'cafeee');
    assert.equal(frame.original, 61);
    verifyFrame(frame.bytes.subarray(0, frame.original));
  });

  it('write an IPv6 header with traffic class, flow label and hop limit', () => {
    const frame = createFrame(65_535);
    writeTcp(frame, envelope6, segment(), payloadOf(new Uint8Array(10)));
    assert.equal(hex(frame.bytes.subarray(12, 22)), '86dd' + '6b8abcde' + '001e' + '0640');
    assert.equal(verifyFrame(frame.bytes.subarray(0, frame.original)).ipv6, true);
  });

  it('send a UDP checksum of zero as ones (RFC 768)', () => {
    const frame = createFrame(65_535);
    writeUdp(frame, envelope, 7, 8, payloadOf(Uint8Array.of(0, 0)));
    const sum = frame.bytes.slice(40, 42);
    // The payload that adds what is missing makes the sum all ones, whose complement is zero.
    writeUdp(frame, envelope, 7, 8, payloadOf(sum));
    assert.equal(hex(frame.bytes.subarray(40, 42)), 'ffff');
    verifyFrame(frame.bytes.subarray(0, frame.original));
  });

  it('ask by ARP with a broadcast and answer to the asker', () => {
    const frame = createFrame(65_535);
    const asker = { mac: envelope.fromMac, ipv4: envelope.from };
    const asked = { mac: envelope.toMac, ipv4: envelope.to };
    writeArp(frame, 1, asker, asked);
    const head = '0806' + '0001' + '0800' + '0604';
    assert.equal(
      hex(frame.bytes.subarray(0, 60)),
      `ffffffffffff020000000001${head}0001020000000001c0a80001000000000000c0a800c7${'00'.repeat(18)}`,
    );
    writeArp(frame, 2, asked, asker);
    assert.equal(
      hex(frame.bytes.subarray(0, 60)),
      `020000000001020000000002${head}0002020000000002c0a800c7020000000001c0a80001${'00'.repeat(18)}`,
    );
  });

  it('cover the addresses by the ICMPv6 checksum and not by the ICMP one', () => {
    const frame = createFrame(65_535);
    const data = payloadOf(new TextEncoder().encode('abcdefg'));
    writeIcmp(frame, envelope, 8, 0, 0x00010001, data);
    assert.equal(onesSum(frame.bytes.subarray(34, 34 + 15)), 0xffff);
    assert.equal(verifyFrame(frame.bytes.subarray(0, frame.original)).kind, 'icmp');
    writeIcmp(frame, envelope6, 128, 0, 0x00010001, data);
    assert.equal(verifyFrame(frame.bytes.subarray(0, frame.original)).kind, 'icmpv6');
  });

  it('verify whatever the payload, and a snap length only cuts', () => {
    const whole = createFrame(65_535);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1400 }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 98, max: 1500 }),
        (bytes, ipv6, tcp, snapLength) => {
          const cut = createFrame(snapLength);
          for (const frame of [whole, cut]) {
            if (tcp) writeTcp(frame, ipv6 ? envelope6 : envelope, segment(), payloadOf(bytes));
            else writeUdp(frame, ipv6 ? envelope6 : envelope, 53, 50_000, payloadOf(bytes));
          }
          const decoded = verifyFrame(whole.bytes.subarray(0, whole.captured));
          assert.deepEqual(decoded.payload, bytes);
          assert.equal(cut.original, whole.original);
          assert.equal(cut.captured, Math.min(snapLength, whole.original));
          assert.deepEqual(cut.bytes.subarray(0, cut.captured), whole.bytes.subarray(0, cut.captured));
        },
      ),
    );
  });
});

describe('payloads', () => {
  it('know the sum of any slice of a pool', () => {
    const payloads = createPayloads(7);
    const slices = fc.tuple(
      fc.constantFrom('opaque' as const, 'text' as const),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 0, max: 1460 }),
    );
    fc.assert(
      fc.property(slices, ([content, draw, length]) => {
        payloads.slice(content, draw, length);
        const { bytes, start, sum } = payloads.current;
        const slice = bytes.subarray(start, start + length);
        assert.equal(slice.length, length);
        assert.equal(sum % 0xffff, onesSum(slice) % 0xffff);
      }),
    );
  });

  it('ask and answer for a name as RFC 1035 has it', () => {
    const payloads = createPayloads(7);
    const subject = {
      name: 'a.example',
      ipv4: Uint8Array.of(192, 0, 2, 9),
      ipv6: new Uint8Array(16).fill(1),
    };
    const message = () => {
      const { bytes, start, length } = payloads.current;
      return hex(bytes.subarray(start, start + length));
    };
    const question = '0161076578616d706c6500';
    payloads.dns(0x1234, subject, false, false);
    assert.equal(message(), `1234010000010000000000${'00'}${question}00010001`);
    payloads.dns(0x1234, subject, false, true);
    assert.equal(
      message(),
      `1234818000010001000000${'00'}${question}00010001c00c000100010000012c0004c0000209`,
    );
    payloads.dns(0x1234, subject, true, true);
    assert.equal(
      message(),
      `1234818000010001000000${'00'}${question}001c0001c00c001c00010000012c0010${'01'.repeat(16)}`,
    );
  });
});
