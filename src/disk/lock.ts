/**
 * Locks on a file system that machines may share: of all processes, one works on a run.
 *
 * A lock is a chain of files, `<name>`, `<name>~<nonce of the first>`, `<name>~<nonce of the second>`, … Each is made by
 * one process, which then is the owner; it is made as a hard link to a file that is whole, which fails where there is one
 * already, so that of many who try one succeeds. A successor may be made when the owner has released the lock (its own
 * successor says so) or is dead. As nothing is ever replaced or renamed, nobody can take away what somebody else has just
 * taken. The chain of a run is removed when the run is done, after which whoever still gets hold of it finds that.
 *
 * An owner is dead when its process is gone, which its own machine can see; to others, and where the machine hides it, when
 * its heartbeat, the time of the file's last change, is too old. That age is measured by the clock of the file system, the same for all.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { fileClock } from './clock.ts';
import { lifeOf, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { codeOf } from './refusal.ts';
import { unique } from './whole-file.ts';

/** How far an owner is, for those who watch. */
export interface LockProgress {
  readonly step: number;
  readonly steps: number;
  /** Milliseconds; null where it is not known yet. */
  readonly eta: number | null;
}

export interface Owner extends ProcessIdentity {
  readonly nonce: string;
  /** ISO 8601, by the owner's clock: to be shown. */
  readonly since: string;
  /** Given up by its owner. */
  readonly released?: true;
  readonly progress?: LockProgress;
  /** The task of a Slurm job that it is. */
  readonly job?: string;
}

export interface Lock {
  readonly owner: Owner;
  /** Tells how far things are with the next heartbeat. */
  report(progress: LockProgress): void;
  /** Whether nobody has taken it for dead: then what it guards must be left alone. */
  isHeld(): boolean;
  /** Others may have it; `done` when there is nothing left to be done under it by anyone. */
  release(done: boolean): void;
}

/** Milliseconds between two heartbeats. */
const BEAT = 5000;
/** Milliseconds without a heartbeat after which an owner on another machine is taken for dead. */
const DEAD_AFTER = 120_000;
/** Bytes of a lock file: a heartbeat writes all of them at once, and readers see one or the other. */
const SIZE = 1024;

const encode = (owner: Owner): Buffer => Buffer.from(`${JSON.stringify(owner).padEnd(SIZE - 1)}\n`);

/** The owner in a lock file; null where there is none. */
function readOwner(path: string): Owner | null {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Owner;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      // In the middle of a heartbeat: once more.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  // What nobody can read belongs to nobody that could be asked: its heartbeat decides.
  return { host: '', system: '', pid: 0, start: '', nonce: 'unreadable', since: '' };
}

interface End {
  readonly path: string;
  readonly owner: Owner;
}

const successorOf = (path: string, { nonce }: Owner): string => `${path}~${nonce}`;

/** The last file of a chain; null where there is no chain. */
function endOf(path: string): End | null {
  let end: End | null = null;
  for (let at = path; ; ) {
    const owner = readOwner(at);
    if (owner === null) return end;
    end = { path: at, owner };
    at = successorOf(path, owner);
  }
}

