/** Reads attention records back, and refuses what is none. */
import Type, { type TSchema } from 'typebox';
import type { AttentionRecord } from '../evaluation/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { misfit } from './check.ts';

const text = Type.String();
const whole = Type.Integer({ minimum: 0 });
const share = Type.Number({ minimum: 0, maximum: 1.000001, 'x-expected': 'a number from 0 to 1' });
const byte = Type.Integer({ minimum: 0, maximum: 255, 'x-expected': 'a byte, 0 … 255' });
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null({ 'x-expected': 'null' })]);
const list = (schema: TSchema) => Type.Array(schema);
const object = (properties: Readonly<Record<string, TSchema>>) =>
  Type.Object(properties, { additionalProperties: false });

const ends = object({ initiator: text, responder: text });
const packet = object({
  fromInitiator: Type.Boolean(),
  originalLength: whole,
  headerLength: whole,
  score: orNull(Type.Number()),
  weight: share,
  tokens: object({
    value: list(
      Type.Union([byte, Type.Enum(['END', 'HIDDEN'])], { 'x-expected': 'a byte, "END" or "HIDDEN"' }),
    ),
    offset: list(orNull(whole)),
    field: list(orNull(text)),
    score: list(orNull(Type.Number())),
    weight: list(share),
  }),
  edits: object({ offset: list(whole), captured: list(orNull(byte)), presented: list(byte) }),
});
/** See AttentionRecord. */
const recordSchema = object({
  session: whole,
  position: whole,
  protocol: text,
  start: Type.String({
    pattern: '^[+-]?\\d{4,}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z$',
    'x-expected': 'a time such as 2013-02-26T22:02:35.958312001Z',
  }),
  packetsSeen: whole,
  captured: ends,
  presented: ends,
  kind: text,
  classes: list(text),
  actual: text,
  predicted: text,
  probabilities: list(share),
  maxTokens: whole,
  lengths: list(whole),
  packets: list(packet),
  surprise: Type.Optional(
    object({
      ...{ packet: whole, offset: whole, field: text, value: byte },
      ...{ bits: Type.Number(), usualBits: Type.Number(), score: Type.Number() },
      ...{ expected: byte, probability: share },
    }),
  ),
});

/**
 * The record that one line of an attention file holds.
 *
 * @param place what a fault calls the line, such as `attention.jsonl: line 3`
 * @throws FaultError (data) that names the first value that is not as `AttentionRecord` says
 */
export function parseRecord(line: string, place = 'attention record'): AttentionRecord {
  const refusal = (problem: string): FaultError => {
    const cure = 'the file was changed or cut off: run the experiment again';
    return new FaultError({ place, problem, cure }, ExitCode.data);
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refusal(`got ${JSON.stringify(line.slice(0, 40))}, expected one JSON object`);
  }
  const problem = misfit(recordSchema, value) ?? disagreement(value as AttentionRecord);
  if (problem !== null) throw refusal(problem);
  return value as AttentionRecord;
}

/** What is wrong between values that are right by themselves, or null. */
function disagreement(record: AttentionRecord): string | null {
  const { classes, probabilities, lengths, packets } = record;
  if (probabilities.length !== classes.length) {
    return `/probabilities: got ${probabilities.length}, expected ${classes.length}, one a class`;
  }
  for (const key of ['actual', 'predicted'] as const) {
    if (!classes.includes(record[key])) return `/${key}: got "${record[key]}", expected one of the classes`;
  }
  const present = lengths.filter((n) => n > 0).length;
  if (packets.length === 0) return '/packets: got 0 packets, expected at least 1';
  if (packets.length !== present) {
    return `/packets: got ${packets.length}, expected ${present}, as many as lengths are above 0`;
  }
  const { surprise } = record;
  if (surprise !== undefined && surprise.packet >= packets.length)
    return `/surprise/packet: got ${surprise.packet}, expected below ${packets.length}, the packets`;
  for (let p = 0; p < packets.length; p++) {
    const { tokens, edits, headerLength } = packets[p]!;
    for (const key of ['value', 'offset', 'field', 'score', 'weight'] as const) {
      const got = tokens[key].length;
      if (got !== lengths[p]) return `/packets/${p}/tokens/${key}: got ${got} values, expected ${lengths[p]}`;
    }
    for (const key of ['captured', 'presented'] as const) {
      if (edits[key].length !== edits.offset.length) {
        return `/packets/${p}/edits/${key}: got ${edits[key].length} values, expected ${edits.offset.length}`;
      }
    }
    const beyond = [...edits.offset, ...tokens.offset].find((o) => o !== null && o >= headerLength);
    if (beyond !== undefined) {
      return `/packets/${p}: got the offset ${beyond}, expected below the header length ${headerLength}`;
    }
    for (let t = 0; t < tokens.value.length; t++) {
      const end = tokens.value[t] === 'END';
      if (end !== (tokens.offset[t] === null) || end !== (tokens.field[t] === null)) {
        return `/packets/${p}/tokens: token ${t} must have an offset and a field unless it is END`;
      }
    }
  }
  return null;
}
