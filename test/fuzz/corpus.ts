/**
 * Captures that mutations begin with, made by our own generator: every container, link type and tunnel once, small. The
 * files in corpus/ are these; `node --import tsx test/fuzz/corpus.ts` writes them anew.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defaultRecipe, syntheticPackets } from '../../src/synth/index.ts';
import {
  block,
  concat,
  enhanced,
  frame,
  hex,
  interfaceBlock,
  pack,
  pcap,
  section,
  type TestRecord,
} from '../capture/build.ts';

const folder = new URL('./corpus/', import.meta.url);

/** Packets of a small network: Ethernet, IPv4 and IPv6, TCP and UDP, ARP and ICMP. */
function office(most: number): readonly TestRecord[] {
  const recipe = {
    ...defaultRecipe,
    seed: 5,
    sessions: 12,
    workstations: 3,
    duration: 20,
    noise: 0.3,
    ipv6: 0.3,
  };
  const records: TestRecord[] = [];
  for (const { seconds, microseconds, bytes, captured, original } of syntheticPackets(recipe)) {
    records.push({ seconds, fraction: microseconds, bytes: bytes.slice(0, captured), original });
    if (records.length === most) break;
  }
  return records;
}

/** A zstd frame of raw blocks (RFC 8878, 3.1.1). */
export function stored(bytes: Uint8Array): Uint8Array {
  const parts = [hex('28b52ffd 80 58'), pack(true, [32, bytes.length])];
  for (let at = 0; at < bytes.length; at += 1000) {
    const part = bytes.subarray(at, at + 1000);
    const head = (part.length << 3) | (at + 1000 >= bytes.length ? 1 : 0);
    parts.push(Uint8Array.of(head, head >> 8, head >> 16), part);
  }
  return concat(...parts);
}

function pcapng(records: readonly TestRecord[], little: boolean): Uint8Array {
  const resolution = concat(pack(little, [16, 9], [16, 1]), hex('09000000'));
  const offset = concat(pack(little, [16, 14], [16, 8]), new Uint8Array(8));
  const end = pack(little, [16, 0], [16, 0]);
  const parts = [
    section(little),
    interfaceBlock(1, concat(resolution, offset, end), little),
    interfaceBlock(101, new Uint8Array(0), little, 60),
  ];
  records.forEach(({ seconds, bytes }, i) => {
    if (i % 7 === 3) parts.push(block(3, concat(pack(little, [32, bytes.length]), bytes), little));
    if (i % 7 === 5) parts.push(block(0x0bad, bytes.subarray(0, 9), little));
    if (i % 11 === 4)
      parts.push(
        section(!little),
        interfaceBlock(1, new Uint8Array(0), !little),
        section(little),
        interfaceBlock(1, new Uint8Array(0), little),
      );
    const id = i % 2 === 1 && i < 4 ? 1 : 0;
    parts.push(enhanced(id, 0, seconds, id === 1 ? bytes.subarray(14) : bytes, little));
  });
  return concat(...parts);
}

const tcp = frame({ payload: 3 });
const udp = frame({ protocol: 'udp', payload: 20, from: 'fd00::1', to: 'fd00::2' });
const ip4 = tcp.subarray(14);
const ip6 = udp.subarray(14);
const ethernet = hex('020000000002 020000000001');

/** IPv4 with this protocol and what follows. */
function outer(protocol: number, body: Uint8Array): Uint8Array {
  const head = pack(false, [16, 0x4500], [16, 20 + body.length], [32, 0], [16, 0x4000 | protocol], [16, 0]);
  return concat(ethernet, hex('0800'), head, hex('0a010101 0a010102'), body);
}
const overUdp = (port: number, body: Uint8Array) =>
  outer(17, concat(pack(false, [16, 4000], [16, port], [16, 8 + body.length], [16, 0]), body));

