/** Ctrl-C and its like: a clean stop at the next whole step, and at once when asked again. */
import { rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { ExitCode } from './fault.ts';

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

/** An interruption by signals, which also aborts what takes an AbortSignal. */
export interface SignalInterruption extends Interruption {
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds. Below npm, one Ctrl-C arrives twice: from the terminal, and passed on by npm. */
const ECHO = 400;

/** Those who listen for signals now. */
const listeners = new Set<(why: string | null) => void>();
let signalled = false;

/** Whether any signal was heard, be it beside another reason to stop. */
export const wasSignalled = (): boolean => signalled;

/**
 * Asks whoever listens for signals to stop, as the first signal does.
 *
 * @param why what they tell
 * @returns whether anybody listens
 */
export function stopWork(why: string | null = null): boolean {
  for (const ask of listeners) ask(why);
  return listeners.size > 0;
}

/**
 * Listens for signals until disposed of.
 *
 * @param onFirst called when a stop is asked for the first time, to tell that it was heard, and why where that is no signal
 */
export function listenForSignals(onFirst: (why: string | null) => void): SignalInterruption {
  const guarded = new Set<string>();
  const controller = new AbortController();
  let asked: number | undefined;
  const ask = (why: string | null) => {
    if (asked !== undefined) return;
    asked = performance.now();
    onFirst(why);
    controller.abort();
  };
  const hear = (signal: NodeJS.Signals) => {
    signalled = true;
    // A terminal that hangs up says so several times, and the shell once more: nobody is impatient.
    if (asked === undefined || signal === 'SIGHUP') ask(null);
    else if (performance.now() - asked > ECHO) process.exit(ExitCode.interrupted);
  };
  // Also when the process ends for another reason, such as a pipe that nobody reads any more.
  const leave = () => {
    for (const path of guarded) rmSync(path, { recursive: true, force: true });
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  process.on('exit', leave);
  listeners.add(ask);
  return {
    signal: controller.signal,
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
      listeners.delete(ask);
    },
  };
}

/** For those who call from code and handle signals themselves. */
export const uninterrupted: Interruption = { check() {}, guard: () => () => {}, dispose() {} };
