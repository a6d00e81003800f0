/** The specs that come with sessionlab: found by their names, or by their paths, from any working folder. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder above `experiments/`. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = 'experiments';

/** The paths of the shipped specs below `ROOT`, with slashes, sorted, those at the top first. */
function shippedPaths(): readonly string[] {
  const found = (readdirSync(join(ROOT, FOLDER), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.json'))
    .map((name) => [FOLDER, ...name.split(sep)].join('/'))
    .sort();
  const depth = (path: string) => path.split('/').length;
  return found.sort((a, b) => depth(a) - depth(b));
}

/** `quickstart` of `experiments/quickstart.json`. */
const nameOf = (path: string): string => basename(path, '.json');

/** The names of the shipped specs. */
export const shippedNames = (): readonly string[] => shippedPaths().map(nameOf);

/**
 * The file of a spec: that of this path; else the one that comes with sessionlab and has this name (`quickstart`) or this path
 * (`experiments/quickstart.json`); else the path as it is, to be refused by whoever reads it.
 */
export function locateSpec(path: string): string {
  if (existsSync(path)) return path;
  const shipped = shippedPaths().find((one) => one === path || nameOf(one) === path);
  return shipped === undefined ? path : join(ROOT, shipped);
}

/** A file that is no spec: that of this path, else the one that comes with sessionlab and has it, else the path as it is. */
export function locateShipped(path: string): string {
  const shipped = join(ROOT, path);
  return !existsSync(path) && path.startsWith(`${FOLDER}/`) && existsSync(shipped) ? shipped : path;
}

/** The same of several, a `*` in a path that the shell has found nothing for standing for any part of a shipped name. */
export function locateSpecs(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (!path.includes('*') || existsSync(path)) return [locateSpec(path)];
    const parts = path.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('[^/]*')}$`);
    const found = shippedPaths().filter((one) => pattern.test(one));
    return found.length === 0 ? [path] : found.map((one) => join(ROOT, one));
  });
}

/** Where data sets are looked for: beside a spec; a shipped one is used from the working folder. */
export const datasetsFolderOf = (path: string): string =>
  path.startsWith(join(ROOT, FOLDER) + sep) ? process.cwd() : dirname(path);
