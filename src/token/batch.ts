/** A batch of encoded sessions: B sessions × P packets × T tokens, with what of it is real. */

/** Tokens of a batch. Arrays may be longer than needed: a batch's buffers are reused for smaller batches. */
export interface Batch {
  /** B: sessions in the batch. */
  size: number;
  /** P: packets a session at most. */
  readonly maxPackets: number;
  /** T: tokens a packet at most (header bytes and END). */
  readonly maxTokens: number;
  /** [B]: packets of each session, 1 … P. */
  readonly packets: Uint8Array;
  /** [B, P]: tokens of each packet, 1 … T; 0 where there is no packet. */
  readonly lengths: Uint16Array;
  /** [B, P, T]: token ids, PAD beyond a packet's length. */
  readonly tokens: Uint16Array;
  /** [B]: class of each session. */
  readonly labels: Uint8Array;
}

/** Token ids. A byte is its own token. */
export const Token = {
  /** Ends every packet. */ end: 256,
  /** Stands for every byte of a hidden header field. */ hidden: 257,
  /** Fills what is no packet; no network ever reads it. */ pad: 258,
} as const;

/** Number of ids a network can meet: 256 bytes, END and HIDDEN. PAD is masked and never looked up. */
export const VOCABULARY = 258;

/** A batch with room for B sessions. */
export function createBatch(capacity: number, maxPackets: number, maxTokens: number): Batch {
  return {
    size: 0,
    maxPackets,
    maxTokens,
    packets: new Uint8Array(capacity),
    lengths: new Uint16Array(capacity * maxPackets),
    tokens: new Uint16Array(capacity * maxPackets * maxTokens).fill(Token.pad),
    labels: new Uint8Array(capacity),
  };
}