/** Link headers before IPv4, by link type; see the table in CONTRIBUTING.md. */
const LINKS: readonly (readonly [name: string, linkType: number, head: string])[] = [
  ['null', 0, '02000000'],
  ['ppp', 9, 'ff03 0021'],
  ['raw', 101, ''],
  ['hdlc', 104, '0f00 0800'],
  ['pppoe', 51, '11 00 0001 002a 0021'],
  ['wifi', 105, '0801 0000 020000000001 020000000002 020000000003 0000 aaaa03 000000 0800'],
  [
    'radiotap',
    127,
    '00 00 0c00 02000000 00000000 8801 0000 020000000001 020000000002 020000000003 0000 0000 aaaa03 000000 0800',
  ],
  ['cooked', 113, '0000 0001 0006 0200000000010000 0800'],
  ['cooked2', 276, '0800 0000 00000001 0001 00 06 0200000000010000'],
];

const TUNNELS: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['gre', outer(47, concat(hex('0000 0800'), ip4))],
  ['gre-key', outer(47, concat(hex('b000 6558 00000000 00000001 00000002'), tcp))],
  ['ipip', outer(4, ip4)],
  ['6in4', outer(41, ip6)],
  ['vxlan', overUdp(4789, concat(hex('08000000 00000100'), tcp))],
  ['geneve', overUdp(6081, concat(hex('0100 6558 00000100 00000000'), tcp))],
  ['gtp', overUdp(2152, concat(hex('30ff'), pack(false, [16, ip4.length]), hex('00000001'), ip4))],
];

const fragment = (offset: number, more: boolean, body: Uint8Array): Uint8Array => {
  const bytes = outer(17, body);
  bytes.set(pack(false, [16, (more ? 0x2000 : 0) | offset]), 20);
  return bytes;
};

const one = (bytes: Uint8Array, linkType = 1): Uint8Array =>
  pcap(
    [
      { seconds: 1, bytes },
      { seconds: 2, bytes },
    ],
    { linkType },
  );

/** Name and bytes of each, sorted by name. */
export function corpus(): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const records = office(24);
  const plain = pcap(records);
  const all: (readonly [string, Uint8Array])[] = [
    ['office.pcap', plain],
    ['office-be-ns.pcap', pcap(records, { little: false, magic: 0xa1b23c4d })],
    ['office-modified.pcap', pcap(records, { magic: 0xa1b2cd34 })],
    ['office-le.pcapng', pcapng(records, true)],
    ['office-be.pcapng', pcapng(records, false)],
    ['office.pcap.gz', gzipSync(plain)],
    ['office.pcapng.zst', stored(pcapng(records, true))],
    ['empty.pcap', pcap([])],
    ...LINKS.map(
      ([name, linkType, head]) => [`link-${name}.pcap`, one(concat(hex(head), ip4), linkType)] as const,
    ),
    ...TUNNELS.map(([name, bytes]) => [`tunnel-${name}.pcap`, one(bytes)] as const),
    ['vlans.pcap', one(concat(ethernet, hex('88a8 0001 8100 0002 8847 00001140 '), ip4))],
    ['llc.pcap', one(concat(ethernet, hex('0030 aaaa03 000000 0800'), ip4))],
    [
      'fragments.pcap',
      pcap(
        [
          fragment(0, true, concat(pack(false, [16, 4000], [16, 53], [16, 40], [16, 0]), new Uint8Array(16))),
          fragment(3, false, new Uint8Array(16)),
          fragment(9, true, new Uint8Array(8)),
        ].map((bytes, i) => ({ seconds: i, bytes })),
      ),
    ],
    [
      'ipv6-extensions.pcap',
      one(
        concat(
          ethernet,
          hex('86dd 60000000 0034 00 40'),
          udp.subarray(22, 54),
          hex('3c 00 0104 00000000  2c 00 0104 00000000  11 00 0000 00000001'),
          udp.subarray(54),
        ),
      ),
    ],
  ];
  return all.sort(([a], [b]) => (a < b ? -1 : 1));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of corpus()) writeFileSync(new URL(name, folder), bytes);
}
