/** The failures of runs, in a folder beside their results: what failed is not tried again by the same code. */
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeWhole } from '../disk/index.ts';
import { ExitCode, type Fault, FaultError } from '../fault/index.ts';
import { type RunKey, runName } from './run-lock.ts';

const FAILED = '.failed';

/** A run that failed. */
export interface Failure {
  readonly cell: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly exitCode: ExitCode;
  /** Of the code that failed, see CodeFacts. */
  readonly numeric: string;
  /** ISO 8601. */
  readonly time: string;
}

/** Whether another try by the same code would fail as well: what the machine refused may go another time. */
export const isLasting = ({ exitCode }: Failure): boolean => exitCode !== ExitCode.machine;

const pathOf = (experiment: string, run: RunKey): string => join(experiment, FAILED, `${runName(run)}.json`);

/** Keeps the failure of a run. */
export async function noteFailure(experiment: string, run: RunKey, failure: Failure): Promise<void> {
  await makeFolder(join(experiment, FAILED));
  await writeWhole(pathOf(experiment, run), `${JSON.stringify(failure, null, 2)}\n`);
}

/** Does some work for a run, and keeps the faults that it throws. */
export async function withFailureNote<T>(
  experiment: string,
  run: RunKey,
  { cell, numeric }: Pick<Failure, 'cell' | 'numeric'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FaultError) {
      const { faults, exitCode } = error;
      const failure = { cell, seed: run.seed, faults, exitCode, numeric, time: new Date().toISOString() };
      // A disk that is full takes no note of it either.
      await noteFailure(experiment, run, failure).catch(() => undefined);
    }
    throw error;
  }
}

/** Forgets the failure of a run, where there is one. */
export function forgetFailure(experiment: string, run: RunKey): void {
  try {
    rmSync(pathOf(experiment, run), { force: true });
    rmdirSync(join(experiment, FAILED));
  } catch {
    // there are others, or none at all
  }
}

/** Failures by the names of the runs. */
export function failures(experiment: string): ReadonlyMap<string, Failure> {
  const found = new Map<string, Failure>();
  let names: readonly string[] = [];
  try {
    names = readdirSync(join(experiment, FAILED));
  } catch {
    // none
  }
  for (const name of names) {
    if (!/^[0-9a-f]{12}-[0-9]+\.json$/.test(name)) continue;
    const failure = readFailure(join(experiment, FAILED, name));
    if (failure !== null) found.set(name.slice(0, -'.json'.length), failure);
  }
  return found;
}

/** The failure of one run; null where there is none that can be read. */
export const failureOf = (experiment: string, run: RunKey): Failure | null =>
  readFailure(pathOf(experiment, run));

function readFailure(path: string): Failure | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Failure;
  } catch {
    return null;
  }
}
