/** What the operating system refuses, as faults: one table for all that is written and read. */
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { hasLost, isGarbled } from './path-bytes.ts';

/** Where else to write, for the cure of a fault: what the option is called that names the folder. */
export type FolderOption = '--out' | '--data';

type Refusal = readonly [problem: string, cure: string];

/** Cures name the option in place of `%`. */
const ELSEWHERE = 'choose another folder with %';

/** What concerns the machine, whatever the path. */
const MACHINE: Readonly<Record<string, Refusal>> = {
  EACCES: ['permission denied', `change its permissions, or ${ELSEWHERE}`],
  EPERM: ['not permitted', `change its permissions, or ${ELSEWHERE}`],
  EROFS: ['the file system is read-only', ELSEWHERE],
  ENOSPC: ['no space left on the disk', `free some space, or ${ELSEWHERE}`],
  EDQUOT: ['the disk quota is used up', `free some space, or ${ELSEWHERE}`],
  EMFILE: ['too many open files', 'raise the limit (ulimit -n)'],
  ENFILE: ['too many open files in the system', 'close other programs'],
  ENOMEM: ['not enough memory', 'close other programs'],
  EIO: ['the disk or the network failed', ELSEWHERE],
  ESTALE: ['the file server no longer has it', ELSEWHERE],
  ETIMEDOUT: ['the file server does not answer', ELSEWHERE],
  EBUSY: ['something else uses it', ELSEWHERE],
  ENXIO: ['there is no such device', ELSEWHERE],
  EAGAIN: ['no more processes or threads', 'close other programs, or raise the limit (ulimit -u)'],
};

/** What concerns the path. */
const PATH: Readonly<Record<string, Refusal>> = {
  EFBIG: [
    'the file would be larger than the limit for files',
    `raise the limit (ulimit -f), or ${ELSEWHERE}`,
  ],
  ENOTDIR: ['a part of its path is a file', ELSEWHERE],
  EEXIST: ['a file is in its place', ELSEWHERE],
  EISDIR: ['a folder is in its place', ELSEWHERE],
  ENOENT: ['there is no such folder', `make it first, or ${ELSEWHERE}`],
  ENAMETOOLONG: ['the path is too long', ELSEWHERE],
  ELOOP: ['its links lead in a circle', ELSEWHERE],
};

/** The code of a system's error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What the system refuses by the code of an error, in words; undefined where it is none of these. */
export const machineProblem = (code: string): string | undefined => (MACHINE[code] ?? PATH[code])?.[0];

/**
 * What the system says about a path that is written to, as a fault (machine) with its cure; anything else as it is.
 *
 * @param option what names the folder
 */
export function writeFault(path: string, error: unknown, option: FolderOption = '--out'): unknown {
  const code = codeOf(error) ?? '';
  if (isGarbled(path) && code !== '') return garbledFault(displayPath(path));
  const refusal = MACHINE[code] ?? PATH[code];
  if (refusal === undefined) return error;
  const [problem, cure] = refusal;
  return new FaultError(
    {
      place: displayPath(path),
      problem: `cannot be written: ${problem} (${code})`,
      cure: cure.replace('%', option),
    },
    ExitCode.machine,
  );
}

/**
 * What the system says about a file that is read, as a fault: (data) when it is not there or is a folder, else (machine);
 * anything else as it is.
 */
export function readFault(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof FaultError || !/^E[A-Z]+$/.test(code)) return error;
  if (hasLost(path)) return garbledFault(displayPath(path));
  const place = displayPath(path);
  const fault = (problem: string, cure: string, exitCode: ExitCode) =>
    new FaultError({ place, problem, cure }, exitCode);
  switch (code) {
    case 'ENOENT':
      return fault('no such file', 'check the path', ExitCode.data);
    case 'EISDIR':
      return fault('it is a folder, expected a file', 'name a file', ExitCode.data);
    case 'EACCES':
    case 'EPERM':
      return fault('no permission to read it', 'change its permissions (chmod, chown)', ExitCode.machine);
    case 'EMFILE':
    case 'ENFILE':
      return fault(
        'too many open files',
        'raise the limit (`ulimit -n`) or read fewer files at once',
        ExitCode.machine,
      );
    default:
      return fault(`it cannot be read (${code})`, 'check the disk and the path', ExitCode.machine);
  }
}

/** The fault of such a name. */
export function garbledFault(place: string): FaultError {
  const problem = 'a part of the name is no valid UTF-8';
  const cure = 'rename it (convmv), or name it through a link (ln -s)';
  return new FaultError({ place, problem, cure }, ExitCode.data);
}
