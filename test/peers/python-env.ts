/** The Python environment of the peers: what they need of packages, pinned. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultError } from '../../src/fault/index.ts';
import { type PythonEnvironment, pythonEnvironment } from '../../src/services/index.ts';

/** The peers' programs in Python and their requirements. */
export const pythonFolder = fileURLToPath(new URL('python/', import.meta.url));

/** Requirement files: python/requirements-NAME.txt. */
export type Requirements = 'dpkt' | 'jax' | 'keras' | 'pytorch';

/** Something is there, or why not. */
export type Found<T> = { readonly found: T } | { readonly reason: string };

/** The environment in a folder with the packages of a requirement file, installed where they or the pins have changed. */
export async function requireEnvironment(
  folder: string,
  name: Requirements,
  say: (line: string) => void,
): Promise<Found<PythonEnvironment>> {
  const file = join(pythonFolder, `requirements-${name}.txt`);
  const hash = createHash('sha256');
  for (const path of [file, join(pythonFolder, 'constraints.txt')]) hash.update(readFileSync(path));
  const packages = { name, args: ['-r', file], pins: hash.digest('hex'), title: `requirements-${name}.txt` };
  try {
    return { found: await pythonEnvironment(folder, packages, say) };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { reason: error.faults.map(({ place, problem }) => `${place}: ${problem}`).join('; ') };
  }
}

/** The folder of an installed package; null where it is not installed. */
export function packageFolder({ folder }: PythonEnvironment, name: string): string | null {
  const windows = process.platform === 'win32';
  const lib = join(folder, windows ? 'Lib' : 'lib');
  if (!existsSync(lib)) return null;
  const sites = windows
    ? ['site-packages']
    : readdirSync(lib).map((version) => join(version, 'site-packages'));
  return sites.map((site) => join(lib, site, name)).find((path) => existsSync(path)) ?? null;
}
