/**
 * A second opinion on frames: reads them by the RFCs and shares no code with the writer.
 */

export interface Decoded {
  readonly kind: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'arp';
  readonly ipv6: boolean;
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source: string;
  readonly destination: string;
  readonly hops: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

/** One's complement sum over bytes; 0xffff over a region that includes its checksum means intact. */
export function onesSum(...regions: readonly Uint8Array[]): number {
  let sum = 0;
  for (const region of regions) {
    for (let i = 0; i < region.length; i++) {
      sum += i % 2 === 0 ? region[i]! * 256 : region[i]!;
      if (sum > 0xffff) sum -= 0xffff;
    }
  }
  return sum;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Decodes a whole frame (not cut by a snap length); throws where lengths or checksums do not agree. */
export function verifyFrame(frame: Uint8Array): Decoded {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  must(frame.length >= 60 && frame.length <= 1514, `a frame of ${frame.length} bytes`);
  const type = view.getUint16(12);
  const macs = { destinationMac: hex(frame.subarray(0, 6)), sourceMac: hex(frame.subarray(6, 12)) };
  const nothing = {
    ...macs,
    hops: 0,
    identification: 0,
    dontFragment: false,
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    acknowledgement: 0,
    flags: 0,
    window: 0,
    options: frame.subarray(0, 0),
    payload: frame.subarray(0, 0),
  };
  if (type === 0x0806) {
    must(hex(frame.subarray(14, 20)) === '000108000604', 'ARP is for Ethernet and IPv4');
    padding(frame, 42);
    const source = hex(frame.subarray(28, 32));
    return { ...nothing, kind: 'arp', ipv6: false, source, destination: hex(frame.subarray(38, 42)) };
  }
  must(type === 0x0800 || type === 0x86dd, `EtherType ${type.toString(16)}`);
  const ipv6 = type === 0x86dd;
  must(frame[14]! >>> 4 === (ipv6 ? 6 : 4), 'the IP version agrees with the EtherType');
  if (!ipv6) must(onesSum(frame.subarray(14, 34)) === 0xffff, 'the IPv4 header checksum verifies');
  const at = ipv6 ? 54 : 34;
  const end = ipv6 ? at + view.getUint16(18) : 14 + view.getUint16(16);
  padding(frame, end);
  const source = ipv6 ? frame.subarray(22, 38) : frame.subarray(26, 30);
  const destination = ipv6 ? frame.subarray(38, 54) : frame.subarray(30, 34);
  const protocol = ipv6 ? frame[20]! : frame[23]!;
  const upper = frame.subarray(at, end);
  const pseudo = Uint8Array.of(0, protocol, upper.length >>> 8, upper.length & 0xff);
  const covered = protocol === 1 ? onesSum(upper) : onesSum(source, destination, pseudo, upper);
  must(covered === 0xffff, `the checksum of protocol ${protocol} verifies`);
  const common = {
    ...nothing,
    ipv6,
    source: hex(source),
    destination: hex(destination),
    hops: ipv6 ? frame[21]! : frame[22]!,
    identification: ipv6 ? 0 : view.getUint16(18),
    dontFragment: !ipv6 && (frame[20]! & 0x40) !== 0,
  };
  if (protocol === 1 || protocol === 58) {
    return { ...common, kind: protocol === 1 ? 'icmp' : 'icmpv6', payload: upper.subarray(8) };
  }
  const ports = { sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
  if (protocol === 17) {
    must(view.getUint16(at + 4) === upper.length, 'UDP and IP lengths agree');
    must(view.getUint16(at + 6) !== 0, 'the UDP checksum is there');
    return { ...common, ...ports, kind: 'udp', payload: upper.subarray(8) };
  }
  must(protocol === 6, `protocol ${protocol}`);
  const header = (frame[at + 12]! >>> 4) * 4;
  must(header >= 20 && header <= upper.length, 'the TCP header fits');
  return {
    ...common,
    ...ports,
    kind: 'tcp',
    sequence: view.getUint32(at + 4),
    acknowledgement: view.getUint32(at + 8),
    flags: frame[at + 13]!,
    window: view.getUint16(at + 14),
    options: upper.subarray(20, header),
    payload: upper.subarray(header),
  };
}

/** The kinds of TCP options in order, NOP and end included; throws where they do not fit the header. */
export function optionKinds(options: Uint8Array): number[] {
  const kinds: number[] = [];
  for (let i = 0; i < options.length; ) {
    const kind = options[i]!;
    kinds.push(kind);
    if (kind === 0) {
      must(
        options.subarray(i).every((byte) => byte === 0),
        'only zeros after the end of the options',
      );
      break;
    }
    const length = kind === 1 ? 1 : options[i + 1]!;
    must(length >= 1 && i + length <= options.length, `option ${kind} fits`);
    i += length;
  }
  return kinds;
}

function padding(frame: Uint8Array, end: number): void {
  must(
    frame.length === Math.max(60, end),
    `the frame has ${frame.length} bytes and its content ends at ${end}`,
  );
  must(
    frame.subarray(end).every((byte) => byte === 0),
    'the padding is zero',
  );
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
