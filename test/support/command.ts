/** The command line in the process of the test: a process of its own takes a second to start. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createProgram } from '../../src/cli.ts';
import { reportError } from '../../src/command/end.ts';

export interface Ended {
  /** The exit code. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd?: string;
  /** Instead of those of the test. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

type Output = { -readonly [K in 'stdout' | 'stderr']: string };

/** Of the command that is running: what the test runner writes meanwhile is not its output. */
const output = new AsyncLocalStorage<Output>();

for (const name of ['stdout', 'stderr'] as const) {
  const write = process[name].write.bind(process[name]) as (...args: readonly unknown[]) => boolean;
  process[name].write = (...args: readonly unknown[]): boolean => {
    const mine = output.getStore();
    if (mine === undefined) return write(...args);
    const [chunk, then] = [args[0], args.at(-1)];
    mine[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString();
    if (typeof then === 'function') then();
    return true;
  };
}

/** Runs `sessionlab …args` as src/cli.ts does, but for the end of the process. One after the other: folder and environment are the process's. */
export async function sessionlab(args: readonly string[], { cwd, env }: Place = {}): Promise<Ended> {
  const printed: Output = { stdout: '', stderr: '' };
  const before = { cwd: process.cwd(), env: process.env, exitCode: process.exitCode };
  const run = async (): Promise<number> => {
    try {
      const program = await createProgram(args);
      await program.parseAsync(args, { from: 'user' });
      return Number(process.exitCode ?? 0);
    } catch (error) {
      return reportError(error);
    }
  };
  try {
    if (cwd !== undefined) process.chdir(cwd);
    if (env !== undefined) process.env = { ...env };
    process.exitCode = undefined;
    return { status: await output.run(printed, run), ...printed };
  } finally {
    process.chdir(before.cwd);
    process.env = before.env;
    process.exitCode = before.exitCode;
  }
}
