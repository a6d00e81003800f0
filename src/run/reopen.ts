/** Opens finished runs again: their data, their networks, and the sessions that they were tested on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DataEvent, type Prepared, prepare } from '../data/index.ts';
import { ExitCode, FaultError, type Interruption } from '../fault/index.ts';
import { type ModelOptions, type NetworkShape, type Parameter, parameterShapes } from '../network/index.ts';
import {
  checkFiles,
  decodeSafetensors,
  readRecord,
  SPEC_FILE,
  type StoredRecord,
  WEIGHTS_FILE,
} from '../results/index.ts';
import { type ExperimentSpec, loadSpec } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import type { PresentOptions } from '../training/index.ts';
import { createHeldOut, type PresentedSide } from './held-out.ts';
import { makePlan, modelOptions, type Plan } from './plan.ts';

/** How the data of a run are read again. */
export interface ReadAgain {
  /** The results folder, where what is read may be kept. */
  readonly results: string;
  readonly interruption: Interruption;
  readonly observe: (event: DataEvent) => void;
}

export interface ReopenOptions extends ReadAgain {
  readonly threads: number;
}

/** The data of a run, as they were. */
export interface ReopenedData {
  readonly record: StoredRecord;
  readonly prepared: Prepared;
  readonly plan: Plan;
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
 * @param folder of a finished run
 * @throws FaultError when its spec is damaged, or the data are not what they were; Interrupted
 */
export async function reopenData(folder: string, options: ReadAgain): Promise<ReopenedData> {
  await checkFiles(folder, [SPEC_FILE]);
  const record = readRecord(folder);
  const { seed, specHash } = record;
  const resolved = await loadSpec(join(folder, SPEC_FILE), { seed });
  const prepared = await prepare(resolved, { ...options, keep: true }, undefined, seed);
  if (prepared.specHash !== specHash)
    throw new FaultError(
      {
        place: displayPath(folder),
        problem: `its data are not what they were: spec and data have the hash ${prepared.specHash.slice(0, 12)}, the run has ${specHash.slice(0, 12)}`,
        cure: 'put the captures back that it was made of, or run it again',
      },
      ExitCode.data,
    );
  return { record, prepared, plan: makePlan(prepared) };
}

/**
 * @param folders of finished runs of one spec; the first is the one that is opened, of the others only the weights
 * @throws FaultError when one is damaged, they are not of one spec, or the data are not what they were; Interrupted
 */
export async function reopenRun(
  [folder, ...more]: readonly [string, ...string[]],
  options: ReopenOptions,
): Promise<Reopened> {
  const { specHash } = readRecord(folder);
  for (const other of more) {
    const its = readRecord(other).specHash;
    if (its !== specHash)
      throw new FaultError({
        place: displayPath(other),
        problem: `is a run of the spec ${its.slice(0, 12)}, expected ${specHash.slice(0, 12)} as of ${displayPath(folder)}`,
        cure: 'name runs of one spec that differ in their seeds, such as an experiment and the beginning of a spec hash',
      });
  }
  // Before data are read, which may take long.
  for (const each of [folder, ...more]) await checkFiles(each, [WEIGHTS_FILE]);
  const { prepared, plan } = await reopenData(folder, options);
  const { spec } = prepared.resolved;
  const weights = await readWeights(folder, plan.shape);
  const { seed } = weights;
  const others: Weights[] = [];
  for (const other of more) others.push(await readWeights(other, plan.shape));
  const { threads, interruption } = options;
  return {
    ...weights,
    spec,
    options: modelOptions(spec, plan, seed, threads),
    test: await createHeldOut({ prepared, plan, seed, interruption }).test(),
    presentTest: plan.presentTest,
    others,
  };
}

/**
 * The weights of a finished run, held against their hash.
 *
 * @param shape of the network of its spec
 * @throws FaultError (data) when they are damaged, or not those of such a network as this version makes it
 */
export async function readWeights(folder: string, shape: NetworkShape): Promise<Weights> {
  await checkFiles(folder, [WEIGHTS_FILE]);
  const record = readRecord(folder);
  const path = join(folder, WEIGHTS_FILE);
  const { parameters } = decodeSafetensors(readFileSync(path), displayPath(path));
  const found = new Map(parameters.map((parameter) => [parameter.name, parameter.shape.join(', ')]));
  for (const needed of parameterShapes(shape)) {
    const is = found.get(needed.name);
    if (is === needed.shape.join(', ')) continue;
    throw new FaultError(
      {
        place: displayPath(path),
        problem: `${needed.name} is ${is === undefined ? 'missing' : `[${is}]`}, the spec of the run needs [${needed.shape.join(', ')}]`,
        cure: 'use the version of sessionlab that made the run',
      },
      ExitCode.data,
    );
  }
  return { folder, seed: record.seed, record, parameters };
}
