/** Which sessions are the same to who reads tokens. */
import { stream } from '../random/index.ts';
import { mix } from '../session/index.ts';
import { type Batch, createBatch } from '../token/index.ts';
import { createPresenter, type PresentOptions } from '../training/index.ts';

/** Fields in which sessions differ that are otherwise near-identical; checksums follow from them. */
export const PASSING = ['ip.id', 'port', 'tcp.sequence', 'tcp.acknowledgment', 'tcp.options', 'checksum'];

/** How sessions are presented that are left as they were captured. */
const UNTOUCHED = { normal: 1, kinds: {}, repair: [] };

/** A session of the table, as captured, as a number: the same tokens have the same. */
export type Fingerprint = (session: number) => number;

/**
 * @param present how the network reads sessions
 * @param without fields that are not looked at, beside those that the network does not read
 */
export function createFingerprint(present: PresentOptions, without: readonly string[] = []): Fingerprint {
  const { truth: _, shown: __, classes: ___, redraw: ____, ...rest } = present;
  const tokens = { ...rest.tokens, hide: [...rest.tokens.hide, ...without] };
  const presenter = createPresenter({ ...rest, tokens, anomalies: UNTOUCHED, task: 'anomalous' });
  const batch = createBatch(1, presenter.maxPackets, presenter.maxTokens);
  // It draws whether a session stays normal, which all do.
  const source = stream(0, 'audit');
  return (session) => {
    presenter.present(session, source, batch, 0);
    return tokensKey(batch, 0);
  };
}

/** The tokens of a row as a number of 53 bits: of a million sessions two that differ have the same once in 10⁴ times. */
export function tokensKey({ packets, lengths, tokens, maxPackets, maxTokens }: Batch, row: number): number {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  const P = packets[row]!;
  for (let p = 0; p < P; p++) {
    const packet = row * maxPackets + p;
    const end = packet * maxTokens + lengths[packet]!;
    for (let t = packet * maxTokens; t < end; t++) {
      const token = tokens[t]!;
      a = Math.imul(a ^ token, 0x01000193);
      b = Math.imul(((b << 5) | (b >>> 27)) ^ token, 0x85ebca6b);
    }
  }
  return (mix(a) >>> 0) * 0x200000 + (mix(b) >>> 11);
}
