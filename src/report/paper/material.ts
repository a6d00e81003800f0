/** What a report is made from: the cells that are named, each with its runs, read once and checked. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttentionCard } from '../../attention/index.ts';
import type { Audit } from '../../audit/index.ts';
import {
  CURVES_FILE,
  checkBytes,
  JOURNAL_FILE,
  readAudit,
  readCard,
  readEvaluation,
  readJournal,
  readRecord,
  readSpec,
  type StoredEvaluation,
  type StoredRecord,
} from '../../results/index.ts';
import { type Group, readGroups } from '../../sweep/index.ts';
import { type CurvePoint, parseCurve } from '../figures/index.ts';

export interface Material {
  readonly experiments: readonly string[];
  readonly groups: readonly Group[];
  readonly cells: readonly Cell[];
}

/** Runs that differ in their seeds alone. */
export interface Cell {
  /** What tells it from the others; the experiment's name where there is no other. */
  readonly name: string;
  readonly group: Group;
  readonly runs: readonly Run[];
}

export interface Run {
  readonly folder: string;
  readonly experiment: string;
  readonly record: StoredRecord;
  readonly evaluation: StoredEvaluation;
  /** Corners of its ROC curve; none where there are not both sorts of session, or older code wrote it. */
  readonly curve: readonly CurvePoint[];
  readonly epochs: readonly Epoch[];
  readonly card: AttentionCard | null;
  /** null of runs of older code. */
  readonly audit: Audit | null;
}

export interface Epoch {
  readonly part: 'training' | 'validation' | 'test';
  readonly epoch: number;
  readonly accuracy: number;
}

/**
 * Reads runs.
 *
 * @param lists folders of finished runs, in the order of what was asked for
 * @throws FaultError (data) when one is damaged
 */
export function readMaterial(lists: readonly (readonly string[])[]): Material {
  const groups = readGroups(...lists);
  const cells = groups.map((group): Cell => {
    const runs = [...group.folders!.values()].map(readRun);
    const name = group.name === '' || groups.length === 1 ? runs[0]!.experiment : group.name;
    return { name, group, runs };
  });
  const experiments = [...new Set(cells.flatMap(({ runs }) => runs.map(({ experiment }) => experiment)))];
  return { experiments, groups, cells };
}

/** Result hashes of the runs of some cells. */
export const hashesOf = (cells: readonly Cell[]): readonly string[] =>
  cells.flatMap(({ runs }) => runs.map(({ record }) => record.resultHash));

function readRun(folder: string): Run {
  const record = readRecord(folder);
  return {
    folder,
    experiment: String(readSpec(folder).name ?? 'experiment'),
    record,
    evaluation: readEvaluation(folder),
    curve: readCurve(folder),
    epochs: readEpochs(folder),
    card: readCard(folder),
    audit: readAudit(folder),
  };
}

function readCurve(folder: string): readonly CurvePoint[] {
  const file = join(folder, CURVES_FILE);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  checkBytes(folder, CURVES_FILE, text);
  const points = parseCurve(text, file);
  const { truePositives = 0, falsePositives = 0 } = points.at(-1) ?? {};
  return truePositives > 0 && falsePositives > 0 ? points : [];
}

function readEpochs(folder: string): readonly Epoch[] {
  const file = join(folder, JOURNAL_FILE);
  if (!existsSync(file)) return [];
  return readJournal(file).lines.flatMap((line): Epoch[] => {
    if (line.type === 'epoch') return [{ part: 'training', epoch: line.epoch, accuracy: line.accuracy }];
    if (line.type === 'validation')
      return [{ part: 'validation', epoch: line.epoch, accuracy: line.accuracy }];
    const tested = line.type === 'test' ? (line.metrics.accuracy ?? null) : null;
    return line.type === 'test' && tested !== null
      ? [{ part: 'test', epoch: line.epoch, accuracy: tested }]
      : [];
  });
}
