/** A spec without a sweep: one cell, whose seeds run in this process, each whatever is there, and are compared with that. */
import { join, resolve } from 'node:path';
import type { Prepared } from '../data/index.ts';
import { claimResults } from '../disk/index.ts';
import { type Metrics, meanMetrics } from '../evaluation/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { codeFacts, confirm } from '../results/index.ts';
import { type CellContext, type RunEvent, type RunOptions, type RunResult, stepsOf } from '../run/index.ts';
import { type ExperimentSpec, type LoadOptions, loadSpec } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import { cellOf, createWork, repeatRun } from './run-cell.ts';
import { heldFault } from './run-lock.ts';
import { createTroubles } from './troubles.ts';

export type SpecEvent =
  | RunEvent
  | { readonly kind: 'ended'; readonly run: RunResult; readonly spec: ExperimentSpec }
  /** A run has another result than the one that was there, for a reason that is no defect. */
  | { readonly kind: 'differs'; readonly fault: FaultError }
  | { readonly kind: 'all-ended'; readonly runs: readonly RunResult[] };

export interface SpecOptions extends RunOptions {
  /** The spec's file, and what the command line changes in it. */
  readonly spec: string;
  readonly load: LoadOptions;
  /** The results folder. */
  readonly out: string;
  readonly observe: (event: SpecEvent) => void;
  /** Whether sessions of captures are kept for the next run, and what was kept is used; true where it is not given. */
  readonly keepSessions?: boolean;
}

/** What came out. */
export interface SpecResult {
  readonly prepared: Prepared;
  /** Finished runs, in the order of their seeds. */
  readonly runs: readonly RunResult[];
  /** null without a finished run. */
  readonly mean: Metrics | null;
  /** What kept the other seeds from finishing, or from being the same as before; null when all is well. */
  readonly failure: FaultError | null;
}

const interrupted = (where: string) => `stopped ${where}; the same command goes on from there`;

/**
 * Runs a spec: data, then for every seed training, test and evidence. What a seed has finished stays, whatever becomes
 * of the others.
 *
 * @throws FaultError when nothing can be trained at all
 */
export async function runSpec(options: SpecOptions): Promise<SpecResult> {
  const resolved = await loadSpec(options.spec, options.load);
  const results = await claimResults(resolve(options.out));
  try {
    const work = createWork(options, results.path, await codeFacts());
    const cellOfSeed = (seed?: number) => cellOf(work, resolved, options.observe, seed);
    return await runSeeds(await cellOfSeed(), cellOfSeed, options.observe);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const problem = interrupted('before training');
    throw new FaultError({ place: 'interrupted', problem }, ExitCode.interrupted);
  } finally {
    await results.removeIfUnused();
  }
}

/** @param first the cell of the first seed, which is that of all where seeds do not decide about sessions */
async function runSeeds(
  first: CellContext,
  cellOfSeed: (seed: number) => Promise<CellContext>,
  observe: SpecOptions['observe'],
): Promise<SpecResult> {
  const { spec } = first.prepared.resolved;
  const runs: RunResult[] = [];
  // Another seed may well not diverge; but where the machine refuses or the user stops, the next would fare no better.
  const stopsAt = (code: ExitCode) => code !== ExitCode.usage;
  const troubles = createTroubles({ interrupted, prefix: () => '', stopsAt });
  for (const [index, seed] of spec.seeds.entries()) {
    if (troubles.stopped) break;
    try {
      const cell = await cellOfSeed(seed);
      const left = spec.seeds.length - 1 - index;
      const outcome = await repeatRun(cell, seed, left * stepsOf(cell));
      if (outcome.kind === 'elsewhere')
        throw heldFault(displayPath(join(cell.folder, String(seed))), outcome.owner);
      if (outcome.kind !== 'made') throw new Error(`a run that is repeated was ${outcome.kind}`);
      const { run } = outcome;
      runs.push(run);
      // "latest" means the one that the user saw last.
      if (run.state === 'same') await confirm(run.folder);
      observe({ kind: 'ended', run, spec });
      const difference = differenceOf(cell, run);
      if (difference?.exitCode === ExitCode.defect)
        troubles.add(`seed ${seed}`, difference.faults, ExitCode.defect);
      else if (difference !== null) observe({ kind: 'differs', fault: difference });
    } catch (error) {
      troubles.note(`in seed ${seed}`, error);
    }
  }
  observe({ kind: 'all-ended', runs });
  const mean = runs.length === 0 ? null : meanMetrics(runs.map((run) => run.metrics));
  return { prepared: first.prepared, runs, mean, failure: troubles.failure };
}

/** Why a run has another result than the one that was there: a defect where code and engine promise the same. */
function differenceOf({ code, folder }: CellContext, run: RunResult): FaultError | null {
  const { state, before, seed, resultHash, engine } = run;
  if (state !== 'differs' || before === undefined) return null;
  const old = displayPath(join(folder, String(seed)));
  const place = `seed ${seed}`;
  const problem = `the result hash is ${resultHash.slice(0, 12)}, but that of ${old} is ${before.resultHash.slice(0, 12)}; both are kept`;
  if (!engine.exact)
    return new FaultError({
      place,
      problem,
      cure: `the engine ${engine.engine} does not promise the same bits`,
    });
  if (before.source !== code.source)
    return new FaultError({
      place,
      problem,
      cure: 'the code of sessionlab has changed between the two',
    });
  const cure =
    'the same code and spec must give the same result: please report this, with the run.json of both';
  return new FaultError({ place, problem: `determinism is broken: ${problem}`, cure }, ExitCode.defect);
}
