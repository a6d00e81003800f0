/** Scores every session of captures: how anomalous it is, and how it compares with normal sessions of the network. */
import { Protocol } from '../capture/index.ts';
import {
  type AttentionRecord,
  addressIn,
  applicationOf,
  capturedEnds,
  dumpRecord,
  portIn,
  timeText,
} from '../evaluation/index.ts';
import type { SessionTable } from '../session/index.ts';
import { createBatch } from '../token/index.ts';
import { createPresenter, predict, presentAll, testStream } from '../training/index.ts';
import { conformalP } from './conformal.ts';
import type { Scorer } from './scorer.ts';

/** One session. */
export interface ScoredSession {
  /** Index in the order of the capture. */
  readonly session: number;
  readonly start: string;
  readonly protocol: 'tcp' | 'udp';
  readonly initiator: string;
  readonly responder: string;
  readonly application: string;
  readonly packets: number;
  /** 1 − P(normal). */
  readonly score: number;
  /** Conformal p against held-out normal sessions. */
  readonly p: number;
  readonly alarm: boolean;
  /** The most probable class that is not normal. */
  readonly kind: string;
  /** Whether training has met the host that began, the pair, the service. */
  readonly met: { readonly host: boolean; readonly pair: boolean; readonly service: boolean };
}

/** Sessions that a host began. */
export interface ScoredHost {
  readonly host: string;
  readonly sessions: number;
  readonly alarms: number;
  /** Alarms that as many normal sessions would raise, at most: sessions × rate. */
  readonly expected: number;
  readonly leastP: number;
}

/** Captures, scored. */
export interface Scores {
  readonly sessions: number;
  /** Seconds from the first packet of the first session to that of the last. */
  readonly seconds: number;
  /** The rate of false alarms that is aimed at. */
  readonly rate: number;
  readonly alarms: number;
  /** Alarms that as many normal sessions would raise, at most, and by the length of the captures in a day; null under a minute. */
  readonly expected: number;
  readonly expectedPerDay: number | null;
  /** Shares of the sessions whose beginning host, pair or service training has met; null without sessions. */
  readonly met: { readonly host: number; readonly pair: number; readonly service: number } | null;
  /** Session i of `order`, most anomalous first, of equally anomalous ones the earlier first. */
  readonly order: Uint32Array;
  readonly session: (index: number) => ScoredSession;
  /** By alarms, then by sessions. */
  readonly hosts: readonly ScoredHost[];
}

/** Sessions that are presented at once: bounds the memory. */
const PIECE = 8192;

/**
 * Scores the sessions of a table.
 *
 * @param rate p up to this is an alarm
 * @throws what progress throws, between two batches
 */
export async function scoreSessions(
  scorer: Scorer,
  table: SessionTable,
  rate: number,
  progress: (done: number) => void = () => undefined,
): Promise<Scores> {
  const { model, classes, calibration, known } = scorer;
  const N = table.count;
  const C = classes.length;
  const score = new Float32Array(N);
  const p = new Float64Array(N);
  const kind = new Uint8Array(N);
  const options = scorer.present(table);
  for (let from = 0; from < N; from += PIECE) {
    const size = Math.min(PIECE, N - from);
    const sessions = Uint32Array.from({ length: size }, (_, i) => from + i);
    const presented = await presentAll({ presenter: createPresenter(options), sessions, seed: 0 });
    const { probabilities } = await predict({ model, presented, progress: (done) => progress(from + done) });
    for (let i = 0; i < size; i++) {
      score[from + i] = 1 - probabilities[i * C]!;
      p[from + i] = conformalP(calibration, 1 - probabilities[i * C]!);
      let best = 1;
      for (let c = 2; c < C; c++) if (probabilities[i * C + c]! > probabilities[i * C + best]!) best = c;
      kind[from + i] = best;
    }
  }
  const session = (index: number): ScoredSession => {
    const row = table.firstRow[index]!;
    const { initiator, responder } = capturedEnds(table, row);
    const protocol = table.protocol[index] === Protocol.tcp ? 'tcp' : 'udp';
    const [from, host, port] = [addressIn(initiator), addressIn(responder), portIn(responder)];
    return {
      session: index,
      start: timeText(table.seconds[row]!, table.nanoseconds[row]!),
      protocol,
      initiator,
      responder,
      application: applicationOf(table.protocol[index]!, port),
      packets: table.packetsSeen[index]!,
      score: score[index]!,
      p: p[index]!,
      alarm: p[index]! <= rate,
      kind: classes[kind[index]!]!,
      met: {
        host: known.hasHost(from),
        pair: known.hasPair(from, host),
        service: known.hasService(host, `${port}/${protocol}`),
      },
    };
  };
  const met = { host: 0, pair: 0, service: 0 };
  const hosts = new Map<string, { sessions: number; alarms: number; leastP: number }>();
  let alarms = 0;
  for (let i = 0; i < N; i++) {
    const one = session(i);
    for (const what of ['host', 'pair', 'service'] as const) if (one.met[what]) met[what]++;
    if (one.alarm) alarms++;
    const host = addressIn(one.initiator);
    const counted = hosts.get(host) ?? { sessions: 0, alarms: 0, leastP: 1 };
    counted.sessions++;
    if (one.alarm) counted.alarms++;
    counted.leastP = Math.min(counted.leastP, one.p);
    hosts.set(host, counted);
  }
  const seconds = spanOf(table);
  return {
    sessions: N,
    seconds,
    rate,
    alarms,
    expected: rate * N,
    expectedPerDay: seconds < 60 ? null : (rate * N * 86400) / seconds,
    met: N === 0 ? null : { host: met.host / N, pair: met.pair / N, service: met.service / N },
    order: Uint32Array.from({ length: N }, (_, i) => i).sort((a, b) => score[b]! - score[a]! || a - b),
    session,
    hosts: [...hosts.entries()]
      .map(([host, counted]) => ({ host, ...counted, expected: rate * counted.sessions }))
      .sort((a, b) => b.alarms - a.alarms || b.sessions - a.sessions || (a.host < b.host ? -1 : 1)),
  };
}

/** What the network attended to in some sessions, in this order. */
export function attentionOf(
  { model, classes, present }: Scorer,
  table: SessionTable,
  sessions: readonly number[],
): readonly AttentionRecord[] {
  const options = present(table);
  const presenter = createPresenter(options);
  const batch = createBatch(1, presenter.maxPackets, presenter.maxTokens);
  batch.size = 1;
  return sessions.map((session, position) => {
    presenter.present(session, testStream(0, session), batch, 0);
    const attention = model.attend(batch);
    const { bytes, tokens } = presenter;
    return dumpRecord({
      sessions: table,
      bytes,
      position,
      classes,
      kind: 'unknown',
      batch,
      row: 0,
      attention,
      tokens,
    });
  });
}

function spanOf(table: SessionTable): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let s = 0; s < table.count; s++) {
    const row = table.firstRow[s]!;
    const at = table.seconds[row]! + table.nanoseconds[row]! / 1e9;
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  return table.count === 0 ? 0 : last - first;
}
