/** A cell: a spec with its data, made ready for all its seeds. */
import { join } from 'node:path';
import type { Prepared } from '../data/index.ts';
import { chooseSessions } from '../evaluation/index.ts';
import { type CodeFacts, checkPlace } from '../results/index.ts';
import { stepsPerEpoch } from '../training/index.ts';
import type { CellContext, RunOptions } from './context.ts';
import type { RunEvent } from './events.ts';
import { checkMemory, memoryLimits } from './memory.ts';
import { makePlan } from './plan.ts';

/**
 * Plans the runs of a cell. Everything that can be refused before the first step is refused here.
 *
 * @throws FaultError
 */
export function makeCell(
  { threads, interruption, checkpointEvery, follow }: RunOptions,
  prepared: Prepared,
  results: string,
  code: CodeFacts,
  observe: (event: RunEvent) => void,
): CellContext {
  const { spec } = prepared.resolved;
  const { test } = prepared.split;
  const plan = makePlan(prepared);
  const folder = join(results, spec.name, prepared.specHash.slice(0, 12));
  observe({ kind: 'prepared', prepared, plan });
  // Something else in the place of a run is refused.
  for (const seed of spec.seeds) checkPlace(join(folder, String(seed)));
  // So are named sessions that are not in the test set.
  chooseSessions(spec.attention, new Uint8Array(test.length), new Uint8Array(test.length), test, 0);
  checkMemory(plan.memory, memoryLimits(), plan.capacity);
  return {
    prepared,
    plan,
    code,
    threads,
    folder,
    results,
    interruption,
    checkpointEvery,
    observe,
    ...(follow === undefined ? {} : { follow }),
  };
}

/** Training steps of a run. */
export function stepsOf({ prepared }: Pick<CellContext, 'prepared'>): number {
  const { batch, epochs } = prepared.resolved.spec.training;
  return stepsPerEpoch(prepared.split.train.length, batch) * epochs;
}
