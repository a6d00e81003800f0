/** Test or validation sessions, presented once and kept as tokens for whoever asks what the network, or a baseline, makes of them. */
import { setImmediate } from 'node:timers/promises';
import type { MorphCounts, SessionBytes } from '../anomaly/index.ts';
import type { Stream } from '../random/index.ts';
import { type Batch, createBatch, Token } from '../token/index.ts';
import type { Presenter } from './present.ts';
import { testStream } from './streams.ts';

/**
 * N presented sessions of P packets and T tokens a packet at most. They take 2 bytes for each token that is there and
 * 2 P + 3 for the rest: at most 2 P (T + 1) + 3 bytes a session.
 */
export interface PresentedSessions {
  /** [N]: indices in the session table. */
  readonly sessions: Uint32Array;
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
}

export interface PresentAllOptions {
  /** One that has presented nothing: its counts become those of these sessions. */
  readonly presenter: Presenter;
  /** [N]: indices in the session table. */
  readonly sessions: Uint32Array;
  readonly seed: number;
  /** What becomes of a session; testStream by default. */
  readonly source?: (seed: number, session: number) => Stream;
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

/** Presents every session once. */
export async function presentAll(options: PresentAllOptions): Promise<PresentedSessions> {
  const { presenter, sessions, seed, source = testStream, onSession, check } = options;
  const { maxPackets: P, maxTokens: T } = presenter;
  const { packets: most = P, maxTokens: wide = T } = options;
  const N = sessions.length;
  const labels = new Uint8Array(N);
  const kinds = new Uint8Array(N);
  const packets = new Uint8Array(N);
  const lengths = new Uint16Array(N * P);
  const pieces: { readonly start: Uint32Array; readonly tokens: Uint16Array }[] = [];
  const batch = createBatch(Math.min(PIECE, N), P, T);
  const room = new Uint16Array(batch.tokens.length);
  for (let from = 0; from < N; from += PIECE) {
    const size = Math.min(PIECE, N - from);
    const start = new Uint32Array(size);
    let used = 0;
    for (let row = 0; row < size; row++) {
      const i = from + row;
      kinds[i] = presenter.present(sessions[i]!, source(seed, sessions[i]!), batch, row);
      onSession?.(presenter.bytes, i);
      start[row] = used;
      packets[i] = Math.min(batch.packets[row]!, most);
      for (let p = 0; p < packets[i]!; p++) {
        const at = (row * P + p) * T;
        const length = batch.lengths[row * P + p]!;
        room.set(batch.tokens.subarray(at, at + length), used);
        used += length;
      }
    }
    labels.set(batch.labels.subarray(0, size), from);
    lengths.set(batch.lengths.subarray(0, size * P), from * P);
    pieces.push({ start, tokens: room.slice(0, used) });
    await setImmediate();
    check?.();
  }
  return {
    sessions,
    maxPackets: P,
    maxTokens: wide,
    classes: presenter.classes,
    kindNames: presenter.kinds,
    labels,
    kinds,
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
  };
}
