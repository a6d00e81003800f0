/**
 * Under which hash the runs of a cell are, where nobody has noted what is in its captures: another machine, a copied folder.
 * The captures tell; where they are not here, the runs do, which say what they were made of.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownContents } from '../data/index.ts';
import { FaultError, formatFault } from '../fault/index.ts';
import { listRuns, readRecord } from '../results/index.ts';
import { hashSpec, type SweepCell, usesLabels } from '../spec/index.ts';

/** What was found of a cell. */
export interface Found {
  /** With captures by their contents; null where these must be read first. */
  readonly specHash: string | null;
  /** Why nobody can tell here what is in the captures, where runs are there that may be of them. */
  readonly unknown?: string;
}

/** @param results the results folder */
export function createLookUp(known: KnownContents, results: string) {
  const made = new Map<string, readonly Made[]>();
  return async (cell: SweepCell): Promise<Found> => {
    const experiment = join(results, cell.spec.name);
    // Of what nobody has begun nothing is done, whatever it is made of.
    if (!hasAnything(experiment)) return { specHash: null };
    try {
      return { specHash: hashSpec(cell.spec, cell, await known.find(cell)) };
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      const runs = made.get(experiment) ?? madeIn(experiment);
      made.set(experiment, runs);
      const specHash = hashByRuns(cell, runs);
      return specHash === null ? { specHash, unknown: formatFault(error.faults[0]!) } : { specHash };
    }
  };
}

/** What a run was made of. */
interface Made {
  readonly specHash: string;
  /** SHA-256 of the captures. */
  readonly captures: readonly string[];
}

/** What the finished runs of an experiment were made of, each data once. */
function madeIn(experiment: string): readonly Made[] {
  const made = new Map<string, Made>();
  for (const { path, state } of listRuns(experiment)) {
    if (state !== 'finished') continue;
    try {
      const { specHash, data } = readRecord(path);
      made.set(specHash, { specHash, captures: data.files.map(({ sha256 }) => sha256) });
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
    }
  }
  return [...made.values()];
}

/** The hash of a cell under which there are runs, if it is one; null where none or several are. */
function hashByRuns(cell: SweepCell, runs: readonly Made[]): string | null {
  // A record does not say which of its files tested, nor what was in its labels.
  if (usesLabels(cell.spec) || cell.testDataset !== null) return null;
  const fitting = runs.filter(
    ({ specHash, captures }) => hashSpec(cell.spec, cell, { dataset: { captures, labels: [] } }) === specHash,
  );
  return fitting.length === 1 ? fitting[0]!.specHash : null;
}

function hasAnything(experiment: string): boolean {
  try {
    return readdirSync(experiment).some((name) => name !== '.known');
  } catch {
    return false;
  }
}
