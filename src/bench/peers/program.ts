/** Runs other programs to their end. */
import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/** How a program ended, and what it wrote to standard output and standard error. */
export interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

/** Variables that steer the libraries of the peers, and must be the same for all. */
const STEERING =
  /^(OPENBLAS|OMP|MKL|KMP|GOMP|XLA|JAX|TF|KERAS|NUMEXPR|VECLIB|BLIS|TORCH|PYTORCH|PYTHON|NPROC|PJRT)/;

/** The environment without what could favour or hinder one peer, with what is given. */
export function cleanEnvironment(given: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !STEERING.test(name));
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path, ...given };
}

/** Runs a program; a missing program is a failure like any other. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(program, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: cleanEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = (ok: boolean, last = ''): void =>
      resolve({ ok, output: Buffer.concat(chunks).toString('utf8') + last });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => end(false, error.message));
    child.on('close', (code) => end(code === 0));
  });
}

/** The line of a failure that tells the most: the last that speaks of an error, else the last. */
export function tailOf({ output }: Ran): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => /error|not found|no such|cannot|unable/i.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? 'no output').slice(0, 200);
}
