/** Endpoints of a packet as text, read from its header bytes. */
import { addressSize, destinationAddress, sourceAddress, Udp } from '../capture/index.ts';

/** Seconds from 1970 to the first and last day that a Date can hold (ECMA-262 §21.4.1.1). */
const CALENDAR = 8.64e12;

/** Source and destination of one packet: `10.0.0.5:50312`, `[2001:db8::1]:443`. */
export interface Endpoints {
  readonly source: string;
  readonly destination: string;
}

/**
 * Reads addresses and ports.
 *
 * @param bytes header bytes of one packet
 * @param version IP version, 4 or 6
 * @param network offset of the IPv4 (RFC 791 §3.1) or IPv6 (RFC 8200 §3) header
 * @param transport offset of the TCP or UDP header; ports are its first four bytes
 */
export function endpoints(bytes: Uint8Array, version: number, network: number, transport: number): Endpoints {
  const end = (address: number, port: number): string => {
    const octets = bytes.subarray(address, address + addressSize(version));
    const text = addressText(octets);
    return `${version === 6 ? `[${text}]` : text}:${(bytes[port]! << 8) | bytes[port + 1]!}`;
  };
  return {
    source: end(sourceAddress(version, network), transport + Udp.sourcePort),
    destination: end(destinationAddress(version, network), transport + Udp.destinationPort),
  };
}

/** The address of an endpoint: `10.0.0.5:443`, `[2001:db8::1]:443`, or one without a port. */
export function addressIn(endpoint: string): string {
  if (endpoint.startsWith('[')) return endpoint.slice(1, endpoint.indexOf(']'));
  const colon = endpoint.indexOf(':');
  return colon >= 0 && colon === endpoint.lastIndexOf(':') ? endpoint.slice(0, colon) : endpoint;
}

/** The port of an endpoint that has one. */
export const portIn = (endpoint: string): number => Number(endpoint.slice(endpoint.lastIndexOf(':') + 1));

/** `10.0.0.5`, `2001:db8::1`: the text of the 4 or 16 bytes of an address. */
export const addressText = (octets: Uint8Array): string =>
  octets.length === 16 ? ipv6Text(octets) : octets.join('.');

/** The canonical text of an IPv6 address (RFC 5952): lower case, the longest run of zeros as `::`. */
export function ipv6Text(address: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => (address[2 * i]! << 8) | address[2 * i + 1]!);
  let start = 0;
  let length = 1; // a single zero is not shortened (§4.2.2)
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && words[i + run] === 0) run++;
    if (run > length) [start, length] = [i, run];
  }
  const hex = (part: readonly number[]) => part.map((w) => w.toString(16)).join(':');
  return length === 1 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

/**
 * A packet's time stamp as ISO 8601 in UTC with nanoseconds: `2013-02-26T22:02:35.958312001Z`. A damaged one beyond the
 * calendar of ECMAScript (±8.64e12 s) becomes its nearest end.
 */
export function timeText(seconds: number, nanoseconds: number): string {
  const within = Math.max(-CALENDAR, Math.min(CALENDAR, seconds));
  const date = new Date(within * 1000).toISOString();
  return `${date.slice(0, -5)}.${String(nanoseconds).padStart(9, '0')}Z`;
}
