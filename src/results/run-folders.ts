/** Which runs there are in a results folder. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { RECORD_FILE } from '../tracking/index.ts';
import { JOURNAL_FILE } from './journal.ts';

/** A folder with a journal. */
export interface RunFolder {
  readonly path: string;
  /** `finished`; `going on`: somebody works on it; `killed`: nobody does. */
  readonly state: 'finished' | 'going on' | 'killed';
}

/** Whether a process, on whatever machine, works on a run: by the folder of its experiment and `<spec hash>-<seed>`. */
export type IsBusy = (experiment: string, run: string) => boolean;

/** <experiment>/<spec hash>/<seed>. */
const DEPTH = 3;

/**
 * The runs that a user means.
 *
 * @param name `all`, a run folder or one above it, or part of the path below the results folder: an experiment, or an
 *   experiment and the beginning of a spec hash, and perhaps a seed
 * @param isBusy a process that works on a run holds its lock
 * @throws FaultError (usage) when no run fits
 */
export function findRunFolders(name: string, results: string, isBusy: IsBusy): readonly RunFolder[] {
  const inside = name !== 'all' && isFolder(name) ? foldersBelow(resolve(name), DEPTH, isBusy) : [];
  if (inside.length > 0) return inside;
  const all = foldersBelow(resolve(results), DEPTH, isBusy);
  const wanted = parts(name);
  const fitting =
    name === 'all' ? all : all.filter(({ path }) => fits(parts(relative(resolve(results), path)), wanted));
  if (fitting.length > 0) return fitting;
  if (all.length === 0) {
    const problem = isFolder(results) ? 'there is no run in it' : 'there is no such folder';
    throw new FaultError({
      place: results,
      problem,
      cure: 'run an experiment first: `sessionlab run <spec>`',
    });
  }
  const names = all.map(({ path }) => parts(relative(resolve(results), path)).join('/'));
  const experiments = [...new Set(names.map((path) => path.split('/')[0]!))].sort();
  const near = suggest(name, ['all', ...experiments, ...names]);
  throw new FaultError(
    {
      place: `run "${name}"`,
      problem: `got a name that no run in ${results} has, expected "all", a run folder, or one of: ${experiments.slice(0, 10).join(', ')}`,
      ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
    },
    ExitCode.usage,
  );
}

const parts = (path: string) => path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');

/** Experiment and seed must be equal, but for what comes after the seed; a spec hash may be cut short. */
function fits(run: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0 || wanted.length > run.length) return false;
  return wanted.every(
    (part, i) =>
      run[i] === part || (i === 1 && run[i]!.startsWith(part)) || (i === 2 && run[i]!.startsWith(`${part}.`)),
  );
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function foldersBelow(folder: string, depth: number, isBusy: IsBusy): readonly RunFolder[] {
  const state = stateOf(folder, isBusy);
  if (state !== null) return [{ path: folder, state }];
  if (depth === 0 || !isFolder(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => foldersBelow(folder + sep + name, depth - 1, isBusy));
}

function stateOf(folder: string, isBusy: IsBusy): RunFolder['state'] | null {
  if (!existsSync(join(folder, JOURNAL_FILE))) return null;
  const seed = /^(\d+)\.partial-\d+$/.exec(basename(folder))?.[1];
  if (seed === undefined) return existsSync(join(folder, RECORD_FILE)) ? 'finished' : null;
  const cell = dirname(folder);
  return isBusy(dirname(cell), `${basename(cell)}-${seed}`) ? 'going on' : 'killed';
}
