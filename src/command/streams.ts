/**
 * Standard output and standard error. Whatever becomes of them, what is printed must not fail on its own channel: a message
 * about standard error would go to standard error.
 *
 * What nobody can read on standard error is left unsaid, and the work goes on. Where standard output is lost, work that
 * keeps what it does stops after a checkpoint, as at a signal; a command that only prints ends at once.
 */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { codeOf, machineProblem } from '../disk/index.ts';
import { ExitCode, formatFault, stopWork, wasSignalled } from '../fault/index.ts';

/** What becomes of the exit code because standard output is lost; null as long as it is not. */
let lost: { readonly idle: ExitCode; readonly stopped: ExitCode } | null = null;

/** To be called once, before anything is printed. */
export function guardStreams(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', lose);
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  process.on('exit', () => leave(terminals));
}

/** Node gives terminals back as they were when it ends, and aborts where one has hung up; it passes over those that are closed. */
function leave(terminals: readonly number[]): void {
  for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
}

function lose(error: NodeJS.ErrnoException): void {
  if (lost !== null) return;
  const place = 'standard output';
  if (hasNoReader(error)) {
    // `sessionlab … | head` is no error: the reader has what it wants. Only who gives work up says so.
    lost = { idle: ExitCode.ok, stopped: ExitCode.unread };
    if (!stopWork(`${place}: nobody reads it any more`))
      process.exit(Number(process.exitCode ?? ExitCode.ok));
    return;
  }
  lost = { idle: ExitCode.machine, stopped: ExitCode.machine };
  const code = codeOf(error) ?? error.message;
  const problem = `cannot be written: ${machineProblem(code) ?? 'the system refuses'} (${code})`;
  process.stderr.write(`${formatFault({ place, problem, cure: 'let it go elsewhere' })}\n`);
  if (!stopWork()) process.exit(ExitCode.machine);
}

/** Of a terminal that has hung up the system says EIO. */
const hasNoReader = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'EPIPE' || code === 'ECONNRESET' || (code === 'EIO' && process.stdout.isTTY === true);

/** Ends the process when everything that was printed has arrived, or has nowhere to go. */
export async function endWith(code: number): Promise<void> {
  process.exitCode = code;
  for (const stream of [process.stdout, process.stderr])
    if (stream.writable) await new Promise<void>((done) => stream.write('', () => done()));
  process.exit(exitCodeOf(code));
}

function exitCodeOf(code: number): number {
  if (lost === null) return code;
  if (code === ExitCode.ok) return lost.idle;
  // At Ctrl-C, `run … | tee log` loses its reader, too.
  return code === ExitCode.interrupted && !wasSignalled() ? lost.stopped : code;
}
