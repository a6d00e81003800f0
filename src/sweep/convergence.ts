/** Whether runs were trained until validation said that there is nothing more to learn. */
import { readRecord, readSpec } from '../results/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import { type Spread, spreadOf } from './groups.ts';

/** Runs with one rule of early stopping. */
export interface Convergence {
  readonly rule: NonNullable<ExperimentSpec['training']['earlyStopping']>;
  /** Share of the training sessions that validate. */
  readonly validation: number;
  /** Epochs at most. */
  readonly most: number;
  readonly runs: number;
  /** The epochs whose weights were kept. */
  readonly kept: Spread;
  /** Runs whose training the rule did not end. */
  readonly unfinished: number;
}

/** The rules of runs and what came of them; runs without a rule are in none. @param folders of finished runs */
export function convergenceOf(folders: readonly string[]): readonly Convergence[] {
  const found = new Map<
    string,
    { training: ExperimentSpec['training']; kept: number[]; unfinished: number }
  >();
  for (const folder of folders) {
    const { training } = readSpec(folder) as unknown as ExperimentSpec;
    if (training.earlyStopping === null) continue;
    const { epochs, validation, earlyStopping } = training;
    const key = JSON.stringify([earlyStopping, validation, epochs]);
    const rule = found.get(key) ?? { training, kept: [], unfinished: 0 };
    const { training: done } = readRecord(folder);
    rule.kept.push(done.keptEpoch ?? done.epochs);
    if (done.epochs === epochs) rule.unfinished++;
    found.set(key, rule);
  }
  return [...found.values()].map(({ training, kept, unfinished }) => ({
    rule: training.earlyStopping!,
    validation: training.validation,
    most: training.epochs,
    runs: kept.length,
    kept: spreadOf(kept)!,
    unfinished,
  }));
}
