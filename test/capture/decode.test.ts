import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Link, type Tunnels } from '../../src/capture/index.ts';
import { describeReason } from '../../src/capture/reason.ts';
import fc from '../support/fast-check.ts';
import { decode, frame, hex } from './build.ts';

const macs = '02 00 00 00 00 02  02 00 00 00 00 01';
// 192.0.2.1:53 → 198.51.100.2:4660, UDP without payload.
const ipv4 = '45 00 001c 0001 0000 40 11 0000 c0000201 c6336402';
const udp = '0035 1234 0008 0000';
// 2001:db8::1 → 2001:db8::2, next header UDP.
const addresses6 = '20010db8000000000000000000000001 20010db8000000000000000000000002';
const ipv6 = `60000000 0008 11 40 ${addresses6}`;
const tcp = '0050 1234 00000001 00000002 5010 ffff 0000 0000';

/** What becomes of a packet: `link network transport headerEnd source>destination` or the reason why not. */
function outcome(linkType: number, text: string, original?: number, tunnels: Tunnels = 'outer'): string {
  const bytes = hex(text);
  const { packet, reason } = decode(bytes, linkType, original ?? bytes.length, 0x45, tunnels);
  if (reason !== 0) return describeReason(reason, packet.detail);
  const { link, network, transport, headerEnd, sourcePort, destinationPort } = packet;
  const name = Object.entries(Link).find(([, value]) => value === link)?.[0];
  return `${name} ${network} ${transport} ${headerEnd} ${sourcePort}>${destinationPort}`;
}

type Case = readonly [what: string, linkType: number, bytes: string, expected: string];

function table(cases: readonly Case[]): void {
  for (const [what, linkType, bytes, expected] of cases)
    it(`${what}: ${expected}`, () => assert.equal(outcome(linkType, bytes), expected));
}

describe('link headers', () => {
  table([
    ['Ethernet II with IPv4', 1, `${macs} 0800 ${ipv4} ${udp}`, 'ethernet 14 34 42 53>4660'],
    ['Ethernet II with IPv6', 1, `${macs} 86dd ${ipv6} ${udp}`, 'ethernet 14 54 62 53>4660'],
    ['one 802.1Q tag', 1, `${macs} 8100 0064 0800 ${ipv4} ${udp}`, 'ethernet 18 38 46 53>4660'],
    [
      '802.1ad and 802.1Q tag',
      1,
      `${macs} 88a8 0064 8100 0065 0800 ${ipv4} ${udp}`,
      'ethernet 22 42 50 53>4660',
    ],
    [
      'QinQ before 802.1ad',
      1,
      `${macs} 9100 0064 8100 0065 86dd ${ipv6} ${udp}`,
      'ethernet 22 62 70 53>4660',
    ],
    [
      'three tags',
      1,
      `${macs} 8100 0001 8100 0002 9200 0003 0800 ${ipv4} ${udp}`,
      'ethernet 26 46 54 53>4660',
    ],
    ['raw IP (12) with IPv4', 12, `${ipv4} ${udp}`, 'none 0 20 28 53>4660'],
    ['raw IP (14) with IPv6', 14, `${ipv6} ${udp}`, 'none 0 40 48 53>4660'],
    ['raw IP (101) with IPv4', 101, `${ipv4} ${udp}`, 'none 0 20 28 53>4660'],
    ['raw IPv4', 228, `${ipv4} ${udp}`, 'none 0 20 28 53>4660'],
    ['raw IPv6', 229, `${ipv6} ${udp}`, 'none 0 40 48 53>4660'],
    ['BSD null, little-endian', 0, `02000000 ${ipv4} ${udp}`, 'loopback 4 24 32 53>4660'],
    ['BSD null, big-endian', 0, `00000002 ${ipv4} ${udp}`, 'loopback 4 24 32 53>4660'],
    ['BSD null, IPv6 of OpenBSD', 0, `18000000 ${ipv6} ${udp}`, 'loopback 4 44 52 53>4660'],
    ['BSD null, IPv6 of FreeBSD', 0, `1c000000 ${ipv6} ${udp}`, 'loopback 4 44 52 53>4660'],
    ['BSD null, IPv6 of macOS', 0, `1e000000 ${ipv6} ${udp}`, 'loopback 4 44 52 53>4660'],
    ['OpenBSD loopback', 108, `00000018 ${ipv6} ${udp}`, 'loopback 4 44 52 53>4660'],
    ['Linux cooked v1', 113, `0000 0001 0006 020000000001 0000 0800 ${ipv4} ${udp}`, 'sll 16 36 44 53>4660'],
    [
      'Linux cooked v1 with a tag',
      113,
      `0000 0001 0006 020000000001 0000 8100 0005 86dd ${ipv6} ${udp}`,
      'sll 20 60 68 53>4660',
    ],
    [
      'Linux cooked v2',
      276,
      `86dd 0000 00000002 0001 00 06 020000000001 0000 ${ipv6} ${udp}`,
      'sll2 20 60 68 53>4660',
    ],
    [
      'Linux cooked v2 with a tag',
      276,
      `8100 0000 00000002 0001 00 06 020000000001 0000 0005 0800 ${ipv4} ${udp}`,
      'sll2 24 44 52 53>4660',
    ],
  ]);
});

