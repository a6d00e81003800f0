/** A Python environment of the benchmark's own, with pinned packages for each peer. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, tailOf } from './program.ts';

/** The peers' programs in Python and their requirements. */
export const pythonFolder = fileURLToPath(new URL('python/', import.meta.url));

/** Requirement files: python/requirements-NAME.txt. */
export type Requirements = 'dpkt' | 'jax' | 'keras' | 'pytorch';

export interface PythonEnvironment {
  /** Its Python. */
  readonly python: string;
  readonly folder: string;
}

/** Something is there, or why not. */
export type Found<T> = { readonly found: T } | { readonly reason: string };

const windows = process.platform === 'win32';

/** The environment in a folder, without looking whether it is there. */
export function pythonEnvironment(folder: string): PythonEnvironment {
  return { folder, python: join(folder, windows ? 'Scripts/python.exe' : 'bin/python') };
}

/** Makes the environment where it is missing. */
export async function createPythonEnvironment(folder: string): Promise<Found<PythonEnvironment>> {
  const environment = pythonEnvironment(folder);
  if ((await runProgram(environment.python, ['-m', 'pip', '--version'])).ok) return { found: environment };
  const names = windows ? ['python', 'py'] : ['python3', 'python'];
  for (const name of names) {
    if (!(await runProgram(name, ['--version'])).ok) continue;
    mkdirSync(dirname(folder), { recursive: true });
    const made = await runProgram(name, ['-m', 'venv', '--clear', folder]);
    return made.ok ? { found: environment } : { reason: `${name} -m venv failed: ${tailOf(made)}` };
  }
  return { reason: `no Python found (tried ${names.join(', ')})` };
}

/** Installs the packages of a requirement file, when they or the pins have changed. Null when all is well, else why not. */
export async function installRequirements(
  { python, folder }: PythonEnvironment,
  name: Requirements,
  say: (line: string) => void,
): Promise<string | null> {
  const file = join(pythonFolder, `requirements-${name}.txt`);
  const hash = createHash('sha256');
  for (const path of [file, join(pythonFolder, 'constraints.txt')]) hash.update(readFileSync(path));
  const digest = hash.digest('hex');
  const stamp = join(folder, `.sessionlab-${name}`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return null;
  say(`python: pip install -r requirements-${name}.txt`);
  const installed = await runProgram(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    file,
  ]);
  if (!installed.ok) return `pip install failed: ${tailOf(installed)}`;
  writeFileSync(stamp, digest);
  return null;
}

/** The folder of an installed package; null where it is not installed. */
export function packageFolder({ folder }: PythonEnvironment, name: string): string | null {
  const lib = join(folder, windows ? 'Lib' : 'lib');
  if (!existsSync(lib)) return null;
  const sites = windows
    ? ['site-packages']
    : readdirSync(lib).map((version) => join(version, 'site-packages'));
  return sites.map((site) => join(lib, site, name)).find((path) => existsSync(path)) ?? null;
}
