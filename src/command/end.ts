/** What is printed for what was thrown, and the exit code. */
import { CommanderError } from 'commander';
import { codeOf, machineProblem } from '../disk/index.ts';
import { ExitCode, type Fault, FaultError, formatFault, Interrupted } from '../fault/index.ts';
import { displayPath, onOneLine } from '../text/index.ts';

/** Prints what was thrown, a line for each fault, and says which exit code it means. */
export function reportError(
  error: unknown,
  write: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
  env: Readonly<Record<string, string | undefined>> = process.env,
): number {
  // Commander has printed it; its help and version come this way, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof FaultError) {
    for (const fault of error.faults) write(onOneLine(formatFault(fault)));
    return error.exitCode;
  }
  if (error instanceof Interrupted) {
    write(onOneLine(error.message));
    return ExitCode.interrupted;
  }
  const refusal = refusalOf(error);
  if (refusal !== undefined) {
    write(onOneLine(formatFault(refusal)));
    return ExitCode.machine;
  }
  const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const cure = 'please report it with what you did; SESSIONLAB_DEBUG=1 shows where it happened';
  write(onOneLine(formatFault({ place: 'this is a defect of sessionlab', problem, cure })));
  const debug = env.SESSIONLAB_DEBUG;
  if (debug !== undefined && debug !== '' && debug !== '0' && error instanceof Error)
    write(error.stack ?? '');
  return ExitCode.defect;
}

/** What Node itself refuses. */
const OF_NODE: Readonly<Record<string, string>> = {
  ERR_WORKER_OUT_OF_MEMORY: 'not enough memory',
  ERR_STRING_TOO_LONG: 'a file is too large to be read at once',
  ERR_FS_FILE_TOO_LARGE: 'a file is too large to be read at once',
};

function refusalOf(error: unknown): Fault | undefined {
  // Of arrays that are too large V8 says this and no code.
  if (error instanceof RangeError && /allocation failed|maximum size exceeded/i.test(error.message))
    return { place: 'the machine', problem: `not enough memory (${error.message})` };
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (code === 'ERR_INVALID_ARG_VALUE' && /without null bytes/.test((error as Error).message))
    return { place: 'a path', problem: 'it has a zero byte, which no name on a disk can have' };
  const problem = OF_NODE[code] ?? machineProblem(code);
  if (problem === undefined) return undefined;
  const { path } = error as NodeJS.ErrnoException;
  return {
    place: typeof path === 'string' ? displayPath(path) : 'the machine',
    problem: `${problem} (${code})`,
  };
}
