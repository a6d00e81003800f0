/**
 * The journal of a run: what was measured and when, one JSON object a line, only ever appended to.
 *
 * It is the source of truth of everything that is shown elsewhere while a run goes on, and afterwards. A line is handed to the operating
 * system as soon as it is written, so that a reader beside the run sees it, and one that died leaves all but its last.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import Type, { type TProperties } from 'typebox';
import { ExitCode, FaultError } from '../fault/index.ts';
import { isObject } from '../spec/index.ts';
import { jsonText } from '../text/index.ts';
import { type Fitting, misfit } from './check.ts';

const text = Type.String();
const whole = Type.Integer();
const number = Type.Number();

/** A line of one type: what it says, with its place (0, 1, 2, …) and its time (ISO 8601 in UTC, milliseconds). */
const line = <T extends string, P extends TProperties>(type: T, says: P) =>
  Type.Object({ sequence: whole, time: text, type: Type.Literal(type), ...says });

const at = { epoch: whole, step: whole };
/** By name; null where a rate is undefined. */
const metrics = Type.Record(text, Type.Union([number, Type.Null()]));

/** What a run tells. Losses are mean cross-entropies in nats; epochs and steps are counted from 1. */
const LINES = {
  begin: line('begin', {
    experiment: text,
    specHash: text,
    seed: whole,
    epochs: whole,
    stepsPerEpoch: whole,
  }),
  /** Accuracy of the batch before the step, the norm before the clip. */
  step: line('step', {
    ...{ ...at, loss: number, accuracy: number, gradientNorm: number, learningRate: number },
    /** The decoder's, a token; absent without one. */
    nats: Type.Optional(number),
    /** Of its latent vectors from the prior, a session; absent without any. */
    divergence: Type.Optional(number),
  }),
  /** Accuracy of the training sessions, each before the step that it was part of. */
  epoch: line('epoch', { ...at, loss: number, accuracy: number }),
  /** Bytes of the process in memory; its CPU time by the time since the last such entry: 2 is two cores. */
  system: line('system', { ...at, memory: number, cpu: number }),
  validation: line('validation', { ...at, loss: number, accuracy: number }),
  test: line('test', { ...at, metrics }),
  /** What is found beside the test, once. */
  assessment: line('assessment', { ...at, metrics }),
  end: line('end', { resultHash: text }),
} as const;

/** A line: an entry with its place and its time. Two equal runs share all but the time and the `system` entries. */
export type JournalLine = { [T in keyof typeof LINES]: Fitting<(typeof LINES)[T]> }[keyof typeof LINES];

type Said<Line> = Line extends JournalLine ? Omit<Line, 'sequence' | 'time'> : never;
export type JournalEntry = Said<JournalLine>;

/** A place between two lines, with everything before it. */
export interface JournalPosition {
  readonly bytes: number;
  readonly lines: number;
  /** SHA-256 (hex) of those bytes. */
  readonly digest: string;
}

export interface Journal {
  /**
   * Writes a line. Where the journal goes on from an earlier position, what was written after it is found there again,
   * with its time, and not written twice.
   *
   * @throws the system's error when it cannot be written
   */
  append(entry: JournalEntry): void;
  /** After the last line that was appended. */
  readonly position: JournalPosition;
  /** Waits until all that was appended is on the disk. */
  sync(): void;
  /** Also syncs. A second call does nothing. */
  close(): void;
}

/**
 * Begins a journal.
 *
 * @param now the clock, for tests
 * @throws the system's error when there is a file already, or it cannot be written
 */
export function createJournal(path: string, now: () => number = Date.now): Journal {
  return journalOn(path, openSync(path, 'wx'), { bytes: 0, lines: 0 }, createHash('sha256'), [], now);
}

/** A line that was written before, waiting to be found again. */
interface Written {
  readonly bytes: Buffer;
  readonly line: Readonly<Record<string, unknown>>;
}

/**
 * Goes on with a journal from a position in it. Whole lines after the position stay as long as the same is appended
 * again; a last line that was cut off goes.
 *
 * @param now the clock, for tests
 * @returns null when it is not the journal of this position, or there is none
 * @throws the system's error when it cannot be read or written
 */
