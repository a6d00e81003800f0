/** Reads attention records back, and refuses what is none. */
import { ExitCode, FaultError } from '../fault/index.ts';
import { type AttentionRecord, attentionRecord, type Shape } from './attention-shape.ts';

/**
 * The record that one line of an attention file holds.
 *
 * @param place what a fault calls the line, such as `attention.jsonl: line 3`
 * @throws FaultError (exit code 3) that names the first value that is not as `AttentionRecord` says.
 */
export function parseRecord(line: string, place = 'attention record'): AttentionRecord {
  const refuse = (problem: string): never => {
    throw new FaultError(
      { place, problem, cure: 'the file was changed or cut off: run the experiment again' },
      ExitCode.data,
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    refuse(`got ${shown(line)}, expected one JSON object`);
  }
  const problem = check(value, attentionRecord, '') ?? disagreement(value as AttentionRecord);
  if (problem !== null) refuse(problem);
  return value as AttentionRecord;
}

/** The first value that does not fit its shape, or null. */
function check(value: unknown, shape: Shape, path: string): string | null {
  if ('is' in shape) return shape.is(value) ? null : expected(path, value, shape.what);
  if ('list' in shape) {
    if (!Array.isArray(value)) return expected(path, value, 'a list');
    for (let i = 0; i < value.length; i++) {
      const problem = check(value[i], shape.list, `${path}/${i}`);
      if (problem !== null) return problem;
    }
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return expected(path, value, 'an object');
  }
  const entries = new Map(Object.entries(value));
  for (const key of entries.keys())
    if (!Object.hasOwn(shape.object, key)) return `${path}/${key}: not a known key`;
  for (const [key, inner] of Object.entries(shape.object)) {
    if (!entries.has(key)) return `${path}/${key}: missing`;
    const problem = check(entries.get(key), inner, `${path}/${key}`);
    if (problem !== null) return problem;
  }
  return null;
}

/** What is wrong between values that are right by themselves, or null. */
function disagreement(record: AttentionRecord): string | null {
  const { classes, probabilities, lengths, packets } = record;
  if (probabilities.length !== classes.length) {
    return `/probabilities: got ${probabilities.length}, expected ${classes.length}, one a class`;
  }
  for (const key of ['actual', 'predicted'] as const) {
    if (!classes.includes(record[key])) return expected(`/${key}`, record[key], 'one of the classes');
  }
  const present = lengths.filter((n) => n > 0).length;
  if (packets.length === 0) return '/packets: got 0 packets, expected at least 1';
  if (packets.length !== present) {
    return `/packets: got ${packets.length}, expected ${present}, as many as lengths are above 0`;
  }
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

const expected = (path: string, value: unknown, what: string) =>
  `${path === '' ? 'the line' : path}: got ${shown(value)}, expected ${what}`;

function shown(value: unknown): string {
  const json = typeof value === 'string' && value.length > 40 ? value.slice(0, 40) : value;
  const cut = JSON.stringify(json) ?? 'nothing';
  return cut.length > 60 ? `${cut.slice(0, 60)}…` : cut;
}