/** Milliseconds since a file was changed, by the clock of its file system; null where it is gone. */
function ageOf(path: string): number | null {
  try {
    return clockOf(dirname(path)) - statSync(path).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The clock of a file system; ours where nothing can be written there, which is for those who only look. */
function clockOf(folder: string): number {
  try {
    return fileClock(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error;
    return Date.now();
  }
}

/** Whether an owner is one that works. */
function isAtWork({ path, owner }: End): boolean {
  if (owner.released === true) return false;
  const life = lifeOf(owner);
  if (life !== 'unknown') return life === 'alive';
  const age = ageOf(path);
  return age !== null && age < DEAD_AFTER;
}

/** Makes a file that others see whole, unless there is one. */
function makeExclusively(path: string, content: Buffer): boolean {
  const whole = join(dirname(path), `.${unique()}.partial`);
  writeFileSync(whole, content, { flush: true });
  try {
    linkSync(whole, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTSUP' && codeOf(error) !== 'ENOSYS') throw error;
    // A file system without hard links. Whoever looks before it is written sees what it cannot read, and waits.
    try {
      writeFileSync(path, content, { flag: 'wx', flush: true });
      return true;
    } catch (second) {
      if (codeOf(second) === 'EEXIST') return false;
      throw second;
    }
  } finally {
    rmSync(whole, { force: true });
  }
}

/**
 * Takes a lock.
 *
 * @param path of the first file of its chain, in a folder that is there
 * @returns the lock, or who has it
 * @throws the system's error when nothing can be written there
 */
export function takeLock(path: string): Lock | { readonly heldBy: Owner } {
  for (;;) {
    const end = endOf(path);
    if (end !== null && isAtWork(end)) return { heldBy: end.owner };
    const nonce = randomBytes(8).toString('hex');
    const owner: Owner = { ...ownIdentity(), nonce, since: new Date().toISOString(), ...slurmTask() };
    const at = end === null ? path : successorOf(path, end.owner);
    if (makeExclusively(at, encode(owner))) return hold(path, at, owner);
  }
}

/** The task of a Slurm job that this process is part of. */
function slurmTask(): Pick<Owner, 'job'> {
  const { SLURM_JOB_ID, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID } = process.env;
  if (SLURM_ARRAY_JOB_ID !== undefined && SLURM_ARRAY_TASK_ID !== undefined)
    return { job: `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}` };
  return SLURM_JOB_ID === undefined ? {} : { job: SLURM_JOB_ID };
}

function hold(path: string, at: string, first: Owner): Lock {
  let owner = first;
  const file = openSync(at, 'r+');
  let open = true;
  const beat = () => {
    try {
      if (open) writeSync(file, encode(owner), 0, SIZE, 0);
    } catch {
      // A full disk is told where something matters; others will see that we are silent.
    }
  };
  const timer = setInterval(beat, BEAT);
  timer.unref();
  const close = () => {
    clearInterval(timer);
    if (open) closeSync(file);
    open = false;
  };
  return {
    get owner() {
      return owner;
    },
    report(progress) {
      owner = { ...owner, progress };
    },
    isHeld: () =>
      open && readOwner(successorOf(path, owner)) === null && readOwner(at)?.nonce === owner.nonce,
    release(done) {
      if (!open) return;
      close();
      if (done) removeChain(path, at);
      else {
        const nonce = randomBytes(8).toString('hex');
        const released: Owner = { ...first, nonce, released: true };
        // Where somebody took us for dead it is theirs.
        makeExclusively(successorOf(path, owner), encode(released));
      }
    },
  };
}

/**
 * Removes a chain up to a file of it, which guards nothing any more, its end first: a part of it never looks like the whole,
 * and what others begin meanwhile is theirs.
 */
function removeChain(path: string, end: string): void {
  const files = [path];
  for (let at = path; at !== end; files.push(at)) {
    const owner = readOwner(at);
    if (owner === null) break;
    at = successorOf(path, owner);
  }
  for (const file of files.reverse()) rmSync(file, { force: true });
}

/**
 * To be asked before anything is written in the name of a lock.
 *
 * @throws FaultError (machine) when it was lost
 */
export function checkHeld(lock: Lock, path: string): void {
  if (lock.isHeld()) return;
  const problem = 'another process took this run, since nothing was heard of this one for too long';
  const cure = 'let the other one finish; the clock of this machine may have stood still';
  throw new FaultError({ place: displayPath(path), problem, cure }, ExitCode.machine);
}

/**
 * What there is to be seen of the life of a lock's owner: `alive` where that is certain, else something that changes with
 * every heartbeat; null when nobody has the lock.
 */
export function signOfLife(path: string): string | null {
  const end = endOf(path);
  if (end === null || end.owner.released === true) return null;
  if (lifeOf(end.owner) === 'alive') return 'alive';
  const stat = statSync(end.path, { throwIfNoEntry: false, bigint: true });
  return `${end.owner.nonce} ${stat?.mtimeNs ?? ''}`;
}

/** Whether somebody has a lock, who is not dead. */
export function isTaken(path: string): boolean {
  const end = endOf(path);
  return end !== null && isAtWork(end);
}

/** The locks in a folder that somebody has, by their names; with those whose owner is dead left out. */
export function locksIn(folder: string): ReadonlyMap<string, Owner> {
  const found = new Map<string, Owner>();
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return found;
  }
  for (const name of names) {
    if (name.startsWith('.') || name.includes('~')) continue;
    const end = endOf(join(folder, name));
    if (end !== null && isAtWork(end)) found.set(name, end.owner);
  }
  return found;
}
