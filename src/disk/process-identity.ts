/** Who a process is, so that others can tell whether it is alive. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told from every other on every machine, also from a later one with its number. */
export interface ProcessIdentity {
  readonly host: string;
  /** Of what is numbered by one and the same system since it started: equal ones can look each other up. */
  readonly system: string;
  readonly pid: number;
  /** When the process started, as the system says it; '' where it does not. */
  readonly start: string;
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return null;
  }
};

let own: ProcessIdentity | undefined;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  own ??= { host: hostname(), system: systemIdentity(), pid: process.pid, start: startOf(process.pid) ?? '' };
  return own;
}

/** Containers share a host name and a kernel, but not their process numbers. */
function systemIdentity(): string {
  const boot = read('/proc/sys/kernel/random/boot_id') ?? '';
  let space = '';
  try {
    space = readlinkSync('/proc/self/ns/pid');
  } catch {
    // not on Linux
  }
  return `${process.platform} ${boot} ${space}`;
}

/** When the process of a number started; null where there is none, '' where the system does not say. */
function startOf(pid: number): string | null {
  if (process.platform === 'linux') {
    const stat = read(`/proc/${pid}/stat`);
    // With hidepid, /proc shows nothing of the processes of others; a signal still tells whether there is one.
    if (stat === null) return isThere(pid) ? '' : null;
    // The name in brackets may hold anything; the 22nd field is the start in ticks since the system's. Z: it has ended.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19]!;
  }
  if (!isThere(pid)) return null;
  if (process.platform === 'win32') return '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'latin1' }).trim();
  } catch {
    return '';
  }
}

/** Whether there is a process of a number, be it of another user. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/**
 * Whether a process is alive: `unknown` where it is not of this system, or the system hides whether the process that has its
 * number now is the same one.
 */
export function lifeOf({ host, system, pid, start }: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const self = ownIdentity();
  if (host !== self.host || system !== self.system) return 'unknown';
  const now = startOf(pid);
  if (now === null) return 'dead';
  if (start !== '' && now === '') return 'unknown';
  return start === '' || start === now ? 'alive' : 'dead';
}
