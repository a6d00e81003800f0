/** A network made by hand, which finds sessions whose type of service is not 0, and attends to what one wants. */
import { collectContacts } from '../../src/anomaly/index.ts';
import { makeCard } from '../../src/attention/index.ts';
import { originsOf } from '../../src/data/index.ts';
import { mostProbable } from '../../src/evaluation/index.ts';
import { createModel, type ModelOptions, type Parameter, setParameters } from '../../src/network/index.ts';
import type { SessionTable } from '../../src/session/index.ts';
import { Token, VOCABULARY } from '../../src/token/index.ts';
import { createPresenter, type PresentOptions, predict, presentAll } from '../../src/training/index.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

/** TCP sessions of one to three packets, each of its own client and server; no byte but the first of IP is 0x45. */
export function sessionsOf(count: number): SessionTable {
  return sessionTable(
    Array.from({ length: count }, (_, s) => {
      const client = [10, 0, 1 + (s >> 6), 1 + (s & 63)];
      const server = [192, 168, 1 + (s >> 6), 1 + (s & 63)];
      const there = { source: client, destination: server, sourcePort: 50_000, destinationPort: 443 };
      const back = { source: server, destination: client, sourcePort: 443, destinationPort: 50_000 };
      const packet = { protocol: 'tcp', sequence: 0 } as const;
      return {
        protocol: 'tcp',
        packets: [there, back, there]
          .slice(0, 1 + (s % 3))
          .map((ends) => buildPacket({ ...packet, ...ends })),
      } as const;
    }),
  );
}

export function presentOptions(sessions: SessionTable): PresentOptions {
  return {
    sessions,
    contacts: collectContacts(
      sessions,
      Uint32Array.from({ length: sessions.count }, (_, s) => s),
    ),
    anomalies: { normal: 0.5, kinds: { 'covert-tos': 1 }, repair: [] },
    tokens: { bytes: 54, hide: ['checksum'] },
    maxPackets: 3,
    task: 'kind',
  };
}

/**
 * Units of the packet encoder, an rnn whose values are near −1 or 1: the token is 0x45; the token before was, and this is not 0
 * (so this is the type of service, and not 0); that was so at an earlier token; always 1; the token is END.
 */
const UNITS = 5;
const [FIRST, FOUND, LATCHED, ALWAYS, ENDS] = [0, 1, 2, 3, 4] as const;

export function optionsOf(maxTokens: number, capacity: number): ModelOptions {
  return {
    shape: {
      vocabulary: VOCABULARY,
      maxPackets: 3,
      maxTokens,
      classes: 2,
      cell: 'rnn',
      packet: { units: UNITS, layers: 1, attention: 'dot' },
      session: { units: 1, layers: 1, attention: 'dot' },
      head: [],
      activation: 'tanh',
      dropout: 0,
      layerNorm: false,
      initializer: { kind: 'glorot' },
    },
    engine: 'reference',
    threads: 1,
    capacity,
    clipNorm: null,
    optimizer: { kind: 'adam' },
    classWeights: null,
    seed: 1,
  };
}

/**
 * @param attendsTo `edited`: packet attention is all on the type of service where it is not 0, and the classes are told apart
 *   by what is there; `end`: it is all on END, and whatever the attention, the classes are told apart by what is latched, also from packet to packet
 */
export function weightsOf(attendsTo: 'edited' | 'end'): readonly Parameter[] {
  const input = new Float32Array(VOCABULARY * UNITS);
  for (let v = 0; v < VOCABULARY; v++) {
    input[v * UNITS + FIRST] = v === 0x45 ? 3 : -3;
    input[v * UNITS + FOUND] = v === 0 || v > 0xff ? -6 : -2;
    input[v * UNITS + ALWAYS] = 3;
    input[v * UNITS + ENDS] = v === Token.end ? 3 : -3;
  }
  const recurrent = new Float32Array(UNITS * UNITS);
  recurrent[FIRST * UNITS + FOUND] = 3;
  recurrent[FOUND * UNITS + LATCHED] = 6;
  recurrent[LATCHED * UNITS + LATCHED] = 8;
  recurrent[ALWAYS * UNITS + LATCHED] = 4;
  const query = new Float32Array(UNITS);
  query[attendsTo === 'edited' ? FOUND : ENDS] = 20 * Math.sqrt(UNITS);
  const read = new Float32Array(UNITS);
  read[attendsTo === 'edited' ? FOUND : LATCHED] = 5;
  return [
    { name: 'packet.0.input', shape: [VOCABULARY, UNITS], data: input },
    { name: 'packet.0.bias', shape: [UNITS], data: new Float32Array(UNITS) },
    { name: 'packet.0.recurrent', shape: [UNITS, UNITS], data: recurrent },
    { name: 'packet.attention.query', shape: [UNITS], data: query },
    { name: 'session.0.input', shape: [UNITS, 1], data: read },
    { name: 'session.0.bias', shape: [1], data: new Float32Array(1) },
    { name: 'session.0.recurrent', shape: [1, 1], data: Float32Array.of(attendsTo === 'end' ? 10 : 0) },
    { name: 'session.attention.query', shape: [1], data: Float32Array.of(1) },
    { name: 'output.weight', shape: [1, 2], data: Float32Array.of(-5, 5) },
    { name: 'output.bias', shape: [2], data: new Float32Array(2) },
  ];
}

/** The scene of a hand-made network: tested on its sessions. */
export async function scene(attendsTo: 'edited' | 'end', count = 400) {
  const table = sessionsOf(count);
  const present = presentOptions(table);
  const sessions = Uint32Array.from({ length: count }, (_, s) => s);
  const seed = 1;
  const presented = await presentAll({ presenter: createPresenter(present), sessions, seed });
  const options = optionsOf(presented.maxTokens, 60);
  const { model } = await createModel(options);
  setParameters(model, weightsOf(attendsTo));
  const predicted = await predict({ model, presented });
  const predictions = mostProbable(predicted.probabilities, 2);
  const { clusterings } = originsOf(table, sessions, present.contacts);
  const trained = { options, parameters: model.parameters, presented, predictions, clusterings };
  const collect = { model, presenter: createPresenter(present), presented };
  return {
    trained,
    collect,
    predictions,
    labels: presented.labels,
    present,
    card: await makeCard(trained, collect),
  };
}
