/**
 * The journal of a run: what was measured and when, one JSON object a line, only ever appended to.
 *
 * It is the source of truth of everything that is shown elsewhere while a run goes on, and afterwards. A line is handed to the operating
 * system as soon as it is written, so that a reader beside the run sees it, and one that died leaves all but its last.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { ExitCode, FaultError } from '../fault/index.ts';

/** The file of a run's journal. */
export const JOURNAL_FILE = 'journal.jsonl';

/** What a run tells. Losses are mean cross-entropies in nats; epochs and steps are counted from 1. */
export type JournalEntry =
  | {
      readonly type: 'begin';
      readonly experiment: string;
      readonly specHash: string;
      readonly seed: number;
      readonly epochs: number;
      readonly stepsPerEpoch: number;
    }
  | {
      readonly type: 'step';
      readonly epoch: number;
      readonly step: number;
      readonly loss: number;
      /** Of the batch, before the step. */
      readonly accuracy: number;
      /** Before the clip. */
      readonly gradientNorm: number;
      readonly learningRate: number;
    }
  | {
      readonly type: 'epoch';
      readonly epoch: number;
      readonly step: number;
      readonly loss: number;
      /** Of the training sessions, each before the step that it was part of. */
      readonly accuracy: number;
    }
  | {
      readonly type: 'system';
      readonly epoch: number;
      readonly step: number;
      /** Bytes of the process that are in memory. */
      readonly memory: number;
      /** CPU time of the process by the time that passed, since the last such entry: 2 is two cores. */
      readonly cpu: number;
    }
  | {
      readonly type: 'validation';
      readonly epoch: number;
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
    }
  | {
      readonly type: 'test';
      readonly epoch: number;
      readonly step: number;
      /** By name; null where a rate is undefined. */
      readonly metrics: Readonly<Record<string, number | null>>;
    }
  | {
      /** What is found beside the test, once. */
      readonly type: 'assessment';
      readonly epoch: number;
      readonly step: number;
      /** By name; null where a rate is undefined. */
      readonly metrics: Readonly<Record<string, number | null>>;
    }
  | { readonly type: 'end'; readonly resultHash: string };

/** A line: an entry with its place and its time. Two equal runs share all but the time and the `system` entries. */
type JournalLine = JournalEntry & {
  /** 0, 1, 2, … */
  readonly sequence: number;
  /** ISO 8601 in UTC, milliseconds. */
  readonly time: string;
};

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
 * @returns null when it is not the journal of this position
 * @throws the system's error when it cannot be read or written
 */
export function continueJournal(
  path: string,
  from: JournalPosition,
  now: () => number = Date.now,
): Journal | null {
  const all = readFileSync(path);
  const before = all.subarray(0, from.bytes);
  const hash = createHash('sha256').update(before);
  if (before.length !== from.bytes || hash.copy().digest('hex') !== from.digest) return null;
  const ahead: Written[] = [];
  let end = from.bytes;
  for (let to = all.indexOf(0x0a, end); to >= 0; to = all.indexOf(0x0a, end)) {
    const bytes = all.subarray(end, to + 1);
    const line = parseObject(bytes.toString());
    if (line === undefined || faultOf(line, from.lines + ahead.length) !== undefined) break;
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
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
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

/** The numbers and texts that an entry of each type must have. */
const FIELDS: Readonly<
  Record<JournalEntry['type'], Readonly<Record<string, 'number' | 'string' | 'object'>>>
> = {
  begin: {
    experiment: 'string',
    specHash: 'string',
    seed: 'number',
    epochs: 'number',
    stepsPerEpoch: 'number',
  },
  step: {
    epoch: 'number',
    step: 'number',
    loss: 'number',
    accuracy: 'number',
    gradientNorm: 'number',
    learningRate: 'number',
  },
  epoch: { epoch: 'number', step: 'number', loss: 'number', accuracy: 'number' },
  system: { epoch: 'number', step: 'number', memory: 'number', cpu: 'number' },
  validation: { epoch: 'number', step: 'number', loss: 'number', accuracy: 'number' },
  test: { epoch: 'number', step: 'number', metrics: 'object' },
  assessment: { epoch: 'number', step: 'number', metrics: 'object' },
  end: { resultHash: 'string' },
};

function parseLine(text: string, index: number, place: string): JournalLine {
  const line = parseObject(text);
  const problem = line === undefined ? 'is no JSON object' : faultOf(line, index);
  if (line !== undefined && problem === undefined) return line as unknown as JournalLine;
  throw new FaultError(
    {
      place: `${place}: line ${index + 1}`,
      problem: problem ?? '',
      cure: 'the file was changed: run the experiment again',
    },
    ExitCode.data,
  );
}

function faultOf(line: Readonly<Record<string, unknown>>, index: number): string | undefined {
  const { sequence, time, type } = line;
  if (sequence !== index) return `has the sequence number ${JSON.stringify(sequence)}, expected ${index}`;
  if (typeof time !== 'string') return 'has no time';
  const fields = Object.entries(FIELDS).find(([name]) => name === type)?.[1];
  if (fields === undefined) {
    return `has the type ${JSON.stringify(type)}, expected one of ${Object.keys(FIELDS).join(', ')}`;
  }
  const wrong = Object.entries(fields).find(([key, kind]) => typeof line[key] !== kind || line[key] === null);
  return wrong === undefined
    ? undefined
    : `has the ${wrong[0]} ${JSON.stringify(line[wrong[0]])}, expected a ${wrong[1]}`;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
