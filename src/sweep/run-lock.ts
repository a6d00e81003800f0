/** Who works on which run of an experiment: locks beside the results. */
import { rmdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import {
  codeOf,
  isTaken,
  type Lock,
  locksIn,
  makeFolder,
  type Owner,
  removeEmpty,
  signOfLife,
  takeLock,
  writeFault,
} from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';

/** A run of an experiment: by the hash of its spec and data, and its seed. */
export interface RunKey {
  readonly specHash: string;
  readonly seed: number;
}

const LOCKS = '.locks';

/** The name of a run's files. */
export const runName = ({ specHash, seed }: RunKey): string => `${specHash.slice(0, 12)}-${seed}`;

/**
 * Does some work under the lock of a run.
 *
 * @param experiment results/<name>
 * @param isDone whether nothing is left to be done under the lock by anyone
 * @returns who has the lock where somebody has
 * @throws FaultError (machine) when nothing can be written there; what the work throws
 */
export async function withLock<T>(
  experiment: string,
  run: RunKey,
  work: (lock: Lock) => Promise<T>,
  isDone: (result: T) => boolean = () => true,
): Promise<T | { readonly heldBy: Owner }> {
  const lock = await lockRun(experiment, run);
  if ('heldBy' in lock) return lock;
  let done = false;
  try {
    const result = await work(lock);
    done = isDone(result);
    return result;
  } finally {
    unlockRun(experiment, lock, done);
    await removeEmpty(join(experiment, run.specHash.slice(0, 12)), dirname(experiment));
  }
}

/** Takes the lock of a run; see withLock. */
export async function lockRun(experiment: string, run: RunKey): Promise<Lock | { readonly heldBy: Owner }> {
  const locks = join(experiment, LOCKS);
  for (let tries = 1; ; tries++) {
    await makeFolder(locks);
    try {
      return takeLock(join(locks, runName(run)));
    } catch (error) {
      // Somebody found it empty and tidied up.
      if (codeOf(error) !== 'ENOENT' || tries > 100) throw writeFault(locks, error);
    }
  }
}

/** Releases the lock of a run, and takes the folder away when it was the last. */
export function unlockRun(experiment: string, lock: Lock, done: boolean): void {
  try {
    lock.release(done);
    rmdirSync(join(experiment, LOCKS));
  } catch {
    // There are others, or it cannot be written: then the lock is that of a process that has ended.
  }
}

/** Who works on which run, by the names of the runs. */
export const ownersIn = (experiment: string): ReadonlyMap<string, Owner> => locksIn(join(experiment, LOCKS));

/** See signOfLife: of whoever works on a run. */
export const ownerSign = (experiment: string, run: RunKey): string | null =>
  signOfLife(join(experiment, LOCKS, runName(run)));

/** Whether somebody works on a run of this name, on whatever machine. */
export const isWorkedOn = (experiment: string, name: string): boolean =>
  isTaken(join(experiment, LOCKS, name));

/** The fault of a run that somebody else works on. */
export function heldFault(place: string, { host, pid, since }: Owner): FaultError {
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  const problem = `${where} works on this run since ${since}`;
  const cure = 'wait for it, or stop it; what it has done stays';
  return new FaultError({ place, problem, cure }, ExitCode.machine);
}