export function continueJournal(
  path: string,
  from: JournalPosition,
  now: () => number = Date.now,
): Journal | null {
  if (!existsSync(path)) return null;
  const all = readFileSync(path);
  const before = all.subarray(0, from.bytes);
  const hash = createHash('sha256').update(before);
  if (before.length !== from.bytes || hash.copy().digest('hex') !== from.digest) return null;
  if (before.length > 0 && before.at(-1) !== 0x0a) return null;
  let lines = 0;
  for (let to = before.indexOf(0x0a); to >= 0; to = before.indexOf(0x0a, to + 1)) lines++;
  if (lines !== from.lines) return null;
  const ahead: Written[] = [];
  let end = from.bytes;
  for (let to = all.indexOf(0x0a, end); to >= 0; to = all.indexOf(0x0a, end)) {
    const bytes = all.subarray(end, to + 1);
    const line = parseObject(bytes.toString());
    if (line === undefined || faultOf(line, from.lines + ahead.length) !== null) break;
    ahead.push({ bytes, line });
    end = to + 1;
  }
  const file = openSync(path, 'r+');
  ftruncateSync(file, end);
  return journalOn(path, file, from, hash, ahead, now);
}

function journalOn(
  path: string,
  opened: number,
  from: Pick<JournalPosition, 'bytes' | 'lines'>,
  hash: Hash,
  ahead: Written[],
  now: () => number,
): Journal {
  let file = opened;
  let { bytes: at, lines: sequence } = from;
  let found = 0;
  const withPath = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      // Errors on an open file do not say which.
      if (error instanceof Error && !('path' in error)) Object.assign(error, { path });
      throw error;
    }
  };
  const sync = () => {
    if (file >= 0) withPath(() => fsyncSync(file));
  };
  const advance = (bytes: Uint8Array) => {
    hash.update(bytes);
    at += bytes.length;
    sequence++;
  };
  /** Whether the next line that was written before says the same; if not, it and all after it go. */
  const findAgain = (entry: JournalEntry): boolean => {
    const written = ahead[found];
    if (written === undefined) return false;
    if (isSaidBy(written.line, entry)) {
      found++;
      advance(written.bytes);
      return true;
    }
    ahead.length = 0;
    withPath(() => ftruncateSync(file, at));
    return false;
  };
  return {
    get position() {
      return { bytes: at, lines: sequence, digest: hash.copy().digest('hex') };
    },
    append(entry) {
      if (file < 0) throw new Error(`${path}: the journal is closed`);
      if (findAgain(entry)) return;
      const line = { sequence, time: new Date(now()).toISOString(), ...entry };
      const bytes = Buffer.from(`${jsonText(line)}\n`);
      withPath(() => {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, at + done);
      });
      advance(bytes);
    },
    sync,
    close() {
      if (file < 0) return;
      try {
        sync();
      } finally {
        closeSync(file);
        file = -1;
      }
    },
  };
}

/** Whether a line says what an entry says. What the process cost stands as it was measured the first time. */
function isSaidBy(line: Written['line'], entry: JournalEntry): boolean {
  const { sequence: _, time: __, ...before } = line;
  const { memory, cpu } = before;
  const now = entry.type === 'system' ? { ...entry, memory, cpu } : entry;
  return JSON.stringify(before) === JSON.stringify(now);
}

/** What a journal holds. */
interface JournalContents {
  readonly lines: readonly JournalLine[];
  /** Whether the last line was cut off, as when a run is killed; it is not among the lines. */
  readonly torn: boolean;
}

/**
 * Reads a journal, also one that is being written.
 *
 * @throws FaultError (data) when a line but the last is no entry or out of sequence
 */
export function readJournal(path: string): JournalContents {
  return parseJournal(readFileSync(path, 'utf8'), path);
}

/**
 * As readJournal, of a text.
 *
 * @param first the sequence number of its first line, where it is a part of a journal
 */
export function parseJournal(text: string, place: string, first = 0): JournalContents {
  const parts = text.split('\n');
  const torn = parts.pop() !== '';
  return { lines: parts.map((part, i) => parseLine(part, first + i, place)), torn };
}

function parseLine(part: string, index: number, place: string): JournalLine {
  const value = parseObject(part);
  const problem = value === undefined ? 'is no JSON object' : faultOf(value, index);
  if (problem === null) return value as unknown as JournalLine;
  const cure = 'the file was changed: run the experiment again';
  throw new FaultError({ place: `${place}: line ${index + 1}`, problem, cure }, ExitCode.data);
}

function faultOf(value: Readonly<Record<string, unknown>>, index: number): string | null {
  const { sequence, type } = value;
  if (sequence !== index) return `has the sequence number ${JSON.stringify(sequence)}, expected ${index}`;
  const schema = Object.entries(LINES).find(([name]) => name === type)?.[1];
  if (schema !== undefined) return misfit(schema, value);
  return `/type: got ${JSON.stringify(type)}, expected one of ${Object.keys(LINES).join(', ')}`;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
