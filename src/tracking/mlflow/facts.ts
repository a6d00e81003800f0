/** The files of a results folder that are read here, with as much of their form as is needed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation } from '../../evaluation/index.ts';
import { ExitCode, FaultError } from '../../fault/index.ts';
import type { BesideEvaluation } from './tables.ts';

export const RECORD_FILE = 'run.json';
export const SPEC_FILE = 'spec.json';
export const EVALUATION_FILE = 'evaluation.json';
export const WEIGHTS_FILE = 'weights.safetensors';

/** The sweep that a run was made in, and which cell of it. */
export interface SweepPlace {
  /** Of the experiment. */
  readonly name: string;
  /** Tells the sweep from others of its name. */
  readonly hash: string;
  readonly cell: string;
  readonly changes: Readonly<Record<string, unknown>>;
}

/** What is read of run.json. */
export interface RunRecord {
  readonly resultHash: string;
  readonly specHash: string;
  readonly seed: number;
  readonly code: {
    readonly version: string;
    readonly commit: string | null;
    readonly modified: boolean | null;
    readonly source: string;
  };
  readonly machine: {
    readonly platform: string;
    readonly architecture: string;
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
  };
  readonly engine: {
    readonly engine: string;
    readonly variant: string;
    readonly threads: number;
    readonly exact: boolean;
  };
  readonly data: {
    readonly files: readonly {
      readonly path: string;
      readonly packets: number;
      readonly bytes: number;
      readonly sha256: string;
      readonly format: string;
    }[];
    readonly keptPackets: number;
    readonly packets: number;
  };
  readonly sessions: { readonly all: number; readonly training: number; readonly test: number };
  readonly network: { readonly parameters: number };
  readonly training: { readonly epochs: number; readonly steps: number; readonly keptEpoch?: number };
  readonly sweep?: SweepPlace;
  readonly finished: string;
  readonly durations: Readonly<Record<string, number>>;
}

export interface RunFacts {
  readonly record: RunRecord;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly evaluation: Evaluation & BesideEvaluation;
}

/**
 * What a finished run says about itself.
 *
 * @throws FaultError (data) when a file is missing or damaged
 */
export function readFacts(folder: string): RunFacts {
  const record = readJson(folder, RECORD_FILE, (value) => {
    const { resultHash, specHash, seed, finished, durations } = value;
    const parts = [
      value.code,
      value.machine,
      value.engine,
      value.data,
      value.sessions,
      value.network,
      value.training,
    ];
    return (
      [resultHash, specHash, finished].every((text) => typeof text === 'string') &&
      typeof seed === 'number' &&
      [...parts, durations].every(isObject) &&
      Array.isArray((value.data as { files?: unknown }).files)
    );
  });
  const spec = readJson(folder, SPEC_FILE, () => true);
  const evaluation = readJson(folder, EVALUATION_FILE, ({ classes, matrix, kinds, accuracy, anomalous }) => {
    const C = Array.isArray(classes) ? classes.length : 0;
    const rows = Array.isArray(matrix) ? (matrix as unknown[]) : [];
    const square = rows.length === C && rows.every((row) => Array.isArray(row) && row.length === C);
    return C > 1 && square && Array.isArray(kinds) && isObject(accuracy) && isObject(anomalous);
  });
  return {
    record: record as unknown as RunRecord,
    spec,
    evaluation: evaluation as unknown as RunFacts['evaluation'],
  };
}

function readJson(
  folder: string,
  name: string,
  fits: (value: Record<string, unknown>) => boolean,
): Record<string, unknown> {
  const place = join(folder, name);
  const fail = (problem: string) =>
    new FaultError(
      { place, problem, cure: 'the folder was changed: run the experiment again' },
      ExitCode.data,
    );
  let text: string;
  try {
    text = readFileSync(place, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw fail(`cannot be read (${code})`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && fits(value)) return value;
  } catch {
    // told below
  }
  throw fail('is damaged');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
