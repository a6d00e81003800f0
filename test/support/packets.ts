/** Packets and session tables for tests, from literal bytes or from recipes, without any capture. */
import { Link, Protocol, type SessionTable } from '../../src/session/index.ts';

/** Bytes from hexadecimal digits with any white space. */
export const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));

/** One packet of a session table. */
export interface PacketFixture {
  /** Header bytes, link to transport; whatever follows `headerLength` is left out of the table. */
  readonly bytes: Uint8Array;
  /** By default all bytes. */
  readonly headerLength?: number;
  /** By default Ethernet. */
  readonly link?: Link;
  readonly network: number;
  readonly transport: number;
  /** By default whether it has the source address and port of the session's first packet. */
  readonly fromInitiator?: boolean;
  /** By default the number of bytes. */
  readonly originalLength?: number;
  readonly seconds?: number;
  readonly nanoseconds?: number;
}

export interface SessionFixture {
  readonly protocol: 'tcp' | 'udp';
  readonly packets: readonly PacketFixture[];
  /** By default the number of packets. */
  readonly packetsSeen?: number;
}

/** A table of these sessions, in this order; by default a packet a second. */
export function sessionTable(sessions: readonly SessionFixture[]): SessionTable {
  const rows = sessions.flatMap(({ packets }) => packets.map((packet) => ({ packet, first: packets[0]! })));
  const kept = rows.map(({ packet }) => packet.bytes.subarray(0, packet.headerLength ?? packet.bytes.length));
  return {
    count: sessions.length,
    firstRow: Uint32Array.from(starts(sessions.map(({ packets }) => packets.length))),
    packetsSeen: Uint32Array.from(sessions, ({ packets, packetsSeen }) => packetsSeen ?? packets.length),
    protocol: Uint8Array.from(sessions, ({ protocol }) => Protocol[protocol]),
    headerStart: Uint32Array.from(starts(kept.map((bytes) => bytes.length))),
    header: Uint8Array.from(Buffer.concat(kept)),
    link: Uint8Array.from(rows, ({ packet }) => packet.link ?? Link.ethernet),
    network: Uint16Array.from(rows, ({ packet }) => packet.network),
    transport: Uint16Array.from(rows, ({ packet }) => packet.transport),
    fromInitiator: Uint8Array.from(rows, ({ packet, first }) =>
      (packet.fromInitiator ?? endpoint(packet) === endpoint(first)) ? 1 : 0,
    ),
    seconds: Float64Array.from(rows, ({ packet }, i) => packet.seconds ?? i),
    nanoseconds: Uint32Array.from(rows, ({ packet }) => packet.nanoseconds ?? 0),
    originalLength: Uint32Array.from(rows, ({ packet }) => packet.originalLength ?? packet.bytes.length),
  };
}

function starts(lengths: readonly number[]): readonly number[] {
  const at = [0];
  for (const length of lengths) at.push(at.at(-1)! + length);
  return at;
}

/** Source address and port as text. */
function endpoint({ bytes, network, transport }: PacketFixture): string {
  const [from, size] = bytes[network]! >> 4 === 6 ? [8, 16] : [12, 4];
  const address = bytes.subarray(network + from, network + from + size);
  return `${address.join('.')}:${bytes.subarray(transport, transport + 2).join('.')}`;
}

/** What a packet is to be. Addresses are 4 or 16 bytes, MAC addresses 6. */
export interface PacketRecipe {
  readonly protocol: 'tcp' | 'udp';
  /** By default Ethernet. */
  readonly link?: Link;
  /** By default 02:00:00:00:00:01. */
  readonly sourceMac?: readonly number[];
  /** By default 02:00:00:00:00:02. */
  readonly destinationMac?: readonly number[];
  /** Tag control words of VLAN tags, outermost first. */
  readonly vlans?: readonly number[];
  readonly source: readonly number[];
  readonly destination: readonly number[];
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly ttl?: number;
  /** A multiple of 4 bytes; IPv6 has none. */
  readonly ipOptions?: readonly number[];
  /** IPv6 extension headers, each with its number and its bytes after the next header's number; IPv4 has none. */
  readonly extensions?: readonly (readonly [number, readonly number[]])[];
  /** A multiple of 4 bytes. */
  readonly tcpOptions?: readonly number[];
  readonly tcpFlags?: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly window?: number;
  /** IPv4 identification. */
  readonly id?: number;
  readonly payload?: readonly number[];
  /** Added to the right checksums, in one's complement: 0, the default, leaves them right. */
  readonly ipError?: number;
  readonly transportError?: number;
  /** UDP without a checksum. */
  readonly noChecksum?: boolean;
}

/** A whole packet and where its headers are: also a PacketFixture, whose table leaves the payload out. */
export interface BuiltPacket extends PacketFixture {
  readonly headerLength: number;
  readonly link: Link;
  readonly version: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
}