describe('packets that are not IP are left out by what they are', () => {
  table([
    ['ARP', 1, `${macs} 0806 0001 0800 06 04 0001`, 'not IP: ARP (0x0806)'],
    ['ARP behind a tag', 1, `${macs} 8100 0001 0806 0001`, 'not IP: ARP (0x0806)'],
    ['an EtherType without name', 1, `${macs} 1234 00`, 'not IP: EtherType 0x1234'],
    ['spanning tree', 1, `${macs} 0026 424203`, 'not IP: IEEE 802.3 frame with LLC'],
    ['CAN in Linux cooked v1', 113, '0001 0118 0000 0000000000000000 000c', 'not IP: CAN (0x000c)'],
    [
      'ARP in Linux cooked v2',
      276,
      '0806 0000 00000002 0001 00 06 020000000001 0000',
      'not IP: ARP (0x0806)',
    ],
    [
      'netlink in Linux cooked v2',
      276,
      '0010 0000 00000002 0338 00 00 0000000000000000',
      'not IP: Linux protocol 0x0010',
    ],
    ['AppleTalk on loopback', 0, '10000000', 'not IP: AppleTalk (16)'],
    ['an unknown family', 108, '00000063', 'not IP: address family 99'],
    ['ZigBee', 195, '0102', 'link type 195 is not supported'],
    ['nothing at all, of a link type that is not known', 65000, '', 'link type 65000 is not supported'],
  ]);
});

describe('between the link header and IP', () => {
  const ip = `${ipv4} ${udp}`;
  table([
    ['an MPLS label', 1, `${macs} 8847 00064140 ${ip}`, 'ethernet 18 38 46 53>4660'],
    ['three MPLS labels', 1, `${macs} 8847 00064040 00065040 00066140 ${ip}`, 'ethernet 26 46 54 53>4660'],
    ['MPLS multicast with IPv6', 1, `${macs} 8848 00064140 ${ipv6} ${udp}`, 'ethernet 18 58 66 53>4660'],
    [
      'a pseudowire behind MPLS',
      1,
      `${macs} 8847 00064140 00000000`,
      'not IP: MPLS with something else inside',
    ],
    [
      'labels that do not end',
      1,
      `${macs} 8847 00064040`,
      'malformed: the packet ends inside its link header',
    ],
    ['a PPPoE session', 1, `${macs} 8864 1100 0001 001e 0021 ${ip}`, 'ethernet 22 42 50 53>4660'],
    [
      'a PPPoE session with IPv6',
      1,
      `${macs} 8864 1100 0001 0032 0057 ${ipv6} ${udp}`,
      'ethernet 22 62 70 53>4660',
    ],
    ['PPPoE discovery', 1, `${macs} 8863 1109 0000 0004 0101 0000`, 'not IP: PPPoE discovery (0x8863)'],
    ['LCP in PPPoE', 1, `${macs} 8864 1100 0001 000a c021 0901 0008`, 'not IP: PPP link control (0xc021)'],
    ['LLC and SNAP', 1, `${macs} 0024 aaaa03 000000 0800 ${ip}`, 'ethernet 22 42 50 53>4660'],
    ['LLC with the access points of IP', 1, `${macs} 001f 060603 ${ip}`, 'ethernet 17 37 45 53>4660'],
    [
      'SNAP of another organisation',
      1,
      `${macs} 0024 aaaa03 00000c 2000 0000`,
      'not IP: IEEE 802.3 frame with LLC',
    ],
    ['PPP', 9, `0021 ${ip}`, 'ppp 2 22 30 53>4660'],
    ['PPP with address and control', 9, `ff03 0021 ${ip}`, 'ppp 4 24 32 53>4660'],
    ['PPP with a protocol of one byte', 9, `21 ${ip}`, 'ppp 1 21 29 53>4660'],
    ['PPP in HDLC framing', 50, `ff03 0057 ${ipv6} ${udp}`, 'ppp 4 44 52 53>4660'],
    ['MPLS in PPP', 9, `0281 00064140 ${ip}`, 'ppp 6 26 34 53>4660'],
  ]);
});

