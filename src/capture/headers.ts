/**
 * The one table of header fields: names and sizes in the order on the wire, from which offsets follow. The decoder,
 * morphs and tokens read it, nobody else states where a field is.
 *
 * Whoever has seen that `size` bytes are there may read every field of a header without another check.
 *
 * Sources: IEEE 802.3, 802.1Q, 802.2 and 802.11 §9; radiotap.org; LINKTYPE_ registry of the tcpdump group; RFC 791, 8200
 * and 4302 (IP), 9293 (TCP), 768 (UDP), 1042 (SNAP), 1661 and 1662 (PPP), 1547 (HDLC), 2516 (PPPoE), 3032 (MPLS), 2784
 * (GRE), 7348 (VXLAN), 8926 (GENEVE); 3GPP TS 29.281 (GTP-U); IEEE 802.1ah and 802.1BR; draft-foschiano-erspan; the
 * LINKTYPE_ pages of NFLOG, PPI and Prism.
 */

/** The name of a field as users write it (`tcp.source-port`), and its bytes. */
export type HeaderField = readonly [name: string, size: number];

/** A header without its offsets. */
export interface HeaderLayout {
  /** Bytes of all its fields: the least that a header has. */
  readonly size: number;
  readonly fields: readonly HeaderField[];
  /** Names of what may follow the fields, in order: options, optional fields. */
  readonly rest: readonly string[];
}

/** Sizes in bytes. A field that has names for its parts only here has their sizes. */
type Sizes = Readonly<Record<string, number | Readonly<Record<string, number>>>>;
type NameOf<S extends Sizes> =
  | keyof S
  | { [K in keyof S]: S[K] extends number ? never : keyof S[K] }[keyof S];

/** A header: the offset of every field and of every part of one, by name. */
export type Header<S extends Sizes> = HeaderLayout & { readonly [K in NameOf<S>]: number };

