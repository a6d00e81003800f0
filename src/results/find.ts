/**
 * Which runs there are, and which of them a user means: one answer for all commands.
 *
 * A folder with run.json is a finished run, whatever it is called; so is a repetition that found something else
 * (`1.differs-…`), which is a run of its own. `1.partial-…` is one that is not finished, with run.json or without. Whoever
 * opens a run whose run.json is damaged is told so. Everything else is no run.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { codeOf } from '../disk/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { JOURNAL_FILE, RUN_FILE } from './files.ts';
import { readRecord } from './record.ts';

export interface RunFolder {
  readonly path: string;
  /** `finished`; `going on`: somebody works on it; `killed`: nobody does. */
  readonly state: 'finished' | 'going on' | 'killed';
}

/** Whether a process, on whatever machine, works on a run: by the folder of its experiment and `<spec hash>-<seed>`. */
export type IsBusy = (experiment: string, run: string) => boolean;

/** <experiment>/<spec hash>/<seed>: how deep runs lie in the results folder. */
const DEPTH = 3;

/**
 * The runs that a user means, in the order of their paths.
 *
 * @param name `all`, a run folder or one above it, or part of the path below the results folder: an experiment, or an
 *   experiment and the beginning of a spec hash, and perhaps a seed (`quickstart`, `quickstart/3fa4`, `quickstart/3fa4/1`)
 * @param isBusy a process that works on a run holds its lock; without it nobody does
 * @throws FaultError (usage) when no run fits, with what there is
 */
export function findRuns(name: string, results: string, isBusy: IsBusy = () => false): readonly RunFolder[] {
  const inside = name !== 'all' && isFolder(name) ? listRuns(name, isBusy) : [];
  if (inside.length > 0) return inside;
  const root = resolve(results);
  if (name === 'all') refuseExperiment(name, root);
  const all = listRuns(root, isBusy);
  const wanted = parts(name);
  const fitting = name === 'all' ? all : all.filter(({ path }) => fits(parts(relative(root, path)), wanted));
  if (fitting.length > 0) return fitting;
  throw unknownRun(
    name,
    results,
    all.map(({ path }) => parts(relative(root, path)).join('/')),
  );
}

/** The runs in a folder and below it; none where there is no such folder. */
export const listRuns = (folder: string, isBusy: IsBusy = () => false): readonly RunFolder[] =>
  runsBelow(resolve(folder), DEPTH, isBusy);

/** As findRuns, those that are finished. */
export function findFinished(name: string, results: string): readonly string[] {
  const runs = findRuns(name, results);
  const finished = runs.filter(({ state }) => state === 'finished').map(({ path }) => path);
  if (finished.length > 0) return finished;
  const problem = `there is no finished run in it, but ${runs.length} that are not`;
  throw new FaultError(
    { place: name, problem, cure: 'let them finish: the same command goes on' },
    ExitCode.usage,
  );
}

/**
 * The folder of one finished run.
 *
 * @param name as for findRuns, or `latest`; where several runs fit, it is the one written last
 * @throws FaultError (usage) when no run fits, (data) when it is damaged
 */
export function findRun(name: string, results: string): string {
  if (name === 'latest') refuseExperiment(name, resolve(results));
  const time = (run: string) => statSync(join(run, RUN_FILE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const runs = findFinished(name === 'latest' ? 'all' : name, results);
  const latest = runs.reduce((best, run) => (time(run) >= time(best) ? run : best));
  readRecord(latest);
  return latest;
}

/** An experiment may have the name of a word that means something else: then nobody guesses which is meant. */
function refuseExperiment(word: string, root: string): void {
  if (listRuns(join(root, word)).length === 0) return;
  const problem = `${word === 'all' ? 'all runs are' : 'the latest run is'} meant by it, and an experiment has this name`;
  const cure = `say "${word}/" for the experiment, "${displayPath(root)}" for ${word === 'all' ? 'all' : 'the latest of all'}`;
  throw new FaultError({ place: word, problem, cure }, ExitCode.usage);
}

function unknownRun(name: string, results: string, all: readonly string[]): FaultError {
  if (all.length === 0) {
    const problem = isFolder(results) ? 'there is no run in it' : 'there is no such folder';
    const cure = 'run an experiment first: `sessionlab run <spec>`';
    return new FaultError({ place: results, problem, cure }, ExitCode.usage);
  }
  const experiments = [...new Set(all.map((path) => path.split('/')[0]!))].sort();
  const near = suggest(name, ['all', 'latest', ...experiments, ...all]);
  const list = experiments.slice(0, 10).join(', ') + (experiments.length > 10 ? ', …' : '');
  return new FaultError(
    {
      place: `run "${name}"`,
      problem: `got a name that no run in ${results} has, expected a run folder, "latest", "all" or one of: ${list}`,
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

/** What is said of a name that no file can have: too long, or with a zero byte. */
const NO_NAME: ReadonlySet<unknown> = new Set(['ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (NO_NAME.has(codeOf(error))) return false;
    throw error;
  }
}

function runsBelow(folder: string, depth: number, isBusy: IsBusy): readonly RunFolder[] {
  const state = stateOf(folder, isBusy);
  if (state !== null) return [{ path: folder, state }];
  if (depth === 0 || !isFolder(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => runsBelow(join(folder, name), depth - 1, isBusy));
}

function stateOf(folder: string, isBusy: IsBusy): RunFolder['state'] | null {
  const seed = /^(\d+)\.partial-\d+$/.exec(basename(folder))?.[1];
  if (seed === undefined) return existsSync(join(folder, RUN_FILE)) ? 'finished' : null;
  if (!existsSync(join(folder, JOURNAL_FILE))) return null;
  const cell = dirname(folder);
  return isBusy(dirname(cell), `${basename(cell)}-${seed}`) ? 'going on' : 'killed';
}
