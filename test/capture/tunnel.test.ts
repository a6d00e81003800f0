import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Link } from '../../src/capture/index.ts';
import { describeReason } from '../../src/capture/reason.ts';
import { decode, hex } from './build.ts';

const macs = '02 00 00 00 00 02  02 00 00 00 00 01';
/** 192.0.2.1:53 → 198.51.100.2:4660, UDP without payload. */
const inside = '45 00 001c 0001 0000 40 11 0000 c0000201 c6336402 0035 1234 0008 0000';
const inside6 =
  '60000000 0008 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 0035 1234 0008 0000';
const frame = `${macs} 0800 ${inside}`;

const length = (text: string): number => hex(text).length;
const word = (value: number): string => value.toString(16).padStart(4, '0');
/** Raw IPv4 from 10.0.0.1 to 10.0.0.2 with this protocol. */
const ip = (protocol: string, payload: string): string =>
  `45 00 ${word(20 + length(payload))} 0001 0000 40 ${protocol} 0000 0a000001 0a000002 ${payload}`;
/** UDP from port 5000 to a port, in raw IPv4. */
const udp = (port: number, payload: string): string =>
  ip('11', `1388 ${word(port)} ${word(8 + length(payload))} 0000 ${payload}`);

/** `link network transport source>destination` of the packet that counts, or why there is none. */
function outcome(text: string, tunnels: 'outer' | 'inner'): string {
  const bytes = hex(text);
  const { packet, reason } = decode(bytes, 228, bytes.length, 0x45, tunnels);
  if (reason !== 0) return describeReason(reason, packet.detail);
  const link = Object.entries(Link).find(([, value]) => value === packet.link)?.[0];
  return `${link} ${packet.network} ${packet.transport} ${packet.sourcePort}>${packet.destinationPort}`;
}

const OUTER = 'none 0 20 5000>';
const IP = 'none 0 20 53>4660';
const IP6 = 'none 0 40 53>4660';
const ETHERNET = 'ethernet 14 34 53>4660';
const neither = (protocol: string): string => `IP protocol ${protocol} is neither TCP nor UDP`;

const cases: readonly (readonly [what: string, bytes: string, outer: string, inner: string])[] = [
  ['IPv4 in IPv4', ip('04', inside), neither('4 (IPv4 in IP)'), IP],
  ['IPv6 in IPv4', ip('29', inside6), neither('41 (IPv6 in IP)'), IP6],
  ['GRE', ip('2f', `0000 0800 ${inside}`), neither('47 (GRE)'), IP],
  [
    'GRE with checksum, key and sequence number',
    ip('2f', `b000 86dd 00000000 00000007 00000001 ${inside6}`),
    neither('47 (GRE)'),
    IP6,
  ],
  ['Ethernet in GRE', ip('2f', `0000 6558 ${frame}`), neither('47 (GRE)'), ETHERNET],
  [
    'PPTP: PPP in GRE version 1',
    ip('2f', `3001 880b 001e 0001 00000001 ff03 0021 ${inside}`),
    neither('47 (GRE)'),
    IP,
  ],
  ['ARP in GRE', ip('2f', '0000 0806 0001'), neither('47 (GRE)'), 'not IP: ARP (0x0806) (inside a tunnel)'],
  ['ERSPAN I', ip('2f', `0000 88be ${frame}`), neither('47 (GRE)'), ETHERNET],
  ['ERSPAN II', ip('2f', `1000 88be 00000001 1064 0001 00000000 ${frame}`), neither('47 (GRE)'), ETHERNET],
  [
    'ERSPAN III',
    ip('2f', `1000 22eb 00000001 2064 0001 00000000 0000 0000 ${frame}`),
    neither('47 (GRE)'),
    ETHERNET,
  ],
  [
    'ERSPAN III with a platform header',
    ip('2f', `1000 22eb 00000001 2064 0001 00000000 0000 0001 0000000000000000 ${frame}`),
    neither('47 (GRE)'),
    ETHERNET,
  ],
  [
    'ERSPAN III of IP packets',
    ip('2f', `1000 22eb 00000001 2064 0001 00000000 0000 0800 ${inside6}`),
    neither('47 (GRE)'),
    IP6,
  ],
  ['TZSP', udp(37008, `01 00 0001 01 ${frame}`), `${OUTER}37008`, ETHERNET],
  ['TZSP with tags', udp(37008, `01 00 0001 00 0a 01 c4 00 12 01 06 01 ${frame}`), `${OUTER}37008`, ETHERNET],
  [
    'TZSP of IEEE 802.11',
    udp(
      37008,
      `01 00 0012 01 0801 0000 020000000001 020000000002 020000000003 0000 aaaa03 000000 0800 ${inside}`,
    ),
    `${OUTER}37008`,
    'wifi 32 52 53>4660',
  ],
  ['TZSP that only keeps its way open', udp(37008, '01 04 0000 01'), `${OUTER}37008`, `${OUTER}37008`],
  ['TZSP whose tags do not end', udp(37008, '01 00 0001 0a ff'), `${OUTER}37008`, `${OUTER}37008`],
  ['VXLAN', udp(4789, `08000000 00000100 ${frame}`), `${OUTER}4789`, ETHERNET],
  [
    'a datagram to the port of VXLAN without its flag',
    udp(4789, `00000000 00000100 ${frame}`),
    `${OUTER}4789`,
    `${OUTER}4789`,
  ],
  [
    'GENEVE with an option',
    udp(6081, `0200 6558 00000100 0102 80 01 deadbeef ${frame}`),
    `${OUTER}6081`,
    ETHERNET,
  ],
  ['IPv4 in GENEVE', udp(6081, `0000 0800 00000100 ${inside}`), `${OUTER}6081`, IP],
  ['GTP-U', udp(2152, `30ff 001c 00000001 ${inside}`), `${OUTER}2152`, IP],
  [
    'GTP-U with an extension header',
    udp(2152, `34ff 0024 00000001 0000 00 85 01 0000 00 ${inside}`),
    `${OUTER}2152`,
    IP,
  ],
  ['an echo of GTP', udp(2152, '3201 0004 00000000 0001 0000'), `${OUTER}2152`, `${OUTER}2152`],
  ['no tunnel at all', udp(80, '0011'), `${OUTER}80`, `${OUTER}80`],
  [
    'a tunnel in a tunnel',
    ip('04', udp(4789, `08000000 00000100 ${frame}`)),
    neither('4 (IPv4 in IP)'),
    ETHERNET,
  ],
];

describe('a tunnel', () => {
  for (const [what, bytes, outer, inner] of cases) {
    it(`is a packet like others where the outer headers count: ${what}`, () =>
      assert.equal(outcome(bytes, 'outer'), outer));
    it(`is opened where the inner headers count: ${what}`, () =>
      assert.equal(outcome(bytes, 'inner'), inner));
  }

  it('may be cut anywhere: what cannot be seen is counted, not guessed', () => {
    for (const [, text] of cases) {
      const bytes = hex(text);
      for (let n = 0; n < bytes.length; n++) {
        const { packet, reason } = decode(bytes.subarray(0, n), 228, bytes.length, 0xff, 'inner');
        assert.ok(
          reason === 0 ? packet.headerEnd <= packet.captured : describeReason(reason, packet.detail) !== '',
        );
      }
    }
  });
});