describe('IEEE 802.11', () => {
  const [a, b, c, d] = ['020000000001', '020000000002', '020000000003', '020000000004'];
  const llc = `aaaa03 000000 0800 ${ipv4} ${udp}`;
  const frame80211 = (control: string, rest: string) => `${control} 0000 ${a} ${b} ${c} 0010 ${rest}`;
  table([
    ['data to the access point', 105, frame80211('0801', llc), 'wifi 32 52 60 53>4660'],
    ['data from the access point', 105, frame80211('0802', llc), 'wifi 32 52 60 53>4660'],
    ['data with quality of service', 105, frame80211('8801', `0000 ${llc}`), 'wifi 34 54 62 53>4660'],
    ['data between access points', 105, frame80211('0803', `${d} ${llc}`), 'wifi 38 58 66 53>4660'],
    ['encrypted data', 105, frame80211('0841', llc), 'encrypted IEEE 802.11 data frame'],
    ['a beacon', 105, frame80211('8000', ''), 'not IP: IEEE 802.11 management frame'],
    ['data without data', 105, frame80211('4801', ''), 'not IP: IEEE 802.11 data frame without data'],
    [
      'radiotap without fields',
      127,
      `0000 0800 00000000 ${frame80211('0801', llc)}`,
      'wifi 32 52 60 53>4660',
    ],
    [
      'radiotap with flags that tell of padding',
      127,
      `0000 0900 02000000 20 ${frame80211('8801', `0000 0000 ${llc}`)}`,
      'wifi 36 56 64 53>4660',
    ],
    [
      'radiotap of a frame that was received with errors',
      127,
      `0000 0900 02000000 40 ${frame80211('0801', llc)}`,
      'IEEE 802.11 frame with a wrong check sequence',
    ],
    [
      'a radiotap header of version 1',
      127,
      '0100 0800 00000000',
      'malformed: radiotap version 1, expected 0',
    ],
  ]);
});

