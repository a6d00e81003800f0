/** What is shown while a run goes on: facts on standard output, progress on standard error. */
import { formatBytes, formatDuration, plural } from './format.ts';
import { onOneLine, onTerminal } from './outside.ts';

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
      facts.write(onTerminal(text));
    },
    line(text) {
      clear();
      progress.write(`${onTerminal(text)}\n`);
    },
    status(text) {
      if (!live || now() - last < INTERVAL) return;
      last = now();
      // A line that wraps could not be written over.
      progress.write(`\r${onOneLine(text()).slice(0, (progress.columns ?? 80) - 1)}\x1b[K`);
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

/** How far bytes are that arrive or are read one after another. */
export interface Transfer {
  /** So many are there before anything is done. */
  begin(bytes: number): void;
  advance(bytes: number): void;
  /** `120 MB of 368 MB (32%), 11.8 MB/s, 21.0 s left`; what is not known is left out. */
  text(total: number | null): string;
}

/** @param now the clock in milliseconds, for tests */
export function createTransfer(now = () => performance.now()): Transfer {
  let began = now();
  let before = 0;
  let done = 0;
  return {
    begin(bytes) {
      began = now();
      before = bytes;
      done = bytes;
    },
    advance(bytes) {
      done = bytes;
    },
    text(total) {
      const seconds = (now() - began) / 1000;
      const speed = done > before && seconds > 0 ? (done - before) / seconds : null;
      const share = total === null || total === 0 ? '' : ` (${Math.floor((100 * done) / total)}%)`;
      const parts = [`${formatBytes(done)}${total === null ? '' : ` of ${formatBytes(total)}`}${share}`];
      if (speed !== null) parts.push(`${formatBytes(speed)}/s`);
      if (speed !== null && total !== null && total > done)
        parts.push(`${formatDuration((1000 * (total - done)) / speed)} left`);
      return parts.join(', ');
    },
  };
}

/** How far captures are read: `reading: 42%, 12,345 packets`. */
export function readingText(at: {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly packets: number;
}): string {
  const percent = at.totalBytes === 0 ? 100 : Math.floor((100 * at.bytes) / at.totalBytes);
  return `reading: ${percent}%, ${plural(at.packets, 'packet')}`;
}
