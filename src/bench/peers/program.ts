/** Runs other programs to their end. */
import { delimiter, dirname } from 'node:path';
import { type Ran, runProgram as run, tailOf as tail } from '../../services/index.ts';

export type { Ran };

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
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  return run(program, args, { ...(cwd === undefined ? {} : { cwd }), env: cleanEnvironment(env) });
}

/** The line of a failure that tells the most. */
export const tailOf = ({ output }: Ran): string => tail(output);