describe('IPv4', () => {
  const head = (...fields: string[]) => `${macs} 0800 ${fields.join(' ')}`;
  table([
    [
      'options',
      1,
      head('47 00 0024 0001 0000 40 11 0000 c0000201 c6336402 94040000 01010100', udp),
      'ethernet 14 42 50 53>4660',
    ],
    [
      'the longest header',
      1,
      head(`4f 00 0044 0001 0000 40 11 0000 c0000201 c6336402 ${'01'.repeat(40)}`, udp),
      'ethernet 14 74 82 53>4660',
    ],
    [
      'total length 0 (segmentation offload)',
      1,
      head('45 00 0000 0001 0000 40 06 0000 c0000201 c6336402', tcp),
      'ethernet 14 34 54 80>4660',
    ],
    ['Ethernet padding', 1, head(ipv4, udp, '00'.repeat(18)), 'ethernet 14 34 42 53>4660'],
    [
      'a first fragment',
      1,
      head('45 00 0024 0001 2000 40 11 0000 c0000201 c6336402', udp, '0011223344556677'),
      'ethernet 14 34 42 53>4660',
    ],
    [
      'a later fragment',
      1,
      head('45 00 001c 0001 2001 40 11 0000 c0000201 c6336402', udp),
      'IPv4 fragment whose first fragment was left out or not seen before it',
    ],
    [
      'the last fragment',
      1,
      head('45 00 001c 0001 00b9 40 06 0000 c0000201 c6336402', udp),
      'IPv4 fragment whose first fragment was left out or not seen before it',
    ],
    [
      'a first fragment with half a TCP header',
      1,
      head('45 00 001c 0001 2000 40 06 0000 c0000201 c6336402', '0050 1234 00000001'),
      'first IP fragment without all of the fixed TCP header',
    ],
    [
      'a first fragment whose TCP options go on in the next one',
      1,
      head(
        '45 00 002c 0001 2000 40 06 0000 c0000201 c6336402',
        `0050 1234 00000001 00000002 8010 ffff 0000 0000 02 04 05 b4`,
      ),
      'ethernet 14 34 58 80>4660',
    ],
    [
      'ICMP',
      1,
      head('45 00 001c 0001 0000 40 01 0000 c0000201 c6336402', '0800 0000 00000000'),
      'IP protocol 1 (ICMP) is neither TCP nor UDP',
    ],
    [
      'a later fragment of ICMP',
      1,
      head('45 00 001c 0001 0001 40 01 0000 c0000201 c6336402', '0000000000000000'),
      'IP protocol 1 (ICMP) is neither TCP nor UDP',
    ],
    [
      'a protocol without name',
      1,
      head('45 00 0014 0001 0000 40 c8 0000 c0000201 c6336402'),
      'IP protocol 200 is neither TCP nor UDP',
    ],
    ['version 6 behind the EtherType of IPv4', 1, head(ipv6, udp), 'malformed: IP version 6, expected 4'],
    ['version 6 in raw IPv4', 228, `${ipv6} ${udp}`, 'malformed: IP version 6, expected 4'],
    ['version 5 in raw IP', 101, '55000014', 'malformed: IP version 5, expected 4 or 6'],
    [
      'header length 16',
      1,
      head('44 00 001c 0001 0000 40 11 0000 c0000201 c6336402', udp),
      'malformed: IPv4 header length 16, expected at least 20',
    ],
    [
      'total length 19',
      1,
      head('45 00 0013 0001 0000 40 11 0000 c0000201 c6336402', udp),
      'malformed: IPv4 total length is less than its header length',
    ],
    [
      'total length without room for UDP',
      1,
      head('45 00 001b 0001 0000 40 11 0000 c0000201 c6336402', udp),
      'malformed: the IP length leaves no room for the UDP header',
    ],
  ]);
});

