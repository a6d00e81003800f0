/**
 * Files that are read. The system allows a process only so many at once: before there are too many, all are put aside, and each
 * is opened again when it is read from (20 µs for a chunk of some ten thousand bytes).
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { systemPath } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';

/** What the system says where a process, or all of them, have too many files. */
const TOO_MANY: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE']);
// Who opens a pipe that nobody writes to would wait, and hear no signal.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** So many at once leave room for all others, where a process may have 256. */
const MOST = 128;

/** Those of this process that are not put aside. */
const opened = new Set<OpenFile>();

function putAside(): void {
  for (const file of opened) file.close();
}

/**
 * Reads are synchronous: from the page cache a chunk takes less time than its round trip to a thread pool.
 *
 * @throws the system's error from all that it does
 */
export class OpenFile {
  /** As it was when it was opened. */
  readonly stat: BigIntStats;
  private readonly path: string;
  private descriptor: number | undefined;

  constructor(path: string) {
    this.path = path;
    this.stat = fstatSync(this.open(), { bigint: true });
  }

  /** @returns how many bytes were read */
  read(into: Uint8Array, from: number, length: number, position: number): number {
    return readSync(this.descriptor ?? this.openAgain(), into, from, length, position);
  }

  /** As it is now. */
  statNow(): BigIntStats {
    return this.descriptor === undefined
      ? statSync(systemPath(this.path), { bigint: true })
      : fstatSync(this.descriptor, { bigint: true });
  }

  /** Also puts it aside: what is read from it later opens it again. */
  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
    opened.delete(this);
  }

  private open(): number {
    const path = systemPath(this.path);
    if (opened.size >= MOST) putAside();
    try {
      this.descriptor = openSync(path, FLAGS);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && TOO_MANY.has(error.code)) || opened.size === 0)
        throw error;
      putAside();
      this.descriptor = openSync(path, FLAGS);
    }
    opened.add(this);
    return this.descriptor;
  }

  private openAgain(): number {
    const descriptor = this.open();
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    if (dev === this.stat.dev && ino === this.stat.ino) return descriptor;
    this.close();
    const problem = 'another file took its place while it was read';
    throw new FaultError({ place: displayPath(this.path), problem, cure: 'read it again' }, ExitCode.data);
  }
}
