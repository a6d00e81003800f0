/** What a finished run says about itself: the types of its records, and how they are read. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type TSchema } from 'typebox';
import type { MorphCounts } from '../anomaly/index.ts';
import { codeOf, sha256 } from '../disk/index.ts';
import type { EvaluationRecord, HeadlineInterval, Metrics } from '../evaluation/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import type { JoinedLabels, LabelAccount, LabelCounts, Meaning, OffsetEstimate } from '../label/index.ts';
import type { EngineFacts } from '../network/index.ts';
import type { CaptureAccount } from '../session/index.ts';
import { displayPath } from '../text/index.ts';
import { type Fitting, misfit } from './check.ts';
import { EVALUATION_FILE, RUN_FILE, SPEC_FILE } from './files.ts';
import type { CodeFacts, MachineFacts } from './provenance.ts';
import { sealedFile, sealOf } from './seal.ts';

const text = Type.String();
const whole = Type.Integer();
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** The sweep that a run was made in (its name and hash tell it from others), and which cell of it. */
const sweepPlace = Type.Object({
  name: text,
  hash: text,
  cell: text,
  index: Type.Optional(whole),
  changes: Type.Record(text, Type.Unknown()),
});
export type SweepPlace = Fitting<typeof sweepPlace>;

/** What others use of run.json: without it, no folder is a finished run. What older code did not write is optional. */
const recordSchema = Type.Object({
  format: Type.Optional(whole),
  resultHash: text,
  specHash: text,
  seed: whole,
  code: Type.Object({
    version: text,
    commit: orNull(text),
    modified: orNull(Type.Boolean()),
    source: text,
    numeric: Type.Optional(text),
  }),
  machine: Type.Object({ platform: text, architecture: text, cpu: text, cores: whole, node: text }),
  engine: Type.Object({ engine: text, variant: text, threads: whole, exact: Type.Boolean() }),
  data: Type.Object({
    files: Type.Array(Type.Object({ path: text, packets: whole, bytes: whole, sha256: text, format: text })),
    packets: whole,
    keptPackets: whole,
  }),
  sessions: Type.Object({ all: whole, training: whole, test: whole }),
  network: Type.Object({ parameters: whole }),
  training: Type.Object({ epochs: whole, steps: whole, keptEpoch: Type.Optional(whole) }),
  sweep: Type.Optional(sweepPlace),
  evaluation: Type.Optional(Type.Record(text, orNull(Type.Number()))),
  intervals: Type.Optional(
    Type.Record(
      text,
      Type.Object({
        low: orNull(Type.Number()),
        high: orNull(Type.Number()),
        by: text,
        clusters: orNull(whole),
      }),
    ),
  ),
  finished: text,
  started: text,
  durations: Type.Optional(Type.Record(text, Type.Number())),
  files: Type.Optional(Type.Array(sealedFile)),
  seal: Type.Optional(text),
});
/** From format 2 on a record is sealed. */
const FORMATS = [1, 2];
const SEALED = 2;

/** run.json as it was read, perhaps of older code. */
export type StoredRecord = Fitting<typeof recordSchema>;

/** What run.json holds: where a result comes from, and what was left out on the way. */
export interface RunRecord extends StoredRecord {
  readonly format: typeof SEALED;
  readonly experiment: string;
  readonly code: CodeFacts;
  readonly machine: MachineFacts;
  readonly engine: EngineFacts;
  readonly data: StoredRecord['data'] &
    Omit<CaptureAccount, 'files' | 'headerLengths' | 'warnings'> & {
      readonly synthetic: { readonly path: string; readonly state: 'made' | 'kept' | 'replaced' } | null;
      readonly warnings: readonly string[];
    };
  readonly sessions: StoredRecord['sessions'] & {
    readonly validation: number;
    /** Earlier sessions of the network under test: what test morphs know of it. */
    readonly watched: number;
    /** Test sessions that share something with training. */
    readonly overlap: Readonly<Record<'sessions' | 'addresses' | 'pairs' | 'services', number>>;
    readonly leftOut: readonly {
      readonly side: 'training' | 'test';
      readonly reason: string;
      readonly sessions: number;
    }[];
    readonly onBothSides: number;
    /** Sessions that train or validate as normal ones, and are labelled as attacks. */
    readonly contaminated: number;
    readonly defects: readonly {
      readonly reason: string;
      readonly sessions: number;
      readonly packets: number;
    }[];
  };
  /** How the sessions of each day came by their labels; none where labels are not used. */
  readonly labels: readonly (LabelCounts & {
    readonly dataset: string;
    readonly day: string | null;
    /** Seconds that the clock of the labels is off, and how that was found. */
    readonly offset: number | null;
    readonly estimate: OffsetEstimate | null;
    readonly account: LabelAccount | null;
    /** What each label means. */
    readonly means: Readonly<Record<string, Meaning>>;
    /** Records of labels that no session met. */
    readonly unmatched: JoinedLabels['unmatched'];
  })[];
  /** Bytes of memory, about. */
  readonly network: StoredRecord['network'] & { readonly memory: number };
  readonly training: StoredRecord['training'] & {
    /** Of the last epoch. */
    readonly loss: number;
    readonly accuracy: number;
    /** The epoch whose weights were kept, and what its validation said; null without validation sessions. */
    readonly keptEpoch: number;
    readonly validation: { readonly loss: number; readonly accuracy: number } | null;
  };
  readonly morphs: { readonly training: MorphCounts; readonly test: MorphCounts };
  /** Sessions written with their attention. */
  readonly attention: number;
  readonly evaluation: Metrics;
  /** 95% intervals of the headline numbers, and how many hosts or pairs of hosts they are from. */
  readonly intervals: Readonly<Record<string, HeadlineInterval>>;
  /** When the run was taken up again, and after which step. */
  readonly continued: readonly { readonly step: number; readonly time: string }[];
  /** Whole milliseconds by what they were spent on. */
  readonly durations: Readonly<Record<string, number>>;
}

