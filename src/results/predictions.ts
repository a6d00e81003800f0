/** The predictions of a run as a table, and the records of what its network attended to. */

import type { BaselineScores, SurpriseModel, SurprisingField } from '../baseline/index.ts';
import { Protocol } from '../capture/index.ts';
import { type AttentionRecord, capturedEnds, dumpRecord, shortest32, timeText } from '../evaluation/index.ts';
import type { Model } from '../network/index.ts';
import type { SessionTable } from '../session/index.ts';
import { csvLine } from '../text/index.ts';
import { createBatch } from '../token/index.ts';
import type { Predicted, PresentedSessions, Presenter } from '../training/index.ts';

export interface PredictionTable {
  readonly sessions: SessionTable;
  /** [N]: ids of the test sessions. */
  readonly test: Uint32Array;
  readonly classes: readonly string[];
  readonly kinds: readonly string[];
  readonly predicted: Predicted;
  /** [N]: predicted classes. */
  readonly predictions: Uint8Array;
  /** What the sessions were before any morph; pairKnown: 1 where training knows their two ends. */
  readonly origins: { readonly applications: readonly string[]; readonly pairKnown: Uint8Array };
  /** What baselines made of the same sessions. */
  readonly baselines: readonly Pick<BaselineScores, 'name' | 'scores'>[];
  /** [N]: the byte that surprised most in each; null where that was not asked. */
  readonly surprising?: readonly (SurprisingField | null)[] | null;
}

/**
 * A header line, then a line for every test session, its endpoints as captured. Probabilities and scores as shortest32; a
 * baseline's score is above 0 where it calls the session anomalous.
 */
export function* predictionLines(table: PredictionTable): Generator<string, void, void> {
  const {
    sessions,
    test,
    classes,
    kinds,
    predicted,
    predictions,
    origins,
    baselines,
    surprising = null,
  } = table;
  const C = classes.length;
  const { firstRow } = sessions;
  yield csvLine([
    ...['session', 'start', 'protocol', 'initiator', 'responder', 'packets', 'kind', 'label', 'predicted'],
    ...classes.map((name) => `p_${name}`),
    ...['application', 'pair'],
    ...baselines.map(({ name }) => `score_${name}`),
    ...(surprising === null ? [] : ['surprising_packet', 'surprising_field']),
  ]);
  for (let i = 0; i < test.length; i++) {
    const session = test[i]!;
    const row = firstRow[session]!;
    const { initiator, responder } = capturedEnds(sessions, row);
    yield csvLine([
      session,
      timeText(sessions.seconds[row]!, sessions.nanoseconds[row]!),
      sessions.protocol[session] === Protocol.tcp ? 'tcp' : 'udp',
      ...[initiator, responder],
      sessions.packetsSeen[session]!,
      kinds[predicted.kinds[i]!]!,
      classes[predicted.labels[i]!]!,
      classes[predictions[i]!]!,
      ...Array.from(predicted.probabilities.subarray(i * C, (i + 1) * C), shortest32),
      ...[origins.applications[i]!, origins.pairKnown[i] === 1 ? 'known' : 'new'],
      ...baselines.map(({ scores }) => shortest32(scores[i]!)),
      ...(surprising === null ? [] : placeOf(surprising[i] ?? null)),
    ]);
  }
}

/** Packets are counted from 1, as `explain` does. */
const placeOf = (byte: SurprisingField | null) => (byte === null ? ['', ''] : [byte.packet + 1, byte.field]);

export interface AttentionDump {
  readonly sessions: SessionTable;
  /** The test sessions. */
  readonly presented: PresentedSessions;
  /** Places in the test set, see chooseSessions. */
  readonly positions: readonly number[];
  readonly model: Model;
  /** One of its own: presenting counts. */
  readonly presenter: Presenter;
  /** [N, C]: where it is not the classifier of the model that predicts. */
  readonly probabilities?: Float32Array | null;
  /** Which knows what is usual; null where the spec wants no baselines. */
  readonly surprise?: SurpriseModel | null;
}

/** The records of the chosen test sessions, presented as they were tested. */
export function* attentionRecords(dump: AttentionDump): Generator<AttentionRecord, void, void> {
  const { sessions, presented, positions, model, presenter } = dump;
  const { surprise: usual = null, probabilities = null } = dump;
  const C = presenter.classes.length;
  const capacity = Math.min(model.capacity, Math.max(1, positions.length));
  const batch = createBatch(capacity, presenter.maxPackets, presenter.maxTokens);
  const present = (position: number, row: number): number => presented.again(position, presenter, batch, row);
  for (let from = 0; from < positions.length; from += capacity) {
    const group = positions.slice(from, from + capacity);
    batch.size = group.length;
    group.forEach(present);
    const attention = model.attend(batch);
    if (probabilities !== null)
      group.forEach((position, row) => {
        attention.probabilities.set(probabilities.subarray(position * C, (position + 1) * C), row * C);
      });
    for (const [row, position] of group.entries()) {
      // The presenter has one working copy: the session is presented again, to the same row with the same outcome.
      const kind = presenter.kinds[present(position, row)]!;
      const { bytes, classes, tokens } = presenter;
      const surprise = usual?.explain(bytes) ?? null;
      yield dumpRecord({ sessions, bytes, position, classes, kind, batch, row, attention, tokens, surprise });
    }
  }
}
