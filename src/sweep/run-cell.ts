/** The runs of a cell, one by one: what `run` and `sweep` share. */
import { join } from 'node:path';
import { type DataCache, knownContents, prepare } from '../data/index.ts';
import { fileClock, type Owner } from '../disk/index.ts';
import { type CodeFacts, confirm, type FinishedRun, readFinished } from '../results/index.ts';
import {
  type CellContext,
  makeCell,
  type RunEvent,
  type RunOptions,
  type RunResult,
  runOnce,
} from '../run/index.ts';
import { hashSpec, type ResolvedSpec, variesSessions } from '../spec/index.ts';
import { type Failure, failureOf, forgetFailure, isLasting, withFailureNote } from './failures.ts';
import { withLock } from './run-lock.ts';

/** What a process that does runs keeps in mind. */
export interface Work {
  readonly options: RunOptions & { readonly keepSessions?: boolean };
  readonly results: string;
  readonly code: CodeFacts;
  readonly data: DataCache;
  /** The cell that was worked on last, by its spec. */
  latest: { readonly of: ResolvedSpec; readonly seed: number | undefined; readonly made: CellContext } | null;
}

export const createWork = (options: Work['options'], results: string, code: CodeFacts): Work => ({
  options,
  results,
  code,
  data: new Map(),
  latest: null,
});

/**
 * A cell with its data, made ready once for all its seeds, but where these decide about sessions (vary).
 *
 * @param seed the first of the spec by default
 */
export async function cellOf(
  work: Work,
  spec: ResolvedSpec,
  observe: (event: RunEvent) => void,
  seed = spec.spec.seeds[0]!,
): Promise<CellContext> {
  const own = variesSessions(spec.spec) ? seed : undefined;
  if (work.latest?.of === spec && work.latest.seed === own) return work.latest.made;
  const { options, results, code, data } = work;
  const { interruption, keepSessions: keep = true } = options;
  const prepared = await knownContents(results).keep(spec, () =>
    prepare(spec, { results, interruption, observe, keep }, data, own),
  );
  const made = makeCell(options, prepared, results, code, observe);
  work.latest = { of: spec, seed: own, made };
  return made;
}

/** What becomes of a run that is asked for. */
export type Outcome =
  | { readonly kind: 'made'; readonly run: RunResult }
  /** It is there already, made by the same code. */
  | { readonly kind: 'kept'; readonly finished: FinishedRun }
  /** It failed before, and would again. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Another process works on it. */
  | { readonly kind: 'elsewhere'; readonly owner: Owner };

/** Does a run of a cell whatever is there. */
export async function repeatRun(cell: CellContext, seed: number, stepsAfter: number): Promise<Outcome> {
  const { specHash, resolved } = cell.prepared;
  const experiment = join(cell.results, resolved.spec.name);
  return elsewhere(
    await withLock(experiment, { specHash, seed }, async (lock): Promise<Outcome> => {
      return { kind: 'made', run: await runOnce(cell, seed, lock, stepsAfter) };
    }),
  );
}

/** A run that a sweep asks for. */
export interface Asked {
  readonly name: string;
  readonly spec: ResolvedSpec & { readonly hash: string };
  /** null where the data must be read first. */
  readonly specHash: string | null;
  readonly seed: number;
  readonly observe: (event: RunEvent) => void;
  /** Whether a run in this folder, made by the same code, need not be repeated. */
  readonly isGood: (folder: string) => boolean;
}

/**
 * Does a run, unless it is there, failed for good, or is done elsewhere. What it fails of is kept.
 *
 * @throws FaultError, Interrupted
 */
export async function runUnlessDone(work: Work, asked: Asked): Promise<Outcome> {
  const { results, code } = work;
  const { name: cell, spec, seed, observe } = asked;
  const experiment = join(results, spec.spec.name);
  const note = { cell, numeric: code.numeric };
  work.options.interruption.check();
  // Before its data are known it has no other hash than that of its spec.
  const specHash = await withFailureNote(experiment, { specHash: spec.hash, seed }, note, () =>
    specHashOf(work, asked),
  );
  const key = { specHash, seed };
  const folder = join(experiment, specHash.slice(0, 12), String(seed));
  const outcome = await withLock(
    experiment,
    key,
    async (lock): Promise<Outcome> => {
      const finished = readFinished(folder);
      if (finished?.numeric === code.numeric && asked.isGood(folder)) return { kind: 'kept', finished };
      const failure = failureOf(experiment, key);
      if (failure?.numeric === code.numeric && isLasting(failure)) return { kind: 'failed', failure };
      forgetFailure(experiment, key);
      return withFailureNote(experiment, key, note, async () => {
        const run = await runOnce(await cellOf(work, spec, observe, seed), seed, lock);
        // Others who repeat the sweep see that it is done.
        if (run.state !== 'new') await confirm(folder, await fileClock(results));
        return { kind: 'made', run };
      });
    },
    ({ kind }) => kind !== 'failed',
  );
  return elsewhere(outcome);
}

const elsewhere = (outcome: Outcome | { readonly heldBy: Owner }): Outcome =>
  'heldBy' in outcome ? { kind: 'elsewhere', owner: outcome.heldBy } : outcome;

/** With the contents of the data; these are read where nobody has noted them. */
async function specHashOf(work: Work, { specHash, spec, observe }: Asked): Promise<string> {
  if (specHash !== null) return specHash;
  const contents = await knownContents(work.results).load(spec);
  if (contents !== null) return hashSpec(spec.spec, spec, contents);
  return (await cellOf(work, spec, observe)).prepared.specHash;
}
