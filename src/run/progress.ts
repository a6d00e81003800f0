/** What is shown while a run goes on: facts on standard output, progress on standard error. */
import { formatDuration } from '../report/index.ts';

/** Where to write; a part of NodeJS.WriteStream. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Reporter {
  /** What was found: text with a line break at the end of each line. */
  fact(text: string): void;
  /** A line that stays, about how far things are, or a warning. */
  line(text: string): void;
  /** The line that is written over again and again; without a terminal nothing. The text is only made when shown. */
  status(text: () => string): void;
  /** Takes that line away. */
  clear(): void;
}

/** Milliseconds between two versions of the status line. */
const INTERVAL = 100;

/**
 * A reporter on two streams.
 *
 * @param now the clock in milliseconds, for tests
 */
export function createReporter(facts: Terminal, progress: Terminal, now = () => performance.now()): Reporter {
  const live = progress.isTTY === true;
  let shown = false;
  let last = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (shown) progress.write('\r\x1b[K');
    shown = false;
  };
  return {
    fact(text) {
      clear();
      facts.write(text);
    },
    line(text) {
      clear();
      progress.write(`${text}\n`);
    },
    status(text) {
      if (!live || now() - last < INTERVAL) return;
      last = now();
      // A line that wraps could not be written over.
      progress.write(`\r${text().slice(0, (progress.columns ?? 80) - 1)}\x1b[K`);
      shown = true;
    },
    clear,
  };
}

/** How fast the work goes, and how long the rest takes if it goes on like this. */
export interface Pace {
  /** Work done since the beginning, in the same unit as the total. */
  advance(done: number): void;
  /** So much was done before, at no time that would count. */
  startAt(done: number): void;
  /** `12.3 s`; `–` before anything is done, nothing when everything is. */
  eta(): string;
  /** Milliseconds until so much is done; null before anything is. */
  left(to: number): number | null;
}

/** @param now the clock in milliseconds, for tests */
export function createPace(total: number, now = () => performance.now()): Pace {
  let begin = now();
  let before = 0;
  let done = 0;
  const left = (to: number) => (done === before ? null : ((now() - begin) / (done - before)) * (to - done));
  return {
    advance(to) {
      done = to;
    },
    startAt(at) {
      begin = now();
      before = at;
      done = at;
    },
    eta: () => {
      if (done >= total) return '';
      const rest = left(total);
      return rest === null ? '–' : formatDuration(rest);
    },
    left,
  };
}
