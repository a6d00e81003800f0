/** Finds the folder of a run from what a user types. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';

/** A finished or begun run is a folder with this file. */
const RUN_FILE = 'run.json';

/** results/<experiment>/<spec hash>/<seed>: how deep runs lie in the results folder. */
const DEPTH = 3;

/**
 * The folder of a run.
 *
 * @param name a run folder or one above it, `latest`, or part of the path below the results folder: an experiment, or
 *   an experiment and the beginning of a spec hash, and perhaps a seed (`quickstart`, `quickstart/3fa4`,
 *   `quickstart/3fa4/1`). Where several runs fit, it is the one written last.
 * @param results the results folder
 * @throws FaultError when no run fits, with what there is.
 */
export function findRun(name: string, results: string): string {
  const folder = resolve(name);
  if (name !== 'latest' && isFolder(folder)) {
    const inside = runsBelow(folder, DEPTH);
    if (inside.length > 0) return latest(inside);
  }
  const all = runsBelow(results, DEPTH);
  const fitting =
    name === 'latest' ? all : all.filter((run) => fits(parts(relative(results, run)), parts(name)));
  if (fitting.length > 0) return latest(fitting);
  throw new FaultError(unknownRun(name, results, all), ExitCode.usage);
}

function unknownRun(name: string, results: string, all: readonly string[]) {
  if (all.length === 0) {
    const problem = isFolder(results) ? 'there is no run in it' : 'there is no such folder';
    return { place: results, problem, cure: 'run an experiment first: `sessionlab run <spec>`' };
  }
  const paths = all.map((run) => parts(relative(results, run)).join('/'));
  const experiments = [...new Set(paths.map((path) => path.split('/')[0]!))].sort();
  const near = suggest(name, [...experiments, ...paths]);
  const list = experiments.slice(0, 10).join(', ') + (experiments.length > 10 ? ', …' : '');
  return {
    place: `run "${name}"`,
    problem: `got a name that no run in ${results} has, expected a run folder, "latest" or one of: ${list}`,
    ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
  };
}

/** Experiment and seed must be equal; a spec hash may be cut short. */
function fits(run: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0 || wanted.length > run.length) return false;
  return wanted.every((part, i) => (i === 1 ? run[i]!.startsWith(part) : run[i] === part));
}

const parts = (path: string) => path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Run folders at most `depth` folders below, in the order of their paths. */
function runsBelow(folder: string, depth: number): readonly string[] {
  if (existsSync(join(folder, RUN_FILE))) return [folder];
  if (depth === 0 || !isFolder(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => runsBelow(folder + sep + name, depth - 1));
}

/** The run whose run.json was written last; of equals the last path. */
function latest(runs: readonly string[]): string {
  const time = (run: string) => statSync(join(run, RUN_FILE)).mtimeMs;
  return runs.reduce((best, run) => (time(run) >= time(best) ? run : best));
}
