/** Variants of the tokens in the notebooks of the Deep Session Learning article, made of what the encoder wrote. */
import { Scope, type SessionBytes, scopeOf } from '../anomaly/index.ts';
import { addressSize, destinationAddress, sourceAddress } from '../capture/index.ts';
import { createBatch, Token } from './batch.ts';
import { type EncodeOptions, readStart, type TokenEncoder } from './encode.ts';

export interface NotebookOptions {
  /** A byte is a token, or its two hexadecimal digits are one each: 16 of them and END. */
  readonly unit?: 'byte' | 'character';
  /** The bytes of a packet from first to last, or from last to first; END comes last. */
  readonly order?: 'forward' | 'reversed';
  /** Public addresses as they are, or each of their bytes as the token that hidden ones have. */
  readonly publicAddresses?: 'shown' | 'one-token';
}

/** `tokens` of a spec. */
export type TokenOptions = EncodeOptions & NotebookOptions;

/** Tokens of a packet at most, with END. */
export const mostTokens = ({ bytes, unit }: NotebookOptions & { readonly bytes: number }): number =>
  (unit === 'character' ? 2 * bytes : bytes) + 1;

/**
 * Place among the bytes that are read of what token t stands for.
 *
 * @param length tokens of the packet without END
 */
export function bytePlace({ unit, order }: NotebookOptions, t: number, length: number): number {
  const digits = unit === 'character' ? 2 : 1;
  const place = Math.floor(t / digits);
  return order === 'reversed' ? length / digits - 1 - place : place;
}

/** An encoder whose tokens are as these options say; the same one where they say nothing. */
export function asInNotebook(encoder: TokenEncoder, options: TokenOptions): TokenEncoder {
  const { unit = 'byte', order = 'forward', publicAddresses = 'shown' } = options;
  if (unit === 'byte' && order === 'forward' && publicAddresses === 'shown') return encoder;
  const maxTokens = mostTokens(options);
  const B = encoder.maxTokens;
  let written = createBatch(1, 1, B);
  return {
    ...encoder,
    maxTokens,
    encode(session, batch, row) {
      const P = batch.maxPackets;
      if (batch.maxTokens !== maxTokens)
        throw new RangeError(`encode: a batch of ${batch.maxTokens} tokens a packet, expected ${maxTokens}`);
      if (written.maxPackets !== P) written = createBatch(1, P, B);
      encoder.encode(session, written, 0);
      batch.packets[row] = session.packets;
      batch.tokens.fill(Token.pad, row * P * maxTokens, (row + 1) * P * maxTokens);
      batch.lengths.fill(0, row * P, (row + 1) * P);
      for (let p = 0; p < session.packets; p++) {
        const bytes = written.tokens.subarray(p * B, p * B + written.lengths[p]! - 1);
        if (publicAddresses === 'one-token')
          coverPublic(session, p, bytes, readStart(options.from, session, p));
        const length = unit === 'character' ? 2 * bytes.length : bytes.length;
        const to = (row * P + p) * maxTokens;
        for (let t = 0; t < length; t++) {
          const token = bytes[bytePlace(options, t, length)]!;
          batch.tokens[to + t] =
            unit === 'byte' || token > 0xff ? token : t % 2 === 0 ? token >> 4 : token & 15;
        }
        batch.tokens[to + length] = Token.end;
        batch.lengths[row * P + p] = length + 1;
      }
    },
  };
}

/** Hides the public ones of the two addresses of packet p, as far as they are read; the first token is byte `begin`. */
function coverPublic(session: SessionBytes, p: number, tokens: Uint16Array, begin: number): void {
  const version = session.version[p] === 6 ? 6 : 4;
  for (const placeOf of [sourceAddress, destinationAddress]) {
    const at = placeOf(version, session.network[p]!);
    if (scopeOf(version, session.bytes, p * session.stride + at) !== Scope.public) continue;
    const from = Math.max(0, at - begin);
    const to = Math.min(at - begin + addressSize(version), tokens.length);
    if (to > from) tokens.fill(Token.hidden, from, to);
  }
}
