/** A request to stop that reaches everybody who works on an experiment, on any machine: a file in its folder. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Interrupted, type Interruption } from '../fault/index.ts';

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