/** The packet of a recipe, with its payload. */
export function buildPacket(recipe: PacketRecipe): BuiltPacket {
  const v6 = recipe.source.length === 16;
  const tcp = recipe.protocol === 'tcp';
  const link = recipe.link ?? Link.ethernet;
  const start = linkHeader(link, recipe, v6);
  const { payload = [], ipOptions = [], extensions = [], tcpOptions = [] } = recipe;
  const upperLength = (tcp ? 20 + tcpOptions.length : 8) + payload.length;
  const numbers = [...extensions.map(([number]) => number), Protocol[recipe.protocol]];
  const middle = extensions.flatMap(([, bytes], i) => [numbers[i + 1]!, ...bytes]);
  const ip = v6
    ? [0x60, 0, 0, 0, ...u16(middle.length + upperLength), numbers[0]!, recipe.ttl ?? 64]
    : [
        0x45 + ipOptions.length / 4,
        0,
        ...u16(20 + ipOptions.length + upperLength),
        ...u16(recipe.id ?? 0x1c46),
        ...[0x40, 0],
        recipe.ttl ?? 64,
        Protocol[recipe.protocol],
        ...[0, 0],
      ];
  ip.push(...recipe.source, ...recipe.destination, ...(v6 ? middle : ipOptions));
  if (!v6) put16(ip, 10, wrong(checksum(ip), recipe.ipError));
  const upper = [...u16(recipe.sourcePort), ...u16(recipe.destinationPort)];
  if (tcp) {
    const sequence = recipe.sequence ?? 0x01020304;
    const acknowledgment = recipe.acknowledgment ?? 0;
    upper.push(...u16(sequence >>> 16), ...u16(sequence & 0xffff));
    upper.push(...u16(acknowledgment >>> 16), ...u16(acknowledgment & 0xffff));
    upper.push((5 + tcpOptions.length / 4) << 4, recipe.tcpFlags ?? 0x10, ...u16(recipe.window ?? 0x2000));
    upper.push(0, 0, 0, 0, ...tcpOptions);
  } else upper.push(...u16(upperLength), 0, 0);
  upper.push(...payload);
  const pseudo = [...recipe.source, ...recipe.destination, 0, Protocol[recipe.protocol], ...u16(upperLength)];
  const right = wrong(checksum([...pseudo, ...upper]), recipe.transportError);
  if (!recipe.noChecksum) put16(upper, tcp ? 16 : 6, !tcp && right === 0 ? 0xffff : right);
  const bytes = Uint8Array.from([...start, ...ip, ...upper]);
  const transport = start.length + ip.length;
  return {
    bytes,
    link,
    version: v6 ? 6 : 4,
    protocol: recipe.protocol,
    network: start.length,
    transport,
    headerLength: transport + upperLength - payload.length,
  };
}

const u16 = (value: number): readonly number[] => [value >>> 8, value & 0xff];

function put16(bytes: number[], at: number, value: number): void {
  bytes.splice(at, 2, ...u16(value));
}

function linkHeader(link: Link, recipe: PacketRecipe, v6: boolean): readonly number[] {
  const { sourceMac = [2, 0, 0, 0, 0, 1], destinationMac = [2, 0, 0, 0, 0, 2], vlans = [] } = recipe;
  const types = [...vlans.map(() => 0x8100), v6 ? 0x86dd : 0x0800];
  const tags = vlans.flatMap((tag, i) => [...u16(tag), ...u16(types[i + 1]!)]);
  switch (link) {
    case Link.ethernet:
      return [...destinationMac, ...sourceMac, ...u16(types[0]!), ...tags];
    case Link.loopback:
      return [v6 ? 30 : 2, 0, 0, 0];
    case Link.sll:
      return [0, 0, 0, 1, 0, 6, ...sourceMac, 0, 0, ...u16(types[0]!), ...tags];
    case Link.sll2:
      return [...u16(types[0]!), 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, ...sourceMac, 0, 0, ...tags];
    case Link.ppp:
      return [0xff, 3, 0, v6 ? 0x57 : 0x21];
    case Link.wifi:
      // To the distribution system: access point, sender, receiver; then LLC with SNAP.
      return [
        ...[8, 1, 0, 0, 2, 0, 0, 0, 0xff, 1],
        ...[...sourceMac, ...destinationMac, 0, 0],
        ...[0xaa, 0xaa, 3, 0, 0, 0, ...u16(types[0]!), ...tags],
      ];
    default:
      return [];
  }
}

/** One's complement sum of big-endian words, a last odd byte padded with zero (RFC 1071), in plain steps. */
export function onesSum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

const checksum = (bytes: readonly number[]): number => 0xffff - onesSum(bytes);

const wrong = (right: number, error = 0): number => (error === 0 ? right : (right + error) % 0xffff);

/** How far the checksums of a whole packet are off, in one's complement: 0 where right; null where there is none. */
export interface ChecksumErrors {
  readonly ip: number | null;
  readonly transport: number | null;
}

/** Sums everything that checksums cover, the payload too; for packets without source routes and padding. */
export function checksumErrors(packet: BuiltPacket, bytes: Uint8Array = packet.bytes): ChecksumErrors {
  const { network, transport, version, protocol } = packet;
  const v6 = version === 6;
  const addresses = v6
    ? bytes.subarray(network + 8, network + 40)
    : bytes.subarray(network + 12, network + 20);
  const upper = bytes.subarray(transport);
  const none = protocol === 'udp' && bytes[transport + 6] === 0 && bytes[transport + 7] === 0;
  const covered = [...addresses, 0, Protocol[protocol], ...u16(upper.length), ...upper];
  return {
    ip: v6 ? null : onesSum(bytes.subarray(network, transport)) % 0xffff,
    transport: none ? null : onesSum(covered) % 0xffff,
  };
}
