/** Runs programs of the peers. */
import { delimiter, dirname } from 'node:path';
import { type Ran, runProgram } from '../../src/services/index.ts';

/** Variables that steer the libraries of the peers, and must be the same for all. */
const STEERING =
  /^(OPENBLAS|OMP|MKL|KMP|GOMP|XLA|JAX|TF|KERAS|NUMEXPR|VECLIB|BLIS|TORCH|PYTORCH|PYTHON|NPROC|PJRT)/;

/** The environment without what could favour or hinder one peer, with what is given. */
export function cleanEnvironment(given: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !STEERING.test(name));
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path, ...given };
}

/** Runs a program in that environment; a missing program is a failure like any other. */
export function runClean(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  return runProgram(program, args, { ...(cwd === undefined ? {} : { cwd }), env: cleanEnvironment(env) });
}
