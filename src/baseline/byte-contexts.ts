/**
 * What stands before every byte of a session: its place in the headers, and the bytes that may tell it. Places are those of
 * the header (a TTL is a TTL behind any VLAN tag), of either side.
 */
import type { SessionBytes } from '../anomaly/index.ts';
import { Ethernet, type HeaderLayout, Ipv4, Ipv6, Link, Protocol, Tcp, Udp } from '../capture/index.ts';
import { createBatch, createEncoder, readStart, type TokenOptions } from '../token/index.ts';

/** Bytes of a header that have a place of their own; what is behind them shares the last one. */
const PLACES = 128;
const Region = { link: 0, ipv4: 1, ipv6: 2, tcp: 3, udp: 4 } as const;
/** Places of all regions, of both sides. */
export const SLOTS = 2 * 5 * PLACES;

/** What a byte is predicted from, each a context of its own. */
export const CONTEXTS = 4;
/** Which packet of its side it is in: the first, the second, the third, a later one. */ const ORDER = 0;
/** The byte before it in the packet. */ const BEFORE = 1;
/** The same place in the packet of the same side before. */ const AGAIN = 2;
/** In the last packet of the other side the place where it would be told: a source where here is a destination. */ const MIRROR = 3;

/** Contexts that a byte may have, as numbers. */
export const CONTEXT_KEYS = CONTEXTS * SLOTS * 256;

/** The bytes of one session that the network sees; n of them. */
export interface ByteContexts {
  n: number;
  /** [n]: places. */
  readonly slot: Uint16Array;
  /** [n] */
  readonly value: Uint8Array;
  /** [n]: packet, and offset in it. */
  readonly packet: Uint8Array;
  readonly offset: Uint16Array;
  /** [n, CONTEXTS]: the key of each context, below CONTEXT_KEYS; −1 where there is none. */
  readonly key: Int32Array;
}

/** Fields that change places between the directions of a dialogue; all others are mirrored by themselves. */
const MIRRORED: readonly (readonly [string, string])[] = [
  ['ethernet.destination', 'ethernet.source'],
  ['ip.source', 'ip.destination'],
  ['ipv6.source', 'ipv6.destination'],
  ['tcp.source-port', 'tcp.destination-port'],
  ['tcp.sequence', 'tcp.acknowledgement'],
  ['udp.source-port', 'udp.destination-port'],
];

/** [PLACES]: for each place of a header the one that mirrors it. */
function mirrorOf({ fields }: HeaderLayout): Uint8Array {
  const mirror = Uint8Array.from({ length: PLACES }, (_, place) => place);
  const starts = new Map<string, number>();
  let at = 0;
  for (const [name, size] of fields) {
    starts.set(name, at);
    at += size;
  }
  for (const [one, other] of MIRRORED) {
    const a = starts.get(one);
    const b = starts.get(other);
    if (a === undefined || b === undefined) continue;
    const size = fields.find(([name]) => name === one)![1];
    for (let i = 0; i < size; i++) {
      mirror[a + i] = b + i;
      mirror[b + i] = a + i;
    }
  }
  return mirror;
}

const MIRRORS = [Ethernet, Ipv4, Ipv6, Tcp, Udp].map(mirrorOf);

/**
 * Reads sessions; every reading is overwritten by the next. Hidden bytes and what lies beyond `bytes` of a packet are not
 * there, neither to be predicted nor to predict from.
 */
export function createContextReader(
  tokens: TokenOptions,
  maxPackets: number,
): (session: SessionBytes) => ByteContexts {
  const encoder = createEncoder(tokens);
  const T = encoder.maxTokens;
  const batch = createBatch(1, maxPackets, T);
  const room = maxPackets * T;
  const into: ByteContexts = {
    n: 0,
    slot: new Uint16Array(room),
    value: new Uint8Array(room),
    packet: new Uint8Array(room),
    offset: new Uint16Array(room),
    key: new Int32Array(room * CONTEXTS),
  };
  /** By side: its last packet, −1 before its first. */
  const last = new Int32Array(2);
  const sent = new Int32Array(2);

  /** The byte at a place of a region of packet p; −1 where there is none that is seen. */
  function byteAt(session: SessionBytes, p: number, region: number, place: number): number {
    const start = regionStart(session, p, region);
    if (start < 0) return -1;
    const t = start + place - readStart(tokens.from, session, p);
    if (t < 0 || t >= batch.lengths[p]! - 1) return -1;
    const token = batch.tokens[p * T + t]!;
    return token < 256 ? token : -1;
  }

  function readPacket(session: SessionBytes, p: number): void {
    const side = session.fromInitiator[p] === session.fromInitiator[0] ? 0 : 1;
    const begin = readStart(tokens.from, session, p);
    const network = session.network[p]!;
    const transport = session.transport[p]!;
    const ip = session.version[p] === 6 ? Region.ipv6 : Region.ipv4;
    const above = session.protocol === Protocol.udp ? Region.udp : Region.tcp;
    const again = last[side]!;
    const answer = last[1 - side]!;
    const order = Math.min(sent[side]!, 3);
    let before = 0;
    for (let t = 0; t < batch.lengths[p]! - 1; t++) {
      const token = batch.tokens[p * T + t]!;
      if (token >= 256) {
        before = 0;
        continue;
      }
      const offset = begin + t;
      const region = offset < network ? Region.link : offset < transport ? ip : above;
      const start = region === Region.link ? 0 : region === ip ? network : transport;
      const place = Math.min(offset - start, PLACES - 1);
      const slot = (side * 5 + region) * PLACES + place;
      const swaps = region !== Region.link || session.link[p] === Link.ethernet;
      const told = swaps ? MIRRORS[region]![place]! : place;
      const i = into.n++;
      into.slot[i] = slot;
      into.value[i] = token;
      into.packet[i] = p;
      into.offset[i] = offset;
      const key = (context: number, value: number) =>
        value < 0 ? -1 : ((context * SLOTS + slot) << 8) | value;
      into.key[i * CONTEXTS + ORDER] = key(ORDER, order);
      into.key[i * CONTEXTS + BEFORE] = key(BEFORE, before);
      into.key[i * CONTEXTS + AGAIN] = key(AGAIN, again < 0 ? -1 : byteAt(session, again, region, place));
      into.key[i * CONTEXTS + MIRROR] = key(MIRROR, answer < 0 ? -1 : byteAt(session, answer, region, told));
      before = token;
    }
    last[side] = p;
    sent[side]!++;
  }

  return (session) => {
    encoder.encode(session, batch, 0);
    into.n = 0;
    last.fill(-1);
    sent.fill(0);
    for (let p = 0; p < session.packets; p++) readPacket(session, p);
    return into;
  };
}

/** Where a region begins in packet p, −1 where the packet has no such header. */
function regionStart(session: SessionBytes, p: number, region: number): number {
  if (region === Region.link) return 0;
  if (region === Region.ipv4 || region === Region.ipv6)
    return (session.version[p] === 6) === (region === Region.ipv6) ? session.network[p]! : -1;
  return session.transport[p]!;
}