/** evaluation.json as far as it is checked; older code wrote less of the rest. */
const evaluationSchema = Type.Object({
  classes: Type.Array(text, { minItems: 2 }),
  matrix: Type.Array(Type.Array(whole)),
  kinds: Type.Array(Type.Object({ name: text })),
  accuracy: Type.Object({}),
  anomalous: Type.Object({}),
});
export type StoredEvaluation = Omit<EvaluationRecord, Later> & Partial<Pick<EvaluationRecord, Later>>;
type Later = 'applications' | 'pairs' | 'baselines' | 'best' | 'alarms' | 'atFalsePositiveRate';

export type StoredSpec = Readonly<Record<string, unknown>>;

/** Somebody else's run, perhaps of a later version: nobody may take it for a damaged one. */
export class UnknownFormat extends FaultError {}

/**
 * The record of a finished run.
 *
 * @throws FaultError (data) when it is missing or damaged, was changed since it was sealed, or is of an unknown format
 */
export function readRecord(folder: string): StoredRecord {
  const path = join(folder, RUN_FILE);
  const value = readJson(folder, RUN_FILE).value as Readonly<Record<string, unknown>> | null;
  const format = value?.format ?? 1;
  if (typeof format === 'number' && !FORMATS.includes(format))
    throw new UnknownFormat(
      {
        place: displayPath(path),
        problem: `/format: got ${format}, expected ${FORMATS.join(' or ')}`,
        cure: 'use the version of sessionlab that wrote it',
      },
      ExitCode.data,
    );
  const record = fitting(path, recordSchema, value) as StoredRecord;
  // Who calls a sealed record one of the older format has not taken its seal away.
  if (format !== SEALED && record.seal === undefined && record.files === undefined) return record;
  for (const field of ['files', 'seal'] as const)
    if (record[field] === undefined) throw damaged(path, `is damaged: /${field}: missing`);
  if (sealOf(value!) !== record.seal) throw damaged(path, 'was changed after the run: its seal does not fit');
  return record;
}

/** The spec of a run, with all its defaults. @throws FaultError (data) when it is missing, damaged or changed */
export function readSpec(folder: string): StoredSpec {
  return readChecked(folder, SPEC_FILE, Type.Object({})) as StoredSpec;
}

/**
 * Holds the bytes of a file of a run against its record; where that has no hashes, or is not there yet, nothing is said.
 *
 * @throws FaultError (data) when they are others, or the record is damaged
 */
export function checkBytes(folder: string, name: string, bytes: Uint8Array | string): void {
  if (!existsSync(join(folder, RUN_FILE))) return;
  const { files } = readRecord(folder);
  if (files !== undefined && files.find(({ path }) => path === name)?.sha256 !== sha256(bytes))
    throw changed(folder, name);
}

/** A file of a run is not what its record says. */
export const changed = (folder: string, name: string): FaultError =>
  damaged(join(folder, name), `was changed after the run: its SHA-256 is not that of ${RUN_FILE}`);

/** The evaluation of a run. @throws FaultError (data) when it is missing, damaged or changed */
export function readEvaluation(folder: string): StoredEvaluation {
  const evaluation = readChecked(folder, EVALUATION_FILE, evaluationSchema) as StoredEvaluation;
  const { classes, matrix } = evaluation;
  if (matrix.length === classes.length && matrix.every((row) => row.length === classes.length))
    return evaluation;
  throw damaged(
    join(folder, EVALUATION_FILE),
    `is damaged: /matrix: expected ${classes.length} rows of as many`,
  );
}

export function readChecked(folder: string, name: string, schema: TSchema): unknown {
  const { value, content } = readJson(folder, name);
  checkBytes(folder, name, content);
  return fitting(join(folder, name), schema, value);
}

function readJson(folder: string, name: string): { value: unknown; content: string } {
  const path = join(folder, name);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw damaged(path, `cannot be read (${codeOf(error) ?? 'unknown error'})`);
  }
  try {
    return { value: JSON.parse(content), content };
  } catch {
    throw damaged(path, 'is damaged: it is no JSON');
  }
}

function fitting(path: string, schema: TSchema, value: unknown): unknown {
  const problem = misfit(schema, value);
  if (problem !== null) throw damaged(path, `is damaged: ${problem}`);
  return value;
}

/** A file of a run is not as it was written. */
export function damaged(path: string, problem: string): FaultError {
  const cure = 'the folder was changed: run the experiment again';
  return new FaultError({ place: displayPath(path), problem, cure }, ExitCode.data);
}
