/** From header bytes to tokens. */
import type { SessionBytes } from '../anomaly/index.ts';
import { Ethernet, Ipv4, Ipv6, Link, linkFields, Protocol, Tcp, Udp, walkLink } from '../capture/index.ts';
import { FaultError } from '../fault/index.ts';
import { type Batch, Token } from './batch.ts';
import { type HeaderMask, maskOf, resolveHide } from './hide.ts';

/** `tokens` of a spec. */
export interface EncodeOptions {
  /** Header bytes of a packet that are read. */
  readonly bytes: number;
  /** Header fields, or groups of them, see hideableFields. */
  readonly hide: readonly string[];
}

export interface TokenEncoder {
  /** T: tokens of a packet at most, bytes + 1. */
  readonly maxTokens: number;
  /**
   * Writes a session to a row of a batch, P packets × T tokens: of each packet its first `bytes` header bytes, hidden
   * ones as Token.hidden, then END, then PAD. A packet with fewer header bytes is shorter. Everything of the row but
   * its label is written.
   *
   * @throws RangeError when the batch has another T, fewer packets than the session, or no such row
   */
  encode(session: SessionBytes, batch: Batch, row: number): void;
}

/**
 * An encoder.
 *
 * @throws FaultError when `bytes` is no positive integer or a name to hide is not known
 */
export function createEncoder(options: EncodeOptions): TokenEncoder {
  const { bytes } = options;
  if (!Number.isInteger(bytes) || bytes < 1)
    throw new FaultError({ place: 'tokens.bytes', problem: `got ${bytes}, must be a positive integer` });
  const hidden = resolveHide(options.hide);
  const hides = hidden.size > 0;
  const T = bytes + 1;
  const hidesLink = linkFields.some((name) => hidden.has(name));
  const plain = maskOf(Ethernet, hidden);
  const ipv4 = maskOf(Ipv4, hidden);
  const ipv6 = maskOf(Ipv6, hidden);
  const tcp = maskOf(Tcp, hidden);
  const udp = maskOf(Udp, hidden);

  return {
    maxTokens: T,
    encode(session, batch, row) {
      checkShape(session, batch, row, T);
      const P = batch.maxPackets;
      const { tokens, lengths } = batch;
      const { packets, stride } = session;
      const transportMask = session.protocol === Protocol.udp ? udp : tcp;
      batch.packets[row] = packets;
      for (let p = 0; p < packets; p++) {
        const n = Math.min(session.length[p]!, bytes);
        const from = p * stride;
        const to = (row * P + p) * T;
        for (let i = 0; i < n; i++) tokens[to + i] = session.bytes[from + i]!;
        tokens[to + n] = Token.end;
        tokens.fill(Token.pad, to + n + 1, to + T);
        lengths[row * P + p] = n + 1;
        if (!hides) continue;
        const network = session.network[p]!;
        const transport = session.transport[p]!;
        if (session.link[p] === Link.ethernet && network === plain.size)
          cover(plain, tokens, to, Math.min(network, n));
        else if (hidesLink)
          walkLink(session.link[p]!, session.bytes, from, network, (name, first, end) => {
            if (hidden.has(name)) tokens.fill(Token.hidden, to + first, to + Math.min(end, n));
          });
        const networkMask = session.version[p] === 6 ? ipv6 : ipv4;
        cover(networkMask, tokens, to + network, Math.min(transport, n) - network);
        cover(transportMask, tokens, to + transport, n - transport);
      }
      tokens.fill(Token.pad, (row * P + packets) * T, (row + 1) * P * T);
      lengths.fill(0, row * P + packets, (row + 1) * P);
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
