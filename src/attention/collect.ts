/** What the network attends to in every test session, beside what was edited there. */
import { setImmediate } from 'node:timers/promises';
import type { Model } from '../network/index.ts';
import {
  bytePlace,
  createBatch,
  createFieldPlaces,
  type FieldPlaces,
  readStart,
  Token,
} from '../token/index.ts';
import type { PresentedSessions, Presenter } from '../training/index.ts';
import { createGroups, type Groups, State } from './groups.ts';

/** The attention of both levels in N sessions. */
export interface Collected {
  readonly sessions: number;
  /** [N]: what was done to each, an index of `kindNames`. */
  readonly kinds: Uint8Array;
  readonly kindNames: readonly string[];
  /** Groups are packets, items their tokens; a cell is a place of a field in the packet of one number. */
  readonly packet: Groups;
  /** Groups are sessions, items their packets; a cell is a packet's number in sessions of one length. */
  readonly session: Groups;
  readonly places: FieldPlaces;
}

export interface CollectOptions {
  readonly model: Pick<Model, 'attend' | 'capacity'>;
  /** N sessions as they were tested, and a presenter of the same options of its own: presenting counts. */
  readonly presented: PresentedSessions;
  readonly presenter: Presenter;
  /** Called now and then with the sessions done; what it throws ends the work. */
  readonly progress?: (done: number) => void;
}

/** The field number of END, which is no field; those of header bytes come after it. */
const END = 0;

/** Presents every session as it was tested, and keeps its attention. */
export async function collectAttention(options: CollectOptions): Promise<Collected> {
  const { model, presenter, presented, progress } = options;
  const { maxPackets: P, maxTokens: T, tokens: how, bytes } = presenter;
  const N = presented.sessions.length;
  const kinds = new Uint8Array(N);
  const places = createFieldPlaces();
  const packet = createGroups();
  const session = createGroups();
  const capacity = Math.min(model.capacity, Math.max(N, 1));
  const batch = createBatch(capacity, P, T);
  const states = new Uint8Array(capacity * P * T);
  const cells = new Uint32Array(capacity * P * T);

  /** Notes of every token of a row what its byte is, while the bytes are there. */
  function note(row: number): void {
    for (let p = 0; p < batch.packets[row]!; p++) {
      const at = (row * P + p) * T;
      const length = batch.lengths[row * P + p]! - 1;
      const fields = places.of(bytes, p);
      const begin = readStart(how.from, bytes, p);
      for (let t = 0; t < length; t++) {
        const byte = begin + bytePlace(how, t, length);
        const edited = bytes.edited[p * bytes.stride + byte] === 1;
        const hidden = batch.tokens[at + t] === Token.hidden;
        states[at + t] = !edited ? State.plain : hidden ? State.unseen : State.edited;
        cells[at + t] = (fields[byte]! + 1) * P + p;
      }
      states[at + length] = State.plain;
      cells[at + length] = END * P + p;
    }
  }

  for (let from = 0; from < N; from += capacity) {
    batch.size = Math.min(capacity, N - from);
    for (let row = 0; row < batch.size; row++) {
      kinds[from + row] = presented.again(from + row, presenter, batch, row);
      note(row);
    }
    const { tokenWeights, packetWeights } = model.attend(batch);
    for (let row = 0; row < batch.size; row++) {
      const count = batch.packets[row]!;
      session.begin(from + row, count * P);
      for (let p = 0; p < count; p++) {
        const at = (row * P + p) * T;
        packet.begin(from + row, p * T);
        let state: number = State.plain;
        for (let t = 0; t < batch.lengths[row * P + p]!; t++) {
          packet.add(tokenWeights[at + t]!, states[at + t]!, cells[at + t]!);
          if (states[at + t] === State.edited) state = State.edited;
        }
        session.add(packetWeights[row * P + p]!, state, count * P + p);
      }
    }
    await setImmediate();
    progress?.(from + batch.size);
  }
  return {
    sessions: N,
    kinds,
    kindNames: presenter.kinds,
    packet: packet.done(),
    session: session.done(),
    places,
  };
}