describe('IPv6', () => {
  const head = (next: string, length: string) => `60000000 ${length} ${next} 40 ${addresses6}`;
  table([
    ['hop-by-hop options', 229, `${head('00', '0010')} 11 00 010400000000 ${udp}`, 'none 0 48 56 53>4660'],
    [
      'destination options of 16 bytes',
      229,
      `${head('3c', '0018')} 11 01 010c 00000000 0000000000000000 ${udp}`,
      'none 0 56 64 53>4660',
    ],
    ['routing header', 229, `${head('2b', '0010')} 11 00 0000 00000000 ${udp}`, 'none 0 48 56 53>4660'],
    [
      'authentication header of 24 bytes',
      229,
      `${head('33', '0020')} 11 04 0000 ${'00'.repeat(20)} ${udp}`,
      'none 0 64 72 53>4660',
    ],
    [
      'a chain: hop-by-hop, routing, destination',
      229,
      `${head('00', '0020')} 2b 00 010400000000 3c 00 000000000000 11 00 010400000000 ${udp}`,
      'none 0 64 72 53>4660',
    ],
    [
      'mobility, host identity, shim6',
      229,
      `${head('87', '0020')} 8b 00 000000000000 8c 00 000000000000 11 00 000000000000 ${udp}`,
      'none 0 64 72 53>4660',
    ],
    ['an atomic fragment', 229, `${head('2c', '0010')} 11 00 0000 00000001 ${udp}`, 'none 0 48 56 53>4660'],
    ['a first fragment', 229, `${head('2c', '0010')} 11 00 0001 00000001 ${udp}`, 'none 0 48 56 53>4660'],
    [
      'a later fragment',
      229,
      `${head('2c', '0010')} 11 00 0009 00000001 ${udp}`,
      'IPv6 fragment whose first fragment was left out or not seen before it',
    ],
    [
      'a later fragment that began with options',
      229,
      `${head('2c', '0010')} 3c 00 0008 00000001 ${udp}`,
      'IPv6 fragment whose first fragment was left out or not seen before it',
    ],
    [
      'a later fragment of ICMPv6',
      229,
      `${head('2c', '0010')} 3a 00 0008 00000001 ${udp}`,
      'IP protocol 58 (ICMPv6) is neither TCP nor UDP',
    ],
    [
      'a jumbogram (payload length 0)',
      229,
      `${head('00', '0000')} 06 00 c2 04 00012345 ${tcp}`,
      'none 0 48 68 80>4660',
    ],
    [
      'ICMPv6',
      229,
      `${head('3a', '0008')} 8000 0000 00000000`,
      'IP protocol 58 (ICMPv6) is neither TCP nor UDP',
    ],
    ['no next header', 229, head('3b', '0000'), 'IP protocol 59 (no next header) is neither TCP nor UDP'],
    [
      'encrypted payload',
      229,
      `${head('32', '0008')} 0000000000000000`,
      'IP protocol 50 (ESP) is neither TCP nor UDP',
    ],
    [
      'version 4 behind the EtherType of IPv6',
      1,
      `${macs} 86dd ${ipv4} ${udp}`,
      'malformed: IP version 4, expected 6',
    ],
    [
      'payload length without room for UDP',
      229,
      `${head('11', '0007')} ${udp}`,
      'malformed: the IP length leaves no room for the UDP header',
    ],
    [
      'an extension header that reaches beyond the packet',
      229,
      `${head('00', '0010')} 11 ff 010400000000 ${udp}`,
      'malformed: the IP length leaves no room for the UDP header',
    ],
  ]);
});

describe('TCP', () => {
  const head = (total: string) => `45 00 ${total} 0001 0000 40 06 0000 c0000201 c6336402`;
  const options = '0204 05b4 0101 0402';
  const withOffset = (offset: string) => `0050 1234 00000001 00000002 ${offset}10 ffff 0000 0000`;
  table([
    [
      'options belong to the header',
      228,
      `${head('0030')} ${withOffset('70')} ${options}`,
      'none 0 20 48 80>4660',
    ],
    ['payload does not', 228, `${head('0030')} ${withOffset('50')} ${options}`, 'none 0 20 40 80>4660'],
    [
      'the longest header',
      228,
      `${head('0050')} ${withOffset('f0')} ${'01'.repeat(40)}`,
      'none 0 20 80 80>4660',
    ],
    [
      'data offset 4',
      228,
      `${head('0030')} ${withOffset('40')} ${options}`,
      'malformed: TCP header length 16, expected at least 20',
    ],
    [
      'data offset 0',
      228,
      `${head('0030')} ${withOffset('00')} ${options}`,
      'malformed: TCP header length 0, expected at least 20',
    ],
    [
      'data offset beyond the IP length',
      228,
      `${head('0030')} ${withOffset('80')} ${options} 00000000`,
      'malformed: the IP length leaves no room for the TCP header',
    ],
    [
      'data offset beyond the packet',
      228,
      `${head('0034')} ${withOffset('80')} ${options}`,
      'malformed: the packet ends inside its TCP header',
    ],
  ]);
});

