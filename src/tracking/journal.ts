/**
 * The journal of a run: what was measured and when, one JSON object a line, only ever appended to.
 *
 * It is the source of truth of everything that is shown elsewhere while a run goes on. A line is handed to the operating
 * system as soon as it is written, so that a reader beside the run sees it, and one that died leaves all but its last.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { ExitCode, FaultError } from '../spec/index.ts';

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
  | { readonly type: 'end'; readonly resultHash: string };

/** A line: an entry with its place and its time. Two equal runs share all but the time and the `system` entries. */
type JournalLine = JournalEntry & {
  /** 0, 1, 2, … */
  readonly sequence: number;
  /** ISO 8601 in UTC, milliseconds. */
  readonly time: string;
};

export interface Journal {
  /** @throws the system's error when it cannot be written */
  append(entry: JournalEntry): void;
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
  let file = openSync(path, 'ax');
  let sequence = 0;
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
  return {
    append(entry) {
      if (file < 0) throw new Error(`${path}: the journal is closed`);
      const line = { sequence, time: new Date(now()).toISOString(), ...entry };
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      withPath(() => {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      });
      sequence++;
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
