/** Ctrl-C and its like: a clean stop at the next whole step, and at once when asked again. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ExitCode } from '../fault/index.ts';

/** Thrown where the work is given up because somebody asked for it. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

export interface Interruption {
  /** @throws Interrupted when a stop was asked for */
  check(): void;
  /** A file or folder in the making, to be removed when there is no time for anything else; returns how to undo it. */
  guard(path: string): () => void;
  /** Stops listening. */
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds. Below npm, one Ctrl-C arrives twice: from the terminal, and passed on by npm. */
const ECHO = 400;

/**
 * Listens for signals until disposed of.
 *
 * @param onFirst called at the first signal, to tell that it was heard
 */
export function listenForSignals(onFirst: () => void): Interruption {
  const guarded = new Set<string>();
  let asked: number | undefined;
  const hear = () => {
    if (asked !== undefined) {
      if (performance.now() - asked > ECHO) process.exit(ExitCode.interrupted);
      return;
    }
    asked = performance.now();
    onFirst();
  };
  // Also when the process ends for another reason, such as a pipe that nobody reads any more.
  const leave = () => {
    for (const path of guarded) rmSync(path, { recursive: true, force: true });
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  process.on('exit', leave);
  return {
    check() {
      if (asked !== undefined) throw new Interrupted();
    },
    guard(path) {
      guarded.add(path);
      return () => guarded.delete(path);
    },
    dispose() {
      for (const signal of SIGNALS) process.off(signal, hear);
      process.off('exit', leave);
    },
  };
}

/** Milliseconds between two looks for a request to stop. */
const LOOK = 2000;

/** The file whose change asks everybody who works on an experiment to stop. */
const CANCEL_FILE = '.cancel';

/** Asks everybody who works on the experiment of a folder to stop after a checkpoint. @throws the system's error */
export function askToStop(experiment: string): void {
  writeFileSync(join(experiment, CANCEL_FILE), `${new Date().toISOString()}\n`);
}

/**
 * An interruption that also hears those who ask, on any machine, for the work on these experiments to stop. Requests from
 * before it are none: each is told from the one before by the time of its file.
 */
export function cancellable(interruption: Interruption, experiments: readonly string[]) {
  const paths = experiments.map((folder) => join(folder, CANCEL_FILE));
  const timeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
  const before = paths.map(timeOf);
  let asked = false;
  const timer = setInterval(() => {
    asked ||= paths.some((path, i) => {
      const now = timeOf(path);
      return now !== null && now !== before[i];
    });
  }, LOOK);
  timer.unref();
  const own: Interruption = {
    ...interruption,
    check() {
      interruption.check();
      if (asked) throw new Interrupted();
    },
  };
  return { interruption: own, dispose: () => clearInterval(timer) };
}

/** For those who call from code and handle signals themselves. */
export const uninterrupted: Interruption = { check() {}, guard: () => () => {}, dispose() {} };
