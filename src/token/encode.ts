/** From header bytes to tokens. */
import type { SessionBytes } from '../anomaly/index.ts';
import { Ethernet, Ipv4, Ipv6, Link, linkFields, Protocol, Tcp, Udp, walkLink } from '../capture/index.ts';
import { FaultError } from '../fault/index.ts';
import { type Batch, Token } from './batch.ts';
import { type DerivedRule, type HeaderMask, hiddenFields, maskOf } from './hide.ts';

/** `tokens` of a spec. */
export interface EncodeOptions {
  /** Header bytes of a packet that are read. */
  readonly bytes: number;
  /** Where reading begins, by default with the link header. */
  readonly from?: ReadFrom;
  /** Header fields, or groups of them, see hideableFields. */
  readonly hide: readonly string[];
  /** Whether fields that follow from hidden ones are hidden, too (which is so by default), or shown. */
  readonly derived?: DerivedRule;
}

/** With the link header, or with the IP header: then VLAN tags and the like take no bytes from the headers behind them. */
export const readFroms = ['link', 'ip'] as const;
export type ReadFrom = (typeof readFroms)[number];

/** Offset in packet p of the first byte that is read. */
export const readStart = (from: ReadFrom | undefined, session: SessionBytes, p: number): number =>
  from === 'ip' ? session.network[p]! : 0;

export interface TokenEncoder {
  /** T: tokens of a packet at most, bytes + 1. */
  readonly maxTokens: number;
  /**
   * Writes a session to a row of a batch, P packets × T tokens: of each packet `bytes` header bytes from its beginning
   * (or its IP header) on, hidden ones as Token.hidden, then END, then PAD. A packet with fewer header bytes is
   * shorter. Everything of the row but its label is written.
   *
   * @throws RangeError when the batch has another T, fewer packets than the session, or no such row
   */
  encode(session: SessionBytes, batch: Batch, row: number): void;
  /** Whether packet p of a session and packet q of another have the same tokens. */
  isSamePacket(a: SessionBytes, p: number, b: SessionBytes, q: number): boolean;
}

/**
 * An encoder.
 *
 * @throws FaultError when `bytes` is no positive integer or a name to hide is not known
 */
export function createEncoder(options: EncodeOptions): TokenEncoder {
  const { bytes, from: origin } = options;
  if (!Number.isInteger(bytes) || bytes < 1)
    throw new FaultError({ place: 'tokens.bytes', problem: `got ${bytes}, must be a positive integer` });
  const hidden = hiddenFields(options);
  const hides = hidden.size > 0;
  const T = bytes + 1;
  const hidesLink = origin !== 'ip' && linkFields.some((name) => hidden.has(name));
  const plain = maskOf(Ethernet, hidden);
  const ipv4 = maskOf(Ipv4, hidden);
  const ipv6 = maskOf(Ipv6, hidden);
  const tcp = maskOf(Tcp, hidden);
  const udp = maskOf(Udp, hidden);
  const scratch = [new Uint16Array(T), new Uint16Array(T)] as const;

  /** Writes packet p to tokens[to …]. @returns its tokens without END */
  function encodePacket(session: SessionBytes, p: number, tokens: Uint16Array, to: number): number {
    const begin = readStart(origin, session, p);
    const n = Math.min(session.length[p]! - begin, bytes);
    const from = p * session.stride + begin;
    for (let i = 0; i < n; i++) tokens[to + i] = session.bytes[from + i]!;
    tokens[to + n] = Token.end;
    if (!hides) return n;
    const network = session.network[p]! - begin;
    const transport = session.transport[p]! - begin;
    if (begin === 0) {
      if (session.link[p] === Link.ethernet && network === plain.size)
        cover(plain, tokens, to, Math.min(network, n));
      else if (hidesLink)
        walkLink(session.link[p]!, session.bytes, from, network, (name, first, end) => {
          if (hidden.has(name)) tokens.fill(Token.hidden, to + first, to + Math.min(end, n));
        });
    }
    const networkMask = session.version[p] === 6 ? ipv6 : ipv4;
    cover(networkMask, tokens, to + network, Math.min(transport, n) - network);
    cover(session.protocol === Protocol.udp ? udp : tcp, tokens, to + transport, n - transport);
    return n;
  }

  return {
    maxTokens: T,
    encode(session, batch, row) {
      checkShape(session, batch, row, T);
      const P = batch.maxPackets;
      const { tokens, lengths } = batch;
      const { packets } = session;
      batch.packets[row] = packets;
      for (let p = 0; p < packets; p++) {
        const to = (row * P + p) * T;
        const n = encodePacket(session, p, tokens, to);
        tokens.fill(Token.pad, to + n + 1, to + T);
        lengths[row * P + p] = n + 1;
      }
      tokens.fill(Token.pad, (row * P + packets) * T, (row + 1) * P * T);
      lengths.fill(0, row * P + packets, (row + 1) * P);
    },
    isSamePacket(a, p, b, q) {
      const n = encodePacket(a, p, scratch[0], 0);
      if (n !== encodePacket(b, q, scratch[1], 0)) return false;
      for (let i = 0; i < n; i++) if (scratch[0][i] !== scratch[1][i]) return false;
      return true;
    },
  };
}

/** Hides what the mask says of the `length` bytes of a header that begins at tokens[start]. */
function cover(mask: HeaderMask, tokens: Uint16Array, start: number, length: number): void {
  const { offsets, rest, size } = mask;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i]!;
    if (offset >= length) return;
    tokens[start + offset] = Token.hidden;
  }
  if (rest && length > size) tokens.fill(Token.hidden, start + size, start + length);
}

function checkShape(session: SessionBytes, batch: Batch, row: number, T: number): void {
  if (batch.maxTokens !== T)
    throw new RangeError(`encode: a batch of ${batch.maxTokens} tokens a packet, expected ${T}`);
  if (session.packets > batch.maxPackets)
    throw new RangeError(
      `encode: ${session.packets} packets, but the batch takes ${batch.maxPackets} a session`,
    );
  if (!(row >= 0 && row < batch.packets.length))
    throw new RangeError(`encode: row ${row}, expected one of 0 … ${batch.packets.length - 1}`);
}
