/** What the network attended to in one test session, as one line of JSON with all that is needed to show it. */
import type { SessionBytes } from '../anomaly/index.ts';
import type { Attention } from '../network/index.ts';
import type { SessionTable } from '../session/index.ts';
import { type Batch, bytePlace, fieldNames, readStart, Token, type TokenOptions } from '../token/index.ts';
import { endpoints, timeText } from './endpoint.ts';
import { mostProbable } from './matrix.ts';
import { shortest32 } from './shortest.ts';

/**
 * One session. P packets at most, T tokens a packet at most, C classes. Numbers from the network are the shortest
 * decimals of their f32 (`shortest32`); a score is null where the network has no such attention.
 */
export interface AttentionRecord {
  /** The id of the session: its index in the session table. */
  readonly session: number;
  /** Its place in the test set. */
  readonly position: number;
  /** Of the packets that the network was shown. */
  readonly protocol: string;
  /** Time of its first packet, ISO 8601 in UTC with nanoseconds. */
  readonly start: string;
  /** All its packets in the capture; the network sees the first P. */
  readonly packetsSeen: number;
  /** Who sent the first packet to whom, as captured, and as the network was shown it. */
  readonly captured: Ends;
  readonly presented: Ends;
  /** What was done to it: `normal` or an anomaly kind. */
  readonly kind: string;
  /** [C] */
  readonly classes: readonly string[];
  readonly actual: string;
  readonly predicted: string;
  /** [C] */
  readonly probabilities: readonly number[];
  /** T. */
  readonly maxTokens: number;
  /** [P]: tokens of each packet, 0 where there is no packet. Token t of packet p is masked unless t < lengths[p]. */
  readonly lengths: readonly number[];
  /** The packets that are there. */
  readonly packets: readonly AttentionPacket[];
  /** The byte that is least as in training sessions; absent where that was not asked. */
  readonly surprise?: SurpriseRecord;
}

/** A byte that is not as usual, by the baseline `surprise`. */
export interface SurpriseRecord {
  /** From 0 on. */
  readonly packet: number;
  readonly offset: number;
  readonly field: string;
  readonly value: number;
  /** Its surprise in bits, what is usual at its place, and how many standard deviations that is apart. */
  readonly bits: number;
  readonly usualBits: number;
  readonly score: number;
  /** The value that was most probable there, and its probability. */
  readonly expected: number;
  readonly probability: number;
}

export interface Ends {
  readonly initiator: string;
  readonly responder: string;
}

/** One packet; all arrays of `tokens` are as long as the packet has tokens, all of `edits` as it has edited bytes. */
export interface AttentionPacket {
  /** Whether the sender of the first packet sent it. */
  readonly fromInitiator: boolean;
  /** Bytes on the wire, and of the headers. */
  readonly originalLength: number;
  readonly headerLength: number;
  /** Session attention before and after the softmax over the packets. */
  readonly score: number | null;
  readonly weight: number;
  readonly tokens: {
    /** A byte value, `END`, or `HIDDEN` for a byte that the spec hides from the network. */
    readonly value: readonly (number | 'END' | 'HIDDEN')[];
    /** Place and field of the byte in the headers; null for END. */
    readonly offset: readonly (number | null)[];
    readonly field: readonly (string | null)[];
    /** Packet attention before and after the softmax over the tokens. */
    readonly score: readonly (number | null)[];
    readonly weight: readonly number[];
  };
  /** Header bytes that the morph changed, whether or not the network sees them. */
  readonly edits: {
    readonly offset: readonly number[];
    /** What was there in the packet that this one was made from; null where it had no such byte. */
    readonly captured: readonly (number | null)[];
    readonly presented: readonly number[];
  };
}

/** What `dumpRecord` reads. */
export interface DumpInput {
  readonly sessions: SessionTable;
  /** The session as presented, after its morph. */
  readonly bytes: SessionBytes;
  readonly position: number;
  readonly classes: readonly string[];
  /** What the morph did: `normal` or an anomaly kind; by default the name of the session's class. */
  readonly kind?: string;
  /** The batch in which it was presented, its row there, and what the network attended to. */
  readonly batch: Batch;
  readonly row: number;
  readonly attention: Attention;
  /** The byte that surprises most, where that was asked. */
  readonly surprise?: Omit<SurpriseRecord, 'field'> | null;
  /** How the tokens are, where they are not the bytes in their order from the link header on. */
  readonly tokens?: Partial<TokenOptions>;
}

/** The record of one session; `JSON.stringify` makes the line of it. */
export function dumpRecord(input: DumpInput): AttentionRecord {
  const { sessions, bytes, batch, row, attention, classes } = input;
  const s = bytes.session;
  const first = sessions.firstRow[s]!;
  const C = classes.length;
  const P = batch.maxPackets;
  const probabilities = attention.probabilities.subarray(row * C, (row + 1) * C);
  const actual = classes[batch.labels[row]!]!;
  return {
    session: s,
    position: input.position,
    protocol: protocolName(bytes.protocol),
    start: timeText(sessions.seconds[first]!, sessions.nanoseconds[first]!),
    packetsSeen: sessions.packetsSeen[s]!,
    captured: capturedEnds(sessions, first),
    presented: ends(bytes.bytes, bytes.version[0]!, bytes.network[0]!, bytes.transport[0]!),
    kind: input.kind ?? actual,
    classes: [...classes],
    actual,
    predicted: classes[mostProbable(probabilities, C)[0]!]!,
    probabilities: Array.from(probabilities, shortest32),
    maxTokens: batch.maxTokens,
    lengths: Array.from(batch.lengths.subarray(row * P, (row + 1) * P)),
    packets: Array.from({ length: batch.packets[row]! }, (_, p) => dumpPacket(input, p)),
    ...(input.surprise == null ? {} : { surprise: dumpSurprise(bytes, input.surprise) }),
  };
}