function header<const S extends Sizes>(prefix: string, sizes: S, ...rest: readonly string[]): Header<S> {
  const offsets: Record<string, number> = {};
  const fields: HeaderField[] = [];
  const named = (name: string): string =>
    `${prefix}.${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  let at = 0;
  for (const [name, size] of Object.entries(sizes)) {
    const start = at;
    offsets[name] = start;
    const parts = typeof size === 'number' ? { [name]: size } : size;
    for (const [part, bytes] of Object.entries(parts)) {
      offsets[part] = at;
      at += bytes;
    }
    fields.push([named(name), at - start]);
  }
  return { ...offsets, size: at, fields, rest: rest.map(named) } as Header<S>;
}

export const MAC_SIZE = 6;
export const PORT_SIZE = 2;

export const Ethernet = header('ethernet', { destination: MAC_SIZE, source: MAC_SIZE, type: 2 });
/** What an EtherType of a tag announces. */
export const Vlan = header('vlan', { tag: 2, type: 2 });
/** Cisco's tag of a virtual interface, and what follows it. */
export const VnTag = header('vn-tag', { tag: 4, type: 2 });
/** One label of a stack; the lowest bit of `bottom` is set in the last one. */
export const Mpls = header('mpls', { label: { value: 2, bottom: 1, ttl: 1 } });
export const Llc = header('llc', { header: { destinationPoint: 1, sourcePoint: 1, control: 1 } });
export const Snap = header('snap', { organisation: 3, type: 2 });
export const Pppoe = header('pppoe', { session: { version: 1, code: 1, id: 2 }, length: 2 });
/** Address and control may be missing; the protocol has one byte where it is compressed. */
export const Ppp = header('ppp', { address: 2, protocol: 2 });
export const Hdlc = header('hdlc', { address: 2, type: 2 });
export const Loopback = header('loopback', { family: 4 });
/** Linux cooked v1. */
export const Sll = header('sll', { packetType: 2, hardware: 2, addressLength: 2, address: 8, type: 2 });
/** Linux cooked v2. */
export const Sll2 = header('sll2', {
  ...{ type: 2, reserved: 2, interface: 4, hardware: 2 },
  ...{ packetType: 1, addressLength: 1, address: 8 },
});
/** An IEEE 802.11 data frame; the flags tell which of the fields behind it are there and what the addresses are. */
export const Wifi = header(
  'wifi',
  {
    control: { kind: 1, flags: 1 },
    duration: 2,
    ...{ address1: MAC_SIZE, address2: MAC_SIZE, address3: MAC_SIZE },
    sequence: 2,
  },
  ...['address4', 'quality', 'padding'],
);
/** What a capturing host puts in front of 802.11 frames; little-endian. */
export const Radiotap = header('radiotap', { version: 1, padding: 1, length: 2, present: 4 });
/** Per-Packet Information; little-endian. */
export const Ppi = header('ppi', { version: 1, flags: 1, length: 2, linkType: 4 });
/** What a Linux driver once put in front of 802.11 frames; the newer form states its length, the older has 144 bytes. */
export const Prism = header('prism', { code: 4, length: 4 });
/** Fields of any length follow: type and length in the byte order of the capturing host, then a value. */
export const Nflog = header('nflog', { family: 1, version: 1, resource: 2 });
export const NflogField = header('nflog-field', { length: 2, type: 2 });
/** What stands behind the EtherType of IEEE 802.1ah: the instance of a service, then a whole frame. */
export const BackboneTag = header('backbone-tag', { instance: 4 });
/** What stands behind the EtherType of FabricPath: tree and time to live, then a whole frame. */
export const FabricPath = header('fabric-path', { tree: 2 });

export const Ipv4 = header(
  'ip',
  {
    /** Also the header length. */ version: 1,
    ...{ tos: 1, length: 2, id: 2 },
    /** Also the fragment offset. */ flags: 2,
    ...{ ttl: 1, protocol: 1, checksum: 2, source: 4, destination: 4 },
  },
  'options',
);
export const Ipv6 = header(
  'ipv6',
  {
    /** Also traffic class and flow label. */ version: 4,
    ...{ length: 2, next: 1, hops: 1, source: 16, destination: 16 },
  },
  'extension',
);
/** An IPv6 extension header at its shortest, see extensionSize; the segments left are those of a routing header. */
export const Extension = header('extension', { next: 1, length: 1, type: 1, segmentsLeft: 1, data: 4 });
/** The IPv6 fragment header. */
export const FragmentHeader = header('fragment', { next: 1, reserved: 1, offset: 2, id: 4 });

export const Tcp = header(
  'tcp',
  {
    ...{
      sourcePort: PORT_SIZE,
      destinationPort: PORT_SIZE,
      sequence: 4,
      acknowledgment: 4,
      offset: 1,
      flags: 1,
    },
    ...{ window: 2, checksum: 2, urgent: 2 },
  },
  'options',
);
export const Udp = header('udp', {
  sourcePort: PORT_SIZE,
  destinationPort: PORT_SIZE,
  length: 2,
  checksum: 2,
});

export const Gre = header('gre', { flags: 2, protocol: 2 });
export const Vxlan = header('vxlan', { flags: 4, network: 4 });
export const Geneve = header('geneve', { version: 1, flags: 1, protocol: 2, network: 4 });
/** Version and VLAN, then session and index; type III has four bytes more and perhaps eight more behind these. */
export const Erspan2 = header('erspan', { version: 2, session: 2, index: 4 });
export const Erspan3 = header('erspan', { version: 2, session: 2, timestamp: 4, group: 2, frame: 2 });
export const Tzsp = header('tzsp', { version: 1, type: 1, protocol: 2 });
export const Gtp = header('gtp', { flags: 1, type: 1, length: 2, tunnel: 4 });

/** Link headers and what lies between them and the IP header, in the order in which their fields are listed. */
export const linkHeaders: readonly HeaderLayout[] = [
  ...[Ethernet, Vlan, Mpls, Llc, Snap, Pppoe, Ppp, Hdlc, Loopback, Sll, Sll2, Wifi, VnTag],
];
/** The headers of the packet itself, likewise. */
export const packetHeaders: readonly HeaderLayout[] = [Ipv4, Ipv6, Tcp, Udp];

/** Flags of a TCP header (RFC 9293 §3.1), without those of ECN. */
export const TcpFlag = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

export const EtherType = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  /** Of GRE and GENEVE. */ ethernet: 0x6558,
  /** Of GRE version 1. */ ppp: 0x880b,
  pppoe: 0x8864,
  vnTag: 0x8926,
  /** IEEE 802.1ah. */ backbone: 0x88e7,
  fabricPath: 0x8903,
  /** Of GRE. */ erspan2: 0x88be,
  erspan3: 0x22eb,
  /** Below this, the field is an IEEE 802.3 length. */ least: 0x0600,
} as const;
export const ETHER_TYPE_SIZE = 2;

/** True for the tag protocol identifiers of 802.1Q, 802.1ad and their vendors' forerunners for stacked tags. */
export function isVlanTag(etherType: number): boolean {
  return (
    etherType === 0x8100 ||
    etherType === 0x88a8 ||
    etherType === 0x9100 ||
    etherType === 0x9200 ||
    etherType === 0x9300
  );
}

/** MPLS, unicast and multicast. */
export const isMplsType = (etherType: number): boolean => etherType === 0x8847 || etherType === 0x8848;

/** MPLS over PPP, unicast and multicast. */
export const isMplsProtocol = (pppProtocol: number): boolean =>
  pppProtocol === 0x0281 || pppProtocol === 0x0283;

/** The first byte of Cisco HDLC, unicast and broadcast; that of PPP in HDLC framing is another. */
export const isCiscoHdlc = (address: number): boolean => address === 0x0f || address === 0x8f;

/** Numbers of IPv6 extension headers that are of interest by themselves. */
export const ExtensionType = { routing: 43, fragment: 44, authentication: 51 } as const;

/** Whether a next header is an extension header (RFC 8200, 4302, 6275, 7401, 5533) other than that of fragments. */
export function isExtension(next: number): boolean {
  switch (next) {
    case 0: // hop-by-hop options
    case ExtensionType.routing:
    case ExtensionType.authentication:
    case 60: // destination options
    case 135: // mobility
    case 139: // host identity
    case 140: // shim6
      return true;
    default:
      return false;
  }
}

/** Bytes of an extension header. @param length its length field */
export function extensionSize(type: number, length: number): number {
  if (type === ExtensionType.fragment) return FragmentHeader.size;
  return type === ExtensionType.authentication ? (length + 2) << 2 : (length + 1) << 3;
}
