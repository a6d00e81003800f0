/** Opens finished runs again: their data, their networks, and the sessions that they were tested on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DataEvent, prepare } from '../data/index.ts';
import { ExitCode, FaultError, type Interruption } from '../fault/index.ts';
import { type ModelOptions, type Parameter, parameterShapes } from '../network/index.ts';
import {
  checkFiles,
  decodeSafetensors,
  readRecord,
  SPEC_FILE,
  type StoredRecord,
  WEIGHTS_FILE,
} from '../results/index.ts';
import { type ExperimentSpec, loadSpec, variesSessions } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import { createPresenter, type PresentOptions } from '../training/index.ts';
import { createHeldOut, type PresentedSide } from './held-out.ts';
import { makePlan, modelOptions, type Plan, presentOptions } from './plan.ts';

export interface ReopenOptions {
  /** The results folder, where what is read may be kept. */
  readonly results: string;
  readonly threads: number;
  readonly interruption: Interruption;
  readonly observe: (event: DataEvent) => void;
}

/** The weights of a run. */
export interface Weights {
  readonly folder: string;
  readonly seed: number;
  readonly record: StoredRecord;
  readonly parameters: readonly Parameter[];
}

export interface Reopened extends Weights {
  readonly spec: ExperimentSpec;
  readonly options: ModelOptions;
  /** The test sessions as they were tested, how they are presented, and what is known of them. */
  readonly test: PresentedSide;
  readonly presentTest: PresentOptions;
  /** Runs of the same spec and data with other seeds. */
  readonly others: readonly Weights[];
}

/**
 * @param folders of finished runs of one spec; the first is the one that is opened, of the others only the weights
 * @throws FaultError when one is damaged, they are not of one spec, or the data are not what they were; Interrupted
 */
export async function reopenRun(
  [folder, ...more]: readonly [string, ...string[]],
  { results, threads, interruption, observe }: ReopenOptions,
): Promise<Reopened> {
  await checkFiles(folder, [SPEC_FILE]);
  const first = await weightsOf(folder);
  const others: Weights[] = [];
  for (const other of more) {
    const weights = await weightsOf(other);
    if (weights.record.specHash !== first.record.specHash)
      throw new FaultError({
        place: displayPath(other),
        problem: `is a run of the spec ${weights.record.specHash.slice(0, 12)}, expected ${first.record.specHash.slice(0, 12)} as of ${displayPath(folder)}`,
        cure: 'name runs of one spec that differ in their seeds, such as an experiment and the beginning of a spec hash',
      });
    others.push(weights);
  }
  const resolved = await loadSpec(join(folder, SPEC_FILE), { seed: first.seed });
  const own = variesSessions(resolved.spec) ? first.seed : undefined;
  const reading = { results, interruption, observe, keep: true };
  const prepared = await prepare(resolved, reading, new Map(), own);
  if (prepared.specHash !== first.record.specHash)
    throw new FaultError(
      {
        place: displayPath(folder),
        problem: `its data are not what they were: spec and data have the hash ${prepared.specHash.slice(0, 12)}, the run has ${first.record.specHash.slice(0, 12)}`,
        cure: 'put the captures back that it was made of, or run it again',
      },
      ExitCode.data,
    );
  const plan = makePlan(prepared, createPresenter(presentOptions(prepared)).classes);
  for (const weights of [first, ...others]) checkShapes(weights, plan);
  const { spec } = resolved;
  return {
    ...first,
    spec,
    options: modelOptions(spec, plan, first.seed, threads),
    test: await createHeldOut({ prepared, plan, seed: first.seed, interruption }).test(),
    presentTest: plan.presentTest,
    others,
  };
}

/** @throws FaultError (data) when the weights are not those of the network of the spec, as this version makes it */
function checkShapes({ folder, parameters }: Weights, plan: Plan): void {
  const found = new Map(parameters.map(({ name, shape }) => [name, shape.join(', ')]));
  for (const { name, shape } of parameterShapes(plan.shape)) {
    const is = found.get(name);
    if (is === shape.join(', ')) continue;
    throw new FaultError(
      {
        place: displayPath(join(folder, WEIGHTS_FILE)),
        problem: `${name} is ${is === undefined ? 'missing' : `[${is}]`}, the spec of the run needs [${shape.join(', ')}]`,
        cure: 'use the version of sessionlab that made the run',
      },
      ExitCode.data,
    );
  }
}

async function weightsOf(folder: string): Promise<Weights> {
  await checkFiles(folder, [WEIGHTS_FILE]);
  const record = readRecord(folder);
  const path = join(folder, WEIGHTS_FILE);
  const { parameters } = decodeSafetensors(readFileSync(path), displayPath(path));
  return { folder, seed: record.seed, record, parameters };
}