function dumpSurprise(bytes: SessionBytes, surprise: Omit<SurpriseRecord, 'field'>): SurpriseRecord {
  const { packet, offset, value, bits, usualBits, score, expected, probability } = surprise;
  const field = fieldNames(bytes, packet)[offset]!;
  return {
    ...{ packet, offset, field, value },
    ...{ bits: shortest32(bits), usualBits: shortest32(usualBits), score: shortest32(score) },
    ...{ expected, probability: shortest32(probability) },
  };
}

function dumpPacket(
  { bytes, batch, row, attention, tokens: how = {} }: DumpInput,
  p: number,
): AttentionPacket {
  const packet = row * batch.maxPackets + p;
  const start = packet * batch.maxTokens;
  const tokens = batch.tokens.subarray(start, start + batch.lengths[packet]!);
  const names = fieldNames(bytes, p);
  const begin = readStart(how.from, bytes, p);
  const isByte = (t: number) => tokens[t] !== Token.end;
  const place = (t: number) => begin + bytePlace(how, t, tokens.length - 1);
  const headerLength = bytes.length[p]!;
  const presented = bytes.bytes.subarray(p * bytes.stride, p * bytes.stride + headerLength);
  const captured = bytes.captured.subarray(bytes.origin[p]!, bytes.origin[p]! + headerLength);
  const edited: number[] = [];
  for (let b = 0; b < headerLength; b++) if (bytes.edited[p * bytes.stride + b] === 1) edited.push(b);
  return {
    // A morph may have moved packets: whoever sends the first is the initiator that the network sees.
    fromInitiator: bytes.fromInitiator[p] === bytes.fromInitiator[0],
    originalLength: bytes.originalLength[p]!,
    headerLength,
    score: scoreOf(attention.packetScores[packet]!),
    weight: shortest32(attention.packetWeights[packet]!),
    tokens: {
      value: Array.from(tokens, (t) => (t === Token.end ? 'END' : t === Token.hidden ? 'HIDDEN' : t)),
      offset: Array.from(tokens, (_, t) => (isByte(t) ? place(t) : null)),
      field: Array.from(tokens, (_, t) => (isByte(t) ? names[place(t)]! : null)),
      score: Array.from(tokens, (_, t) => scoreOf(attention.tokenScores[start + t]!)),
      weight: Array.from(tokens, (_, t) => shortest32(attention.tokenWeights[start + t]!)),
    },
    edits: {
      offset: edited,
      captured: edited.map((b) => (b < bytes.comparable[p]! ? captured[b]! : null)),
      presented: edited.map((b) => presented[b]!),
    },
  };
}

/** Who sent the first packet to whom, as captured. @param row its first packet */
export function capturedEnds(sessions: SessionTable, row: number): Ends {
  const header = sessions.header.subarray(sessions.headerStart[row]!, sessions.headerStart[row + 1]!);
  const network = sessions.network[row]!;
  const { initiator, responder } = ends(header, header[network]! >> 4, network, sessions.transport[row]!);
  return sessions.fromInitiator[row] === 1
    ? { initiator, responder }
    : { initiator: responder, responder: initiator };
}

function ends(header: Uint8Array, version: number, network: number, transport: number): Ends {
  const { source, destination } = endpoints(header, version, network, transport);
  return { initiator: source, responder: destination };
}

const scoreOf = (x: number) => (Number.isFinite(x) ? shortest32(x) : null);

const protocolName = (n: number) => (n === 6 ? 'tcp' : n === 17 ? 'udp' : `ip-${n}`);

/** How much of the packet attention of a session falls on the bytes that its morph edited. */
export interface EditedShare {
  /** Edited bytes that the network saw as tokens, over all packets. */
  readonly tokens: number;
  /** Edited bytes that it did not see: hidden, or beyond the tokens of a packet. */
  readonly unseen: number;
  /** Σ over packets: packet weight × token weights on edited bytes; null without attention. */
  readonly share: number | null;
  /** What the same sum is when all packets and all tokens of a packet weigh the same. */
  readonly uniform: number;
}

/** Compares attention with the truth about the edits; tokens that stand for hidden bytes count as unseen. */
export function editedShare(record: AttentionRecord): EditedShare {
  let tokens = 0;
  let unseen = 0;
  let share = 0;
  let all = 0;
  let uniform = 0;
  for (const packet of record.packets) {
    const { value, offset, weight } = packet.tokens;
    const edited = new Set(packet.edits.offset);
    let here = 0;
    let onEdited = 0;
    let total = 0;
    for (let t = 0; t < value.length; t++) {
      total += weight[t]!;
      const at = offset[t];
      if (at === null || value[t] === 'HIDDEN' || !edited.has(at!)) continue;
      here++;
      onEdited += weight[t]!;
    }
    tokens += here;
    unseen += edited.size - here;
    share += packet.weight * onEdited;
    all += packet.weight * total;
    uniform += here / value.length / record.packets.length;
  }
  return { tokens, unseen, share: all > 0 ? share / all : null, uniform };
}
