/** Captures and packets for tests, byte by byte. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  type CaptureReading,
  createPacket,
  decodePacket,
  type Packet,
  type ReadOptions,
  readCaptures,
  type Tunnels,
} from '../../src/capture/index.ts';

/** Bytes from hexadecimal digits; blanks, line breaks and everything from `#` to the end of a line do not count. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/#.*$/gm, '').replace(/\s/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`no whole bytes: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Numbers of 16 or 32 bits in either byte order. */
export function pack(
  little: boolean,
  ...fields: readonly (readonly [bits: 16 | 32, value: number])[]
): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [bits]) => sum + bits / 8, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [bits, value] of fields) {
    if (bits === 16) view.setUint16(at, value, little);
    else view.setUint32(at, value, little);
    at += bits / 8;
  }
  return bytes;
}

export interface TestRecord {
  readonly seconds: number;
  /** In units of the file. */
  readonly fraction?: number;
  readonly bytes: Uint8Array;
  readonly original?: number;
}

export interface PcapOptions {
  readonly little?: boolean;
  readonly magic?: number;
  readonly minor?: number;
  readonly linkType?: number;
}

/** A pcap file (microseconds unless the magic says otherwise). */
export function pcap(records: readonly TestRecord[], options: PcapOptions = {}): Uint8Array {
  const { little = true, magic = 0xa1b2c3d4, minor = 4, linkType = 1 } = options;
  const header = pack(
    little,
    [32, magic],
    [16, 2],
    [16, minor],
    [32, 0],
    [32, 0],
    [32, 65535],
    [32, linkType],
  );
  const modified = magic === 0xa1b2cd34 ? new Uint8Array(8) : new Uint8Array(0);
  const bodies = records.map(({ seconds, fraction = 0, bytes, original = bytes.length }) =>
    concat(pack(little, [32, seconds], [32, fraction], [32, bytes.length], [32, original]), modified, bytes),
  );
  return concat(header, ...bodies);
}

/** A pcapng block with both its lengths. */
export function block(type: number, body: Uint8Array, little = true): Uint8Array {
  const padding = new Uint8Array(-body.length & 3);
  const length = 12 + body.length + padding.length;
  return concat(pack(little, [32, type], [32, length]), body, padding, pack(little, [32, length]));
}

export const section = (little = true): Uint8Array =>
  block(
    0x0a0d0d0a,
    pack(little, [32, 0x1a2b3c4d], [16, 1], [16, 0], [32, 0xffffffff], [32, 0xffffffff]),
    little,
  );

export function interfaceBlock(
  linkType: number,
  options: Uint8Array = new Uint8Array(0),
  little = true,
  snap = 0,
) {
  return block(1, concat(pack(little, [16, linkType], [16, 0], [32, snap]), options), little);
}

export function enhanced(
  id: number,
  high: number,
  low: number,
  bytes: Uint8Array,
  little = true,
): Uint8Array {
  const head = pack(little, [32, id], [32, high], [32, low], [32, bytes.length], [32, bytes.length]);
  return block(6, concat(head, bytes), little);
}

export interface TestPacket {
  readonly from?: string;
  readonly fromPort?: number;
  readonly to?: string;
  readonly toPort?: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly payload?: number;
  /** Of TCP. */
  readonly flags?: number;
  readonly sequence?: number;
  /** Of IPv4. */
  readonly id?: number;
  readonly ttl?: number;
  /** VLAN identifiers, the outermost first. */
  readonly vlans?: readonly number[];
}

/** An Ethernet frame with IPv4 or, where the addresses have colons, IPv6. */
export function frame(packet: TestPacket = {}): Uint8Array {
  const {
    from = '10.0.0.1',
    fromPort = 1000,
    to = '10.0.0.2',
    toPort = 80,
    protocol = 'tcp',
    payload = 0,
    flags = 0x10,
    sequence = 1,
    id = 0,
    ttl = 64,
    vlans = [],
  } = packet;
  const transport =
    protocol === 'tcp'
      ? concat(
          pack(
            false,
            [16, fromPort],
            [16, toPort],
            [32, sequence],
            [32, 0],
            [16, 0x5000 | flags],
            [16, 512],
            [32, 0],
          ),
        )
      : pack(false, [16, fromPort], [16, toPort], [16, 8 + payload], [16, 0]);
  const number = protocol === 'tcp' ? 6 : 17;
  const length = transport.length + payload;
  const body = new Uint8Array(payload).fill(0x55);
  const tags = vlans.map((vlan) => pack(false, [16, 0x8100], [16, vlan]));
  const macs = concat(hex('020000000002 020000000001'), ...tags);
  if (from.includes(':')) {
    const head = pack(false, [32, 0x60000000], [16, length], [16, (number << 8) | 64]);
    return concat(macs, hex('86dd'), head, address6(from), address6(to), transport, body);
  }
  const head = pack(
    false,
    [16, 0x4500],
    [16, 20 + length],
    [16, id],
    [16, 0x4000],
    [16, (ttl << 8) | number],
    [16, 0],
  );
  return concat(macs, hex('0800'), head, address4(from), address4(to), transport, body);
}

function address4(text: string): Uint8Array {
  return Uint8Array.from(text.split('.'), Number);
}

/** Addresses of the form `fd00::1f`: the first and the last group. */
function address6(text: string): Uint8Array {
  const [first, last] = text.split('::');
  return pack(
    false,
    [16, Number.parseInt(first!, 16)],
    [32, 0],
    [32, 0],
    [32, 0],
    [16, Number.parseInt(last!, 16)],
  );
}

/** A decoded packet of these bytes; `reason` is 0 when it can be part of a session. */
export function decode(
  bytes: Uint8Array,
  linkType: number,
  original = bytes.length,
  /** What lies around the packet in the buffer, and must not matter. */
  around = 0x45,
  tunnels: Tunnels = 'outer',
): { packet: Packet; reason: number } {
  const surrounded = concat(new Uint8Array(5).fill(around), bytes, new Uint8Array(300).fill(around));
  const packet = createPacket();
  const view = new DataView(surrounded.buffer);
  Object.assign(packet, { bytes: surrounded, view, start: 5, captured: bytes.length, original, linkType });
  return { packet, reason: decodePacket(packet, tunnels) };
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-test-'));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes a file into a folder. @returns its path */
export function put(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A packet as a sink sees it, copied. */
export interface Seen {
  readonly file: number;
  readonly time: string;
  readonly ports: string;
  readonly header: string;
  readonly record: number;
}

/** Reads captures and keeps what the sink was given. */
export async function readAll(
  paths: readonly string[],
  options: ReadOptions = {},
): Promise<{ reading: CaptureReading; packets: Seen[] }> {
  const packets: Seen[] = [];
  const sink = {
    add(packet: Packet, file: number): void {
      packets.push({
        file,
        time: `${packet.seconds}.${String(packet.nanoseconds).padStart(9, '0')}`,
        ports: `${packet.sourcePort}>${packet.destinationPort}`,
        header: Buffer.from(packet.bytes.subarray(packet.start, packet.start + packet.headerEnd)).toString(
          'hex',
        ),
        record: packet.record,
      });
    },
  };
  return { reading: await readCaptures(paths, sink, options), packets };
}

/** `packets reason` of everything left out. */
export function reasons(reading: { readonly leftOut: CaptureReading['leftOut'] }): string[] {
  return reading.leftOut.map(({ packets, reason }) => `${packets} ${reason}`);
}
