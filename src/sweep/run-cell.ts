/** One run of a cell, whoever asks for it: what becomes of it is a value. */
import { join } from 'node:path';
import { type DataCache, knownContents, prepare } from '../data/index.ts';
import { fileClock, type Owner } from '../disk/index.ts';
import { type Fault, FaultError, Interrupted } from '../fault/index.ts';
import { type CodeFacts, confirm, type FinishedRun, readIntact } from '../results/index.ts';
import {
  type CellContext,
  makeCell,
  type RunEvent,
  type RunOptions,
  type RunResult,
  runOnce,
  stepsOf,
} from '../run/index.ts';
import { hashSpec, type ResolvedSpec, variesSessions } from '../spec/index.ts';
import { failureOf, forgetFailure, isLasting, withFailureNote } from './failures.ts';
import { withLock } from './run-lock.ts';
import type { Faults } from './troubles.ts';

/** What a process that does runs keeps in mind. */
export interface Work {
  readonly options: RunOptions & { readonly keepSessions?: boolean };
  readonly results: string;
  readonly code: CodeFacts;
  readonly data: DataCache;
  /** The cell that was worked on last, by its spec. */
  latest: { readonly of: ResolvedSpec; readonly seed: number | undefined; readonly made: CellContext } | null;
}

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

/** A run that is asked for. */
export interface Asked {
  /** Of the cell. */
  readonly name: string;
  readonly spec: ResolvedSpec;
  /** null where the data must be read first. */
  readonly specHash: string | null;
  readonly seed: number;
  /** Runs of the cell that this process does after it, for the time that is left. */
  readonly runsAfter: number;
  readonly observe: (event: RunEvent) => void;
  /** Whether a run in this folder, made by the same code, need not be repeated. */
  readonly isGood: (folder: string) => boolean;
  /** Told of what is wrong with a run that is there, and is done again for it. */
  readonly onDamage: (faults: readonly Fault[]) => void;
}

/** What becomes of a run that is asked for. */
export type Outcome =
  /** It was done now. */
  | { readonly kind: 'new'; readonly run: RunResult }
  /** It is there already, made by the same code. */
  | { readonly kind: 'kept'; readonly finished: FinishedRun; readonly folder: string }
  /** It failed now, or did so before and would again. */
  | { readonly kind: 'failed'; readonly failure: Faults }
  /** Somebody asked for it; it can go on. */
  | { readonly kind: 'stopped' }
  /** Another process works on it. */
  | { readonly kind: 'elsewhere'; readonly owner: Owner };

/** Does a run, unless it is there, failed for good, or is done elsewhere. What it fails of is kept. */
export async function runCell(work: Work, asked: Asked): Promise<Outcome> {
  const { spec, seed } = asked;
  const experiment = join(work.results, spec.spec.name);
  const noting = <T>(specHash: string, make: () => Promise<T>): Promise<T> =>
    withFailureNote(experiment, { specHash, seed }, { cell: asked.name, numeric: work.code.numeric }, make);
  try {
    work.options.interruption.check();
    // Before its data are known it has no other hash than that of its spec.
    const specHash = await noting(spec.hash, () => specHashOf(work, asked));
    const isDone = ({ kind }: Outcome) => kind !== 'failed';
    const outcome = await withLock(
      experiment,
      { specHash, seed },
      async (lock): Promise<Outcome> =>
        there(work, asked, specHash) ??
        noting(specHash, async () => {
          const cell = await cellOf(work, spec, asked.observe, seed);
          const run = await runOnce(cell, seed, lock, asked.runsAfter * stepsOf(cell));
          if (run.state !== 'new') await confirmBoth(work.results, join(cell.folder, String(seed)), run);
          return { kind: 'new', run };
        }),
      isDone,
    );
    return 'heldBy' in outcome ? { kind: 'elsewhere', owner: outcome.heldBy } : outcome;
  } catch (error) {
    if (error instanceof Interrupted) return { kind: 'stopped' };
    if (error instanceof FaultError) return { kind: 'failed', failure: error };
    throw error;
  }
}

/** What is there of a run that need not be done; null where there is nothing of it. */
function there(
  { results, code }: Work,
  { spec, seed, isGood, onDamage }: Asked,
  specHash: string,
): Outcome | null {
  const experiment = join(results, spec.spec.name);
  const folder = join(experiment, specHash.slice(0, 12), String(seed));
  const finished = isGood(folder) ? readIntact(folder, code.numeric) : undefined;
  // What is damaged is done again, which repairs it.
  if (finished !== undefined && 'damage' in finished) onDamage(finished.damage);
  if (finished !== undefined && !('damage' in finished) && finished.numeric === code.numeric)
    return { kind: 'kept', finished, folder };
  const failure = failureOf(experiment, { specHash, seed });
  if (failure?.numeric === code.numeric && isLasting(failure)) return { kind: 'failed', failure };
  forgetFailure(experiment, { specHash, seed });
  return null;
}

/** Others who repeat the runs see that this one is done; the latest of all is what came out now. */
async function confirmBoth(results: string, before: string, { folder }: RunResult): Promise<void> {
  const now = fileClock(results);
  for (const path of new Set([before, folder])) await confirm(path, now);
}

/** With the contents of the data; these are read where nobody has noted them. */
async function specHashOf(work: Work, { specHash, spec, seed, observe }: Asked): Promise<string> {
  if (specHash !== null) return specHash;
  const contents = await knownContents(work.results).load(spec);
  if (contents !== null) return hashSpec(spec.spec, spec, contents);
  return (await cellOf(work, spec, observe, seed)).prepared.specHash;
}
