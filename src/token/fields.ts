/**
 * The header field of every header byte: one table of names and sizes in bytes, in the order on the wire. Link headers,
 * whose layout depends on their bytes, are in link.ts.
 *
 * A name is `header.field`. Fields that share a byte share a name, that of the first (`ip.version` holds the header
 * length too, `ip.flags` the fragment offset, `ipv6.version` traffic class and flow label). Sources: RFC 791, 8200,
 * 9293, 768.
 */
import type { SessionBytes } from '../anomaly/index.ts';
import { Protocol } from '../session/index.ts';
import { walkLink } from './link.ts';

/** A field: its name and its bytes. */
type Field = readonly [name: string, size: number];

/** A header: its fixed fields, then others that repeat until the header ends. */
export interface Header {
  readonly fields: readonly Field[];
  readonly rest: readonly Field[];
}

/** Ethernet II without tags, which is what most packets have; link.ts knows the others. */
export const ethernet: Header = {
  fields: [
    ['ethernet.destination', 6],
    ['ethernet.source', 6],
    ['ethernet.type', 2],
  ],
  rest: [],
};

export const headers = {
  ip: {
    fields: [
      ['ip.version', 1],
      ['ip.tos', 1],
      ['ip.length', 2],
      ['ip.id', 2],
      ['ip.flags', 2],
      ['ip.ttl', 1],
      ['ip.protocol', 1],
      ['ip.checksum', 2],
      ['ip.source', 4],
      ['ip.destination', 4],
    ],
    rest: [['ip.options', 1]],
  },
  ipv6: {
    fields: [
      ['ipv6.version', 4],
      ['ipv6.length', 2],
      ['ipv6.next', 1],
      ['ipv6.hops', 1],
      ['ipv6.source', 16],
      ['ipv6.destination', 16],
    ],
    rest: [['ipv6.extension', 1]],
  },
  tcp: {
    fields: [
      ['tcp.source-port', 2],
      ['tcp.destination-port', 2],
      ['tcp.sequence', 4],
      ['tcp.acknowledgment', 4],
      ['tcp.offset', 1],
      ['tcp.flags', 1],
      ['tcp.window', 2],
      ['tcp.checksum', 2],
      ['tcp.urgent', 2],
    ],
    rest: [['tcp.options', 1]],
  },
  udp: {
    fields: [
      ['udp.source-port', 2],
      ['udp.destination-port', 2],
      ['udp.length', 2],
      ['udp.checksum', 2],
    ],
    rest: [],
  },
} as const satisfies Record<string, Header>;

const networkHeader = (version: number): Header => (version === 6 ? headers.ipv6 : headers.ip);
const transportHeader = (protocol: number): Header => (protocol === Protocol.udp ? headers.udp : headers.tcp);

/**
 * The field of every header byte of packet p, in order: `ethernet.source`, `ip.ttl`, `tcp.sequence`, …
 *
 * Headers begin where the capture's decoder found them, whatever a morph has made of their bytes.
 */
export function fieldNames(session: SessionBytes, p: number): readonly string[] {
  const network = session.network[p]!;
  const transport = session.transport[p]!;
  const link: string[] = [];
  walkLink(session.link[p]!, session.bytes, p * session.stride, network, (name, from, to) => {
    for (let i = from; i < to; i++) link.push(name);
  });
  return [
    ...link,
    ...namesOf(networkHeader(session.version[p]!), transport - network),
    ...namesOf(transportHeader(session.protocol), session.length[p]! - transport),
  ];
}

/** Names of the first `length` bytes of a header. */
function namesOf(header: Header, length: number): readonly string[] {
  const names: string[] = [];
  const add = ([name, size]: Field) => {
    for (let i = 0; i < size; i++) names.push(name);
  };
  header.fields.forEach(add);
  while (names.length < length && header.rest.length > 0) header.rest.forEach(add);
  if (names.length < length)
    throw new RangeError(`fieldNames: a header of ${length} bytes, expected at most ${names.length}`);
  return names.slice(0, length);
}
