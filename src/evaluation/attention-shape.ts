/** Attention records: the shape that a line of JSON is checked by, and the type of the same. */

/** A predicate with its description, a list of a shape, or an object of shapes. */
export type Shape =
  | { readonly is: (value: unknown) => boolean; readonly what: string }
  | { readonly list: Shape }
  | { readonly object: Readonly<Record<string, Shape>> };

/** The values that a shape lets pass. */
type Checked<S> = S extends { is: (value: unknown) => value is infer T }
  ? T
  : S extends { list: infer L }
    ? readonly Checked<L>[]
    : S extends { object: infer O }
      ? { readonly [K in keyof O]: Checked<O[K]> }
      : never;

const value = <T>(is: (v: unknown) => boolean, what: string) => ({
  is: is as (v: unknown) => v is T,
  what,
});
const isByte = (v: unknown) => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 255;
const isWhole = (v: unknown) => Number.isSafeInteger(v) && (v as number) >= 0;
const isText = (v: unknown) => typeof v === 'string';
const isShare = (v: unknown) => typeof v === 'number' && v >= 0 && v <= 1.000001;
const isTime = (v: unknown) =>
  typeof v === 'string' && /^[+-]?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(v);

const text = value<string>(isText, 'a text');
const whole = value<number>(isWhole, 'a whole number ≥ 0');
const share = value<number>(isShare, 'a number from 0 to 1');
const score = value<number | null>((v) => v === null || Number.isFinite(v), 'a number or null');
const list = <S extends Shape>(of: S) => ({ list: of });

const ends = { object: { initiator: text, responder: text } };

/** One packet; all lists of `tokens` are as long as the packet has tokens, all of `edits` as it has edited bytes. */
const packet = {
  object: {
    /** Whether the sender of the first packet sent it. */
    fromInitiator: value<boolean>((v) => typeof v === 'boolean', 'true or false'),
    /** Bytes on the wire, and of the headers. */
    originalLength: whole,
    headerLength: whole,
    /** Session attention before and after the softmax over the packets. */
    score,
    weight: share,
    tokens: {
      object: {
        /** A byte value, `END`, or `HIDDEN` for a byte that the spec hides from the network. */
        value: list(
          value<number | 'END' | 'HIDDEN'>(
            (v) => isByte(v) || v === 'END' || v === 'HIDDEN',
            'a byte, "END" or "HIDDEN"',
          ),
        ),
        /** Place and field of the byte in the headers; null for END. */
        offset: list(value<number | null>((v) => v === null || isWhole(v), 'a whole number ≥ 0 or null')),
        field: list(value<string | null>((v) => v === null || isText(v), 'a text or null')),
        /** Packet attention before and after the softmax over the tokens. */
        score: list(score),
        weight: list(share),
      },
    },
    /** Header bytes that the morph changed, whether or not the network sees them. */
    edits: {
      object: {
        offset: list(whole),
        /** What was there in the packet that this one was made from; null where it had no such byte. */
        captured: list(value<number | null>((v) => v === null || isByte(v), 'a byte, 0 … 255, or null')),
        presented: list(value<number>(isByte, 'a byte, 0 … 255')),
      },
    },
  },
};

/**
 * One session. P packets at most, T tokens a packet at most, C classes. Numbers from the network are the shortest
 * decimals of their f32 (`shortest32`); a score is null where the network has no such attention.
 */
export const attentionRecord = {
  object: {
    /** The id of the session: its index in the session table. */
    session: whole,
    /** Its place in the test set. */
    position: whole,
    /** The protocol of the packets that the network was shown. */
    protocol: text,
    /** Time of its first packet, ISO 8601 in UTC with nanoseconds. */
    start: value<string>(isTime, 'a time such as 2013-02-26T22:02:35.958312001Z'),
    /** All its packets in the capture; the network sees the first P. */
    packetsSeen: whole,
    /** Who sent the first packet to whom, as captured, and as the network was shown it. */
    captured: ends,
    presented: ends,
    /** What was done to it: `normal` or an anomaly kind. */
    kind: text,
    /** [C] */
    classes: list(text),
    actual: text,
    predicted: text,
    /** [C] */
    probabilities: list(share),
    /** T. */
    maxTokens: whole,
    /** [P]: tokens of each packet, 0 where there is no packet. Token t of packet p is masked unless t < lengths[p]. */
    lengths: list(whole),
    /** The packets that are there. */
    packets: list(packet),
  },
};

export type AttentionRecord = Checked<typeof attentionRecord>;
export type AttentionPacket = Checked<typeof packet>;
export type Ends = Checked<typeof ends>;
