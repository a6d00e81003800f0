/** A trained network, ready to say of other captures what in them is anomalous. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { collectContacts } from '../anomaly/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { createModel, type Model, setParameters } from '../network/index.ts';
import {
  checkFiles,
  type KnownContacts,
  PREDICTIONS_FILE,
  readContacts,
  readEvaluation,
  readPredictions,
  SPEC_FILE,
  VALIDATION_FILE,
} from '../results/index.ts';
import { modelOptions, networkShape, readWeights } from '../run/index.ts';
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
  await checkFiles(folder, [SPEC_FILE]);
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
  const shape = networkShape(spec, classes.length);
  const { record, seed, parameters } = await readWeights(folder, shape);
  const { model } = await createModel(
    modelOptions(
      { ...spec, training: { ...spec.training, classWeights: null } },
      { shape, classes, capacity: BATCH },
      seed,
      threads,
    ),
  );
  setParameters(model, parameters);
  return {
    folder,
    resultHash: record.resultHash,
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
