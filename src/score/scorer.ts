/** A trained network, ready to say of other captures what in them is anomalous. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectContacts } from '../anomaly/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { createModel, type Model } from '../network/index.ts';
import {
  checkFiles,
  decodeSafetensors,
  type KnownContacts,
  PREDICTIONS_FILE,
  readContacts,
  readEvaluation,
  readPredictions,
  readRecord,
  SPEC_FILE,
  VALIDATION_FILE,
  WEIGHTS_FILE,
} from '../results/index.ts';
import { modelOptions, networkShape } from '../run/index.ts';
import type { SessionTable } from '../session/index.ts';
import { type ExperimentSpec, loadSpec } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import type { PresentOptions } from '../training/index.ts';
import { type Calibration, calibrationOf } from './conformal.ts';

/** A run, opened to score with. */
export interface Scorer {
  readonly folder: string;
  readonly resultHash: string;
  readonly spec: ExperimentSpec;
  /** [C]: 'normal' first. */
  readonly classes: readonly string[];
  readonly model: Model;
  readonly calibration: Calibration;
  readonly known: KnownContacts;
  /** How sessions are shown to the network: as they are. */
  readonly present: (sessions: SessionTable) => PresentOptions;
  readonly dispose: () => void;
}

/** Sessions that the network takes at once. */
const BATCH = 256;

/**
 * Opens a finished run. Its files are held against their hashes first.
 *
 * @throws FaultError (data) when a file is missing or changed, or there are no held-out normal sessions to compare with
 */
export async function openScorer(folder: string, threads: number): Promise<Scorer> {
  const { resultHash, seed } = readRecord(folder);
  await checkFiles(folder, [SPEC_FILE, WEIGHTS_FILE]);
  const { classes } = readEvaluation(folder);
  const { spec } = await loadSpec(join(folder, SPEC_FILE), {});
  if (spec.task === 'generate')
    throw new FaultError(
      {
        place: displayPath(folder),
        problem: 'the task of the run is "generate": it has no classifier, and score knows no decoder',
        cure: 'name a run of the task "anomalous" or "kind"',
      },
      ExitCode.data,
    );
  const calibration = await calibrate(folder);
  const known = await readContacts(folder);
  const path = join(folder, WEIGHTS_FILE);
  const { parameters } = decodeSafetensors(await readFile(path), displayPath(path));
  const shape = networkShape(spec, classes.length);
  const { model } = await createModel(
    modelOptions(
      { ...spec, training: { ...spec.training, classWeights: null } },
      { shape, classes, capacity: BATCH },
      seed,
      threads,
    ),
  );
  try {
    load(model, parameters, path);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return {
    folder,
    resultHash,
    spec,
    classes,
    model,
    calibration,
    known,
    present: (sessions) => ({
      sessions,
      contacts: collectContacts(sessions, new Uint32Array(0)),
      anomalies: spec.anomalies,
      tokens: spec.tokens,
      maxPackets: spec.sessions.maxPackets,
      task: spec.task,
      truth: { kinds: classes, kindOf: new Uint8Array(sessions.count) },
    }),
    dispose: () => model.dispose(),
  };
}

function load(model: Model, stored: Model['parameters'], path: string): void {
  for (const { name, shape, data } of model.parameters) {
    const found = stored.find((parameter) => parameter.name === name);
    if (found === undefined || found.shape.join() !== shape.join())
      throw new FaultError(
        {
          place: displayPath(path),
          problem: `${name} is ${found === undefined ? 'missing' : `[${found.shape.join(', ')}]`}, the spec of the run needs [${shape.join(', ')}]`,
          cure: 'use the version of sessionlab that made the run',
        },
        ExitCode.data,
      );
    data.set(found.data);
  }
  model.parametersChanged();
}

/** The scores of the held-out normal sessions: those of validation or, where there are none, those that tested. */
async function calibrate(folder: string): Promise<Calibration> {
  const name = existsSync(join(folder, VALIDATION_FILE)) ? VALIDATION_FILE : PREDICTIONS_FILE;
  await checkFiles(folder, [name]);
  const { labels, probabilities, classes } = await readPredictions(join(folder, name));
  const scores: number[] = [];
  for (const [i, label] of labels.entries())
    if (label === 0) scores.push(1 - probabilities[i * classes.length]!);
  if (scores.length > 0) return calibrationOf(scores, name === VALIDATION_FILE ? 'validation' : 'test');
  throw new FaultError(
    {
      place: displayPath(join(folder, name)),
      problem: 'has no normal session, so that nothing says how anomalous normal sessions look',
      cure: 'run the experiment with "anomalies.normal" above 0',
    },
    ExitCode.data,
  );
}
