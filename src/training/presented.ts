/** Test or validation sessions, presented once and kept as tokens for whoever asks what the network, or a baseline, makes of them. */
import { setImmediate } from 'node:timers/promises';
import type { MorphCounts, SessionBytes } from '../anomaly/index.ts';
import type { Stream } from '../random/index.ts';
import { type Batch, createBatch, Token } from '../token/index.ts';
import type { Presenter } from './present.ts';
import { eachStream, testStream } from './streams.ts';

/**
 * N presented sessions of P packets and T tokens a packet at most. They take 2 bytes for each token that is there and
 * 2 P + 3 for the rest: at most 2 P (T + 1) + 3 bytes a session.
 */
export interface PresentedSessions {
  /** [N]: indices in the session table; one that was presented several times is there as often. */
  readonly sessions: Uint32Array;
  /** [N]: which presentation each is, ascending: the same with the same options, also where one of them is left out. */
  readonly turns: Uint32Array;
  readonly maxPackets: number;
  readonly maxTokens: number;
  /** [C]: the classes of the task; 0 is "normal". */
  readonly classes: readonly string[];
  /** What `kinds` numbers, whatever the task. */
  readonly kindNames: readonly string[];
  /** [N]: actual class. */
  readonly labels: Uint8Array;
  /** [N]: what was done to the session. */
  readonly kinds: Uint8Array;
  readonly counts: MorphCounts;
  /** Writes session i of 0 … N − 1 to a row of a batch, as the presenter wrote it. */
  load(i: number, batch: Batch, row: number): void;
  /** Has a presenter of the same options present session i once more, with the same outcome. @returns its kind */
  again(i: number, presenter: Presenter, batch: Batch, row: number): number;
}

export interface PresentAllOptions {
  /** One that has presented nothing: its counts become those of these sessions. */
  readonly presenter: Presenter;
  /** [N]: indices in the session table. */
  readonly sessions: Uint32Array;
  readonly seed: number;
  /** What becomes of a session; testStream by default. */
  readonly source?: (seed: number, session: number) => Stream;
  /**
   * Present every session as it is, and as every kind so many times, with other draws; a kind that cannot apply is left out.
   * null, as by default: once, as `source` draws.
   */
  readonly each?: number | null;
  /** Packets of a session that are kept at most: its first ones, after whatever is done to it; all by default. */
  readonly packets?: number;
  /** T of the batches that they are loaded to, where it is more than the presenter's. */
  readonly maxTokens?: number;
  /** Told of each session i while its bytes are there. */
  readonly onSession?: (bytes: SessionBytes, i: number) => void;
  /** Called now and then; what it throws ends the work. */
  readonly check?: () => void;
}

/** Sessions that are kept in one piece. */
const PIECE = 512;

/** Times that sessions are presented at most. */
export function rowsOf(
  sessions: number,
  { presenter, each = null }: Pick<PresentAllOptions, 'presenter' | 'each'>,
): number {
  return each === null ? sessions : sessions * (1 + (presenter.kinds.length - 1) * each);
}

/** Presents every session, once or as every kind. */
export async function presentAll(options: PresentAllOptions): Promise<PresentedSessions> {
  const { presenter, sessions, onSession, check } = options;
  const { maxPackets: P, maxTokens: T } = presenter;
  const { packets: shown = P, maxTokens: wide = T } = options;
  const most = rowsOf(sessions.length, options);
  const labels = new Uint8Array(most);
  const kinds = new Uint8Array(most);
  const packets = new Uint8Array(most);
  const lengths = new Uint16Array(most * P);
  /** Of each that is kept, which of `most` it is. */
  const turns = new Uint32Array(most);
  const pieces: { readonly start: Uint32Array; readonly tokens: Uint16Array }[] = [];
  const batch = createBatch(Math.min(PIECE, most), P, T);
  const room = new Uint16Array(batch.tokens.length);
  let N = 0;
  for (let turn = 0; turn < most; ) {
    const start = new Uint32Array(PIECE);
    const from = N;
    let used = 0;
    for (; turn < most && N - from < PIECE; turn++) {
      const row = N - from;
      const kind = presentTurn(options, turn, presenter, batch, row);
      if (kind < 0) continue;
      onSession?.(presenter.bytes, N);
      start[row] = used;
      packets[N] = Math.min(batch.packets[row]!, shown);
      for (let p = 0; p < packets[N]!; p++) {
        const at = (row * P + p) * T;
        const length = batch.lengths[row * P + p]!;
        room.set(batch.tokens.subarray(at, at + length), used);
        used += length;
      }
      kinds[N] = kind;
      turns[N++] = turn;
    }
    const size = N - from;
    labels.set(batch.labels.subarray(0, size), from);
    lengths.set(batch.lengths.subarray(0, size * P), from * P);
    pieces.push({ start, tokens: room.slice(0, used) });
    await setImmediate();
    check?.();
  }
  const times = most / Math.max(1, sessions.length);
  return {
    sessions: Uint32Array.from(turns.subarray(0, N), (turn) => sessions[Math.floor(turn / times)]!),
    turns: turns.slice(0, N),
    maxPackets: P,
    maxTokens: wide,
    classes: presenter.classes,
    kindNames: presenter.kinds,
    labels: labels.slice(0, N),
    kinds: kinds.slice(0, N),
    counts: presenter.counts,
    load(i, into, row) {
      const { start, tokens } = pieces[Math.floor(i / PIECE)]!;
      let from = start[i % PIECE]!;
      into.labels[row] = labels[i]!;
      into.packets[row] = packets[i]!;
      into.tokens.fill(Token.pad, row * P * wide, (row + 1) * P * wide);
      for (let p = 0; p < P; p++) {
        const length = p < packets[i]! ? lengths[i * P + p]! : 0;
        into.lengths[row * P + p] = length;
        into.tokens.set(tokens.subarray(from, from + length), (row * P + p) * wide);
        from += length;
      }
    },
    again: (i, other, into, row) => presentTurn(options, turns[i]!, other, into, row),
  };
}

/** Presents a session as its turn has it. @returns its kind, −1 where it cannot be the one of the turn */
function presentTurn(
  { sessions, seed, source = testStream, each = null }: PresentAllOptions,
  turn: number,
  presenter: Presenter,
  batch: Batch,
  row: number,
): number {
  if (each === null) {
    const session = sessions[turn]!;
    return presenter.present(session, source(seed, session), batch, row);
  }
  const times = 1 + (presenter.kinds.length - 1) * each;
  const session = sessions[Math.floor(turn / times)]!;
  const place = turn % times;
  const kind = Math.ceil(place / each);
  const draw = kind === 0 ? 0 : (place - 1) % each;
  const drawn = eachStream(seed, session, presenter.kinds[kind]!, draw);
  return presenter.presentAs(session, kind, drawn, batch, row) ? kind : -1;
}
