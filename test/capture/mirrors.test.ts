import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Link, walkLink } from '../../src/capture/index.ts';
import { describeReason } from '../../src/capture/reason.ts';
import { concat, decode, frame, hex, pcap, put, readAll, temporaryFolder } from './build.ts';

const folder = temporaryFolder();
const inside = frame();
const ip = inside.subarray(14);
const macs = '02 00 00 00 00 04  02 00 00 00 00 03';

function outcome(bytes: Uint8Array, linkType: number, original?: number): string {
  const { packet, reason } = decode(bytes, linkType, original);
  if (reason !== 0) return describeReason(reason, packet.detail);
  const link = Object.entries(Link).find(([, value]) => value === packet.link)?.[0];
  return `${link} ${packet.network} ${packet.sourcePort}>${packet.destinationPort}`;
}

describe('what bridges and mirrors put around a frame', () => {
  const frames: readonly (readonly [what: string, head: string])[] = [
    ['a backbone tag (IEEE 802.1ah)', `${macs} 88e7 00001234`],
    ['a backbone tag behind a tag of the backbone', `${macs} 88a8 0065 88e7 00001234`],
    ['FabricPath', `${macs} 8903 0540`],
  ];
  for (const [what, head] of frames)
    it(`is taken off: ${what}`, () => {
      const bytes = concat(hex(head), inside);
      assert.equal(outcome(bytes, 1), 'ethernet 14 1000>80');
      const { packet } = decode(bytes, 1);
      assert.deepEqual(packet.bytes.subarray(packet.start, packet.start + packet.headerEnd), inside);
    });

  it('can be a VN-Tag, which is a field like a VLAN tag', () => {
    const bytes = concat(inside.subarray(0, 12), hex('8926 80010002 8100 0005 0800'), ip);
    assert.equal(outcome(bytes, 1), 'ethernet 24 1000>80');
    const names: string[] = [];
    walkLink(Link.ethernet, bytes, 0, 24, (name, from, to) => names.push(`${name} ${to - from}`));
    assert.deepEqual(names.slice(2), [
      'ethernet.type 2',
      'vn-tag.tag 4',
      'vn-tag.type 2',
      'vlan.tag 2',
      'vlan.type 2',
    ]);
  });

  it('is cut by the snap length wherever it ends early', () => {
    for (const [, head] of frames) {
      const bytes = concat(hex(head), inside);
      for (let length = 0; length < hex(head).length + 14; length++)
        assert.equal(outcome(bytes.subarray(0, length), 1, bytes.length), 'header cut by the snap length');
    }
  });
});

describe('what capturing hosts put in front of packets', () => {
  const wifi = '0801 0000 020000000001 020000000002 020000000003 0000 aaaa03 000000 0800';

  it('is followed: PPI with Ethernet and with IEEE 802.11', () => {
    assert.equal(outcome(concat(hex('00 00 0800 01000000'), inside), 192), 'ethernet 14 1000>80');
    const head = hex(`00 00 1000 69000000 02000400 00000000 ${wifi}`);
    assert.equal(outcome(concat(head, ip), 192), 'wifi 32 1000>80');
    assert.equal(outcome(hex('00 00 0400 01000000'), 192), 'malformed: a capture header or field of 4 bytes');
    assert.equal(outcome(hex('00 00 0800 c0000000 0000'), 192), 'link type 192 is not supported');
  });

  it('is followed: NFLOG of hosts of both byte orders, behind other fields', () => {
    const little = hex('02 00 0001 0800 0100 0800 0000 0500 0a00 00 000000 2c00 0900');
    const big = hex('02 00 0001 0008 0001 0800 0000 0005 000a 00 000000 002c 0009');
    for (const head of [little, big]) assert.equal(outcome(concat(head, ip), 239), 'none 0 1000>80');
    assert.equal(
      outcome(hex('02 00 0001 0000 0100'), 239),
      'malformed: a capture header or field of 0 bytes',
    );
    assert.equal(outcome(hex('02 00 0001'), 239), 'malformed: the packet ends inside its capture header');
  });

  it('is followed: Prism headers that state their length, and those of 144 bytes', () => {
    const stated = concat(hex('80211001 00000040'), new Uint8Array(56), hex(wifi), ip);
    assert.equal(outcome(stated, 119), 'wifi 32 1000>80');
    const fixed = concat(hex('44000000 90000000'), new Uint8Array(136), hex(wifi), ip);
    assert.equal(outcome(fixed, 119), 'wifi 32 1000>80');
  });

  it('may be Cisco HDLC in captures of PPP', () => {
    for (const address of ['0f00', '8f00'])
      assert.equal(outcome(concat(hex(`${address} 0800`), ip), 9), 'ppp 4 1000>80');
  });
});

describe('packets that carry others', () => {
  it('are counted by what carries them, where those inside are not looked at', async () => {
    const outside = (protocol: number, payload: Uint8Array) => {
      const bytes = concat(inside.subarray(0, 34), payload);
      bytes[23] = protocol;
      bytes[16] = (bytes.length - 14) >> 8;
      bytes[17] = bytes.length - 14;
      return bytes;
    };
    const records = [
      outside(47, concat(hex('1000 88be 00000001 1064 0001 00000000'), inside)),
      outside(47, concat(hex('0000 6558'), inside)),
      outside(17, concat(hex('1388 12b5 0060 0000 08000000 00000700'), inside)),
      outside(17, concat(hex('1388 12b5 0060 0000 00000000 00000700'), inside)),
      outside(4, ip),
      inside,
    ].map((bytes, seconds) => ({ seconds, bytes }));
    const path = put(folder, 'tunnels.pcap', pcap(records));
    const { reading } = await readAll([path]);
    assert.deepEqual(reading.tunnels, [
      { tunnel: 'ERSPAN', packets: 1 },
      { tunnel: 'GRE', packets: 1 },
      { tunnel: 'IPv4 in IP', packets: 1 },
      { tunnel: 'VXLAN', packets: 1 },
    ]);
    const followed = await readAll([path], { tunnels: 'inner' });
    assert.deepEqual(followed.reading.tunnels, []);
    assert.equal(followed.packets.filter(({ ports }) => ports === '1000>80').length, 5);
  });
});
