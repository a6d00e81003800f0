/** The sessions of a spec as its network is shown them: tokens, with what they are and what was done to them. */
import { createHash } from 'node:crypto';
import type { Prepared } from '../data/index.ts';
import { capturedEnds } from '../evaluation/index.ts';
import { type PartName, type Plan, partOf } from '../run/index.ts';
import type { SessionTable } from '../session/index.ts';
import { bytePlace, createBatch, fieldNames, mostTokens, readStart, Token } from '../token/index.ts';
import { createPresenter, type Presenter, presentAll, rowsOf } from '../training/index.ts';

/** N sessions of P packets and T tokens a packet at most, as presented. */
export interface Presentation {
  readonly part: PartName;
  readonly N: number;
  readonly P: number;
  readonly T: number;
  /** [C]: the classes of the task, and 'normal' with the anomaly kinds, whatever the task. */
  readonly classes: readonly string[];
  readonly kinds: readonly string[];
  /** The names that `field` counts, from 1 on. */
  readonly fields: readonly string[];
  /** [N]: ids of the sessions, which predictions are joined by. */
  readonly session: Uint32Array;
  /** [N]: nanoseconds since 1970 of the first captured packet. */
  readonly start: BigInt64Array;
  /** [N]: IP protocol as presented: 6 for TCP, 17 for UDP. */
  readonly protocol: Uint8Array;
  /** [N]: `10.0.0.5:443`, as captured. */
  readonly initiator: readonly string[];
  readonly responder: readonly string[];
  /** [N]: class, and what was done to the session. */
  readonly label: Uint8Array;
  readonly kind: Uint8Array;
  /** [N]: packets that are there. */
  readonly packets: Uint8Array;
  /** [N, P]: tokens of each packet; 0 where there is none. */
  readonly lengths: Uint16Array;
  /** [N, P, T]: byte values, 256 END, 257 HIDDEN, 258 PAD. */
  readonly tokens: Uint16Array;
  /** [N, P, T]: 1 where the token is a byte that the morph edited. */
  readonly edited: Uint8Array;
  /** [N, P, T]: the header field of the byte, counted from 1 on; 0 for END and PAD. */
  readonly field: Uint8Array;
  /** [N, P]: 1 where the sender of the first presented packet sent this one. */
  readonly fromInitiator: Uint8Array;
  /** [N, P]: bytes of the packet on the wire. */
  readonly originalLength: Uint32Array;
}

/** The bytes of a presented session, packet by packet, while they are there. */
export type OnPresented = (bytes: Presenter['bytes'], i: number) => void;

/**
 * Presents a part as a run with this seed does: training sessions as in an epoch (they are morphed anew in each), the
 * others as they always are. Takes about 4 P T bytes a session.
 *
 * @param epoch of the training sessions, from 1 on
 * @param onPresented told of each session while its bytes are there
 * @throws Interrupted
 */
export async function presentPart(
  prepared: Prepared,
  plan: Plan,
  choice: { readonly part: PartName; readonly seed: number; readonly epoch: number },
  check: () => void = () => undefined,
  onPresented: OnPresented = () => undefined,
): Promise<Presentation> {
  const { part, seed, epoch } = choice;
  const { sessions: table } = prepared;
  const { present: options, ...how } = partOf(prepared, plan, part, seed, epoch);
  const presenter = createPresenter(options);
  const { maxPackets: P, maxTokens: T } = presenter;
  const most = rowsOf(how.sessions.length, { presenter, each: how.each });
  const known = fieldNumbers();
  const protocol = new Uint8Array(most);
  const edited = new Uint8Array(most * P * T);
  const field = new Uint8Array(most * P * T);
  const fromInitiator = new Uint8Array(most * P);
  const originalLength = new Uint32Array(most * P);
  const presented = await presentAll({
    ...how,
    presenter,
    check,
    onSession: (bytes, i) => {
      protocol[i] = bytes.protocol;
      for (let p = 0; p < bytes.packets; p++) {
        const packet = i * P + p;
        fromInitiator[packet] = bytes.fromInitiator[p] === bytes.fromInitiator[0] ? 1 : 0;
        originalLength[packet] = bytes.originalLength[p]!;
        const begin = readStart(options.tokens.from, bytes, p);
        const names = fieldNames(bytes, p);
        const read = Math.min(bytes.length[p]! - begin, options.tokens.bytes);
        const length = mostTokens({ ...options.tokens, bytes: read }) - 1;
        for (let t = 0; t < length; t++) {
          const at = begin + bytePlace(options.tokens, t, length);
          edited[packet * T + t] = bytes.edited[p * bytes.stride + at]!;
          field[packet * T + t] = known.numberOf(names[at]!);
        }
      }
      onPresented(bytes, i);
    },
  });
  // Of several presentations of a session those are left out that cannot be.
  const N = presented.sessions.length;
  const batch = createBatch(1, P, T);
  batch.size = 1;
  const tokens = new Uint16Array(N * P * T).fill(Token.pad);
  const lengths = new Uint16Array(N * P);
  const packets = new Uint8Array(N);
  for (let i = 0; i < N; i++) {
    presented.load(i, batch, 0);
    tokens.set(batch.tokens, i * P * T);
    packets[i] = batch.packets[0]!;
    lengths.set(batch.lengths.subarray(0, packets[i]!), i * P);
  }
  return {
    ...{ part, N, P, T, classes: presenter.classes, kinds: presenter.kinds, fields: known.names },
    ...{ session: presented.sessions, ...origins(table, presented.sessions) },
    ...{ label: presented.labels, kind: presented.kinds, packets, lengths, tokens },
    protocol: protocol.subarray(0, N),
    edited: edited.subarray(0, N * P * T),
    field: field.subarray(0, N * P * T),
    fromInitiator: fromInitiator.subarray(0, N * P),
    originalLength: originalLength.subarray(0, N * P),
  };
}

/** Numbers field names as they come, from 1 on. */
function fieldNumbers() {
  const numbers = new Map<string, number>();
  return {
    get names() {
      return [...numbers.keys()];
    },
    numberOf(name: string): number {
      const found = numbers.get(name);
      if (found !== undefined) return found;
      numbers.set(name, numbers.size + 1);
      return numbers.size;
    },
  };
}

/** When the sessions began, and between whom, as captured. */
function origins(
  table: SessionTable,
  sessions: Uint32Array,
): Pick<Presentation, 'start' | 'initiator' | 'responder'> {
  const rows = Array.from(sessions, (session) => table.firstRow[session]!);
  const ends = rows.map((row) => capturedEnds(table, row));
  return {
    start: BigInt64Array.from(
      rows,
      (row) => BigInt(table.seconds[row]!) * 1_000_000_000n + BigInt(table.nanoseconds[row]!),
    ),
    initiator: ends.map((end) => end.initiator),
    responder: ends.map((end) => end.responder),
  };
}

/**
 * SHA-256 of what a network is shown and is asked for, whatever the format it is written in: sessions, labels, kinds, packets,
 * lengths and tokens, little-endian, after the sizes N, P, T and the names of the classes.
 */
export function presentationHash(shown: Presentation): string {
  const { N, P, T, classes, session, label, kind, packets, lengths, tokens } = shown;
  const hash = createHash('sha256').update(JSON.stringify([N, P, T, classes, shown.kinds]));
  for (const array of [session, label, kind, packets, lengths, tokens])
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return hash.digest('hex');
}
