/** How the process ends: what is printed for what was thrown, and the exit code. */
import { CommanderError } from 'commander';
import { codeOf, machineProblem } from '../disk/index.ts';
import { ExitCode, type Fault, FaultError, formatFault, Interrupted } from '../fault/index.ts';

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
    write(error.message);
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

function refusalOf(error: unknown): Fault | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  const problem = code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'not enough memory' : machineProblem(code);
  if (problem === undefined) return undefined;
  const { path } = error as NodeJS.ErrnoException;
  return { place: typeof path === 'string' ? path : 'the machine', problem: `${problem} (${code})` };
}

/** A value that is quoted in a fault may hold anything: no character of it moves the cursor or ends the line. */
function onOneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) =>
    c === '\n' ? '\\n' : c === '\t' ? '\\t' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `sessionlab … | head` is no error: the reader has what it wants. */
export function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(Number(process.exitCode ?? ExitCode.ok));
  });
}

/** Ends the process when everything that was printed has arrived. */
export async function endWith(code: number): Promise<void> {
  process.exitCode = code;
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writable) await new Promise<void>((done) => stream.write('', () => done()));
  }
  process.exit(code);
}
