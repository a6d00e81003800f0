/** What is known of the runs of an experiment beside their results: who works on which, and which failed. */
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  codeOf,
  isTaken,
  type Lock,
  locksIn,
  makeFolder,
  type Owner,
  signOfLife,
  takeLock,
  writeFault,
  writeWhole,
} from '../disk/index.ts';
import { ExitCode, type Fault, FaultError } from '../fault/index.ts';

/** A run of an experiment: by the hash of its spec and data, and its seed. */
export interface RunKey {
  readonly specHash: string;
  readonly seed: number;
}

const LOCKS = '.locks';
const FAILED = '.failed';

/** The name of a run's files. */
export const runName = ({ specHash, seed }: RunKey): string => `${specHash.slice(0, 12)}-${seed}`;

/**
 * Takes the lock of a run.
 *
 * @param folder of the experiment: results/<name>
 * @returns who has it where somebody has
 * @throws FaultError (machine) when nothing can be written there
 */
export async function claim(folder: string, run: RunKey): Promise<Lock | { readonly heldBy: Owner }> {
  const locks = join(folder, LOCKS);
  for (let attempt = 0; ; attempt++) {
    await makeFolder(locks);
    try {
      return takeLock(join(locks, runName(run)));
    } catch (error) {
      // Somebody found it empty and tidied up.
      const gone = codeOf(error) === 'ENOENT';
      if (!gone || attempt >= 100) throw writeFault(locks, error);
    }
  }
}

/** Releases the lock of a run, and takes the folder away when it was the last. */
export function unclaim(folder: string, lock: Lock, done: boolean): void {
  try {
    lock.release(done);
    rmdirSync(join(folder, LOCKS));
  } catch {
    // There are others, or it cannot be written: then the lock is that of a process that has ended.
  }
}

/** Who works on which run, by the names of the runs. */
export const workers = (folder: string): ReadonlyMap<string, Owner> => locksIn(join(folder, LOCKS));

/** See signOfLife: of whoever works on a run. */
export const lifeSign = (folder: string, run: RunKey): string | null =>
  signOfLife(join(folder, LOCKS, runName(run)));

/** Whether somebody works on a run of this name, on whatever machine. */
export const isWorkedOn = (folder: string, name: string): boolean => isTaken(join(folder, LOCKS, name));

/** The fault of a run that somebody else works on. */
export function heldFault(place: string, { host, pid, since }: Owner): FaultError {
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  const problem = `${where} works on this run since ${since}`;
  const cure = 'wait for it, or stop it; what it has done stays';
  return new FaultError({ place, problem, cure }, ExitCode.machine);
}

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

/** Keeps the failure of a run. */
export async function noteFailure(folder: string, run: RunKey, failure: Failure): Promise<void> {
  const path = join(folder, FAILED, `${runName(run)}.json`);
  await makeFolder(join(folder, FAILED));
  await writeWhole(path, `${JSON.stringify(failure, null, 2)}\n`);
}

/** Forgets the failure of a run, where there is one. */
export function forgetFailure(folder: string, run: RunKey): void {
  try {
    rmSync(join(folder, FAILED, `${runName(run)}.json`), { force: true });
    rmdirSync(join(folder, FAILED));
  } catch {
    // there are others, or none at all
  }
}

/** Failures by the names of the runs. */
export function failures(folder: string): ReadonlyMap<string, Failure> {
  const found = new Map<string, Failure>();
  let names: readonly string[] = [];
  try {
    names = readdirSync(join(folder, FAILED));
  } catch {
    // none
  }
  for (const name of names) {
    if (!/^[0-9a-f]{12}-[0-9]+\.json$/.test(name)) continue;
    const failure = failureIn(join(folder, FAILED, name));
    if (failure !== null) found.set(name.slice(0, -'.json'.length), failure);
  }
  return found;
}

/** The failure of one run; null where there is none that can be read. */
export const failureOf = (folder: string, run: RunKey): Failure | null =>
  failureIn(join(folder, FAILED, `${runName(run)}.json`));

function failureIn(path: string): Failure | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Failure;
  } catch {
    return null;
  }
}