describe('packets that end early', () => {
  const whole =
    hex(`${macs} 8100 0064 0800 ${ipv4.replace('45 00 001c', '45 00 0034').replace('40 11', '40 06')}
    0050 1234 00000001 00000002 8010 ffff 0000 0000 0101080a 00000001 00000002`);

  it('are complete with the last byte of their headers', () => {
    const { reason, packet } = decode(whole, 1);
    assert.equal(reason, 0);
    assert.equal(packet.headerEnd, whole.length);
  });

  it('are cut by the snap length, at every byte of what is fixed, when the packet was longer', () => {
    for (let length = 0; length < 58; length++) {
      const { reason, packet } = decode(whole.subarray(0, length), 1, whole.length);
      assert.equal(describeReason(reason, packet.detail), 'header cut by the snap length', `${length} bytes`);
    }
  });

  it('are kept with the whole words of their TCP options that the snap length has left', () => {
    for (let length = 58; length < whole.length; length++) {
      const { reason, packet } = decode(whole.subarray(0, length), 1, whole.length);
      assert.equal(reason, 0, `${length} bytes`);
      assert.equal(packet.headerEnd, 58 + ((length - 58) & ~3));
      assert.deepEqual([packet.transport, packet.sourcePort, packet.destinationPort], [38, 80, 4660]);
    }
  });

  it('are malformed, at every byte, when the record says that they are whole', () => {
    const found = new Set<string>();
    for (let length = 0; length < whole.length; length++) {
      const { reason, packet } = decode(whole.subarray(0, length), 1);
      const sentence = describeReason(reason, packet.detail);
      assert.match(sentence, /^malformed: the packet ends inside its /);
      found.add(sentence.replace(/.* its /, ''));
    }
    assert.deepEqual([...found], ['link header', 'IPv4 header', 'TCP header']);
  });

  for (const [what, linkType, text] of [
    ['IPv6 with extension headers', 229, `60000000 0010 00 40 ${addresses6} 11 00 010400000000 ${udp}`],
    ['Linux cooked v1', 113, `0000 0001 0006 020000000001 0000 0800 ${ipv4} ${udp}`],
    ['Linux cooked v2', 276, `0800 0000 00000002 0001 00 06 020000000001 0000 ${ipv4} ${udp}`],
    ['loopback', 0, `02000000 ${ipv4} ${udp}`],
    ['raw IP', 101, `${ipv4} ${udp}`],
  ] as const)
    it(`are cut by the snap length at every byte: ${what}`, () => {
      const bytes = hex(text);
      for (let length = 0; length < bytes.length; length++)
        assert.equal(
          outcome(linkType, Buffer.from(bytes.subarray(0, length)).toString('hex'), bytes.length),
          'header cut by the snap length',
          `${length} bytes`,
        );
    });
});

describe('any bytes at all', () => {
  const supported = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276];
  const mutated = fc
    .tuple(
      fc.constantFrom(frame(), frame({ from: 'fd00::1', to: 'fd00::2', protocol: 'udp', payload: 9 })),
      fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
      fc.nat(100),
    )
    .map(([bytes, edits, length]) => {
      const copy = bytes.slice(0, length);
      for (const [at, value] of edits) if (at < copy.length) copy[at] = value;
      return copy;
    });

  it('are decoded into headers inside the packet, or given a reason that has a sentence', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...supported),
        fc.oneof(fc.uint8Array({ maxLength: 120 }), mutated),
        fc.nat(40),
        (linkType, bytes, snapped) => {
          const { packet, reason } = decode(bytes, linkType, bytes.length + snapped);
          if (reason !== 0) {
            assert.notEqual(describeReason(reason, packet.detail), '');
            return;
          }
          const { network, transport, headerEnd, source, destination, version } = packet;
          assert.ok(network >= 0 && network + (version === 4 ? 20 : 40) <= transport);
          assert.ok(transport + 8 <= headerEnd && headerEnd <= bytes.length);
          assert.equal(source, network + (version === 4 ? 12 : 8));
          assert.equal(destination, network + (version === 4 ? 16 : 24));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never depend on what lies behind the packet in the buffer', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...supported),
        fc.oneof(fc.uint8Array({ maxLength: 120 }), mutated),
        (linkType, bytes) => {
          const packets = [0, 0x45, 0xff].map((around) => {
            const { packet, reason } = decode(bytes, linkType, bytes.length, around);
            return { ...packet, bytes: undefined, view: undefined, reason };
          });
          assert.deepEqual(packets[0], packets[1]);
          assert.deepEqual(packets[1], packets[2]);
        },
      ),
    );
  });
});
