/** A results folder as the content of a run. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sha256OfFile } from '../../disk/index.ts';
import {
  changed,
  damaged,
  JOURNAL_FILE,
  type JournalLine,
  readAudit,
  readCard,
  readEvaluation,
  readJournal,
  readPresentations,
  readRecord,
  readSpec,
  SPEC_FILE,
  type StoredEvaluation,
  type StoredRecord,
  type StoredSpec,
  WEIGHTS_FILE,
} from '../../results/index.ts';
import type { Metric, Pair } from './client.ts';
import { type Artifact, type ModelContent, type RunContent, SOURCE_TAGS, textArtifact } from './content.ts';
import { datasetInputs } from './inputs.ts';
import { noteOf } from './note.ts';
import { specParams } from './params.ts';
import { pictureArtifacts } from './pictures.ts';
import { pointsOfLine, runKey, timeOf } from './points.ts';
import { tablesOf } from './tables.ts';

type Begin = Extract<JournalLine, { type: 'begin' }>;

/** What a finished run says about itself. */
export interface RunFacts {
  readonly record: StoredRecord;
  readonly spec: StoredSpec;
  readonly evaluation: StoredEvaluation;
}

/** A run with where it belongs. */
export interface FoundRun {
  readonly folder: string;
  readonly experiment: string;
  readonly specHash: string;
  readonly seed: number;
  readonly content: RunContent;
  /** Of a finished run. */
  readonly facts: RunFacts | null;
}

/** What can be said of a run when it begins. */
export function beginOf(lines: readonly JournalLine[]): Begin | null {
  const first = lines[0];
  return first?.type === 'begin' ? first : null;
}

/** Parameters and tags that a run has from its first moment; the spec's where it is known. */
export function earlyContent(begin: Begin, spec: StoredSpec | null) {
  const params: Pair[] = [['seed', String(begin.seed)], ...(spec === null ? [] : specParams(spec))];
  const tags: Pair[] = [...SOURCE_TAGS, ['spec hash', begin.specHash]];
  const name = `${begin.specHash.slice(0, 8)} seed ${begin.seed}`;
  return { key: runKey(begin), name, started: timeOf(begin), params, tags };
}

/**
 * Reads a finished run.
 *
 * @throws FaultError (data) when a file is missing, damaged or changed
 */
export async function readFinishedRun(folder: string): Promise<FoundRun> {
  const record = readRecord(folder);
  const files = await folderArtifacts(folder);
  const digests = new Map(files.map(({ path, digest }) => [path, digest]));
  for (const { path, sha256: sealed } of record.files ?? []) {
    if (!digests.has(path)) throw damaged(join(folder, path), 'is missing');
    if (digests.get(path) !== sealed) throw changed(folder, path);
  }
  const { lines } = readJournal(join(folder, JOURNAL_FILE));
  const begin = beginOf(lines);
  if (begin === null) throw damaged(folder, `its ${JOURNAL_FILE} has no beginning`);
  const last = lines.at(-1)!;
  if (last.type !== 'end') throw damaged(folder, `its ${JOURNAL_FILE} has no end`);
  const [spec, evaluation] = [readSpec(folder), readEvaluation(folder)];
  const facts = { record, spec, evaluation };
  if (record.resultHash !== last.resultHash)
    throw damaged(folder, `its ${JOURNAL_FILE} and run.json are of two runs`);
  const early = earlyContent(begin, spec);
  const finished = Date.parse(record.finished);
  const step = record.training.steps;
  const undefinedRates = undefinedOf(lines);
  const tables = tablesOf(evaluation, readPresentations(folder));
  // Who sends nothing, as most runs, need not load what draws.
  const { illustrate } = await import('../../report/index.ts');
  const pictures = await illustrate(folder);
  const logged = tables.map(({ name }) => ({ path: `tables/${name}.json`, type: 'table' }));
  const tags: Pair[] = [
    ...early.tags,
    ...recordTags(facts),
    ['mlflow.loggedArtifacts', JSON.stringify(logged)],
    ...(pictures.length > 0 ? [['mlflow.loggedImages', 'True'] as const] : []),
    ...(undefinedRates === '' ? [] : [['undefined rates', undefinedRates] as const]),
  ];
  const content: RunContent = {
    ...early,
    tags,
    note: noteOf(evaluation, record.resultHash, [
      ...(readAudit(folder)?.says ?? []),
      ...(readCard(folder)?.says ?? []),
    ]),
    points: [...lines.flatMap(pointsOfLine), ...durationPoints(facts, step, finished)],
    inputs: datasetInputs(record, spec),
    files: [
      ...files.filter(({ path }) => path !== WEIGHTS_FILE),
      ...tables.map(({ name, columns, data }) =>
        textArtifact(`tables/${name}.json`, JSON.stringify({ columns, data })),
      ),
      ...pictureArtifacts(pictures, step, finished),
    ],
    model: modelOf(facts, early.params, files),
    end: { status: 'FINISHED', time: finished },
  };
  const { specHash, seed, experiment } = begin;
  return { folder, experiment, specHash, seed, content, facts };
}

/**
 * Reads a run that was killed: as much as its journal has. null when that is nothing.
 *
 * @throws FaultError (data) when the journal is damaged
 */
export function readKilledRun(folder: string): FoundRun | null {
  const { lines } = readJournal(join(folder, JOURNAL_FILE));
  const begin = beginOf(lines);
  if (begin === null) return null;
  const content: RunContent = {
    ...earlyContent(begin, null),
    note: null,
    points: lines.flatMap(pointsOfLine),
    inputs: [],
    files: [],
    model: null,
    end: { status: 'KILLED', time: timeOf(lines.at(-1)!) },
  };
  const { specHash, seed, experiment } = begin;
  return { folder, experiment, specHash, seed, content, facts: null };
}

function recordTags({ record }: RunFacts): readonly Pair[] {
  const { code, machine, engine } = record;
  const { version, commit, modified, source } = code;
  return [
    ['result hash', record.resultHash],
    ['code version', version],
    ['code hash', source],
    ...(commit === null ? [] : [['mlflow.source.git.commit', commit] as const]),
    ...(modified === true ? [['code modified', 'true'] as const] : []),
    [
      'machine',
      `${machine.cpu}, ${machine.cores} cores, ${machine.platform} ${machine.architecture}, Node ${machine.node}`,
    ],
    ['engine', `${engine.engine} (${engine.variant})`],
    ['exact', String(engine.exact)],
  ];
}

/** Names of rates that are 0/0, which no metric can say. */
function undefinedOf(lines: readonly JournalLine[]): string {
  const names = lines.flatMap((line) =>
    line.type === 'test' || line.type === 'assessment'
      ? Object.entries(line.metrics).flatMap(([name, value]) => (value === null ? [name] : []))
      : [],
  );
  return [...new Set(names)].join(', ');
}

/** How long each part took, in seconds. */
function durationPoints({ record }: RunFacts, step: number, timestamp: number): readonly Metric[] {
  return Object.entries(record.durations ?? {}).map(([name, milliseconds]) => {
    return { key: `seconds/${name.replace(/[^\w.-]/g, '_')}`, value: milliseconds / 1000, timestamp, step };
  });
}

function modelOf(
  { record, spec }: RunFacts,
  params: readonly Pair[],
  files: readonly Artifact[],
): ModelContent | null {
  const weights = files.find(({ path }) => path === WEIGHTS_FILE);
  if (weights === undefined) return null;
  // A model says how it is to be loaded; this kind is loaded by what reads safetensors.
  const description = [
    'flavors:',
    '  sessionlab:',
    `    weights: ${WEIGHTS_FILE}`,
    `    spec: ${SPEC_FILE}`,
    `    version: ${record.code.version}`,
    `    result_hash: ${record.resultHash}`,
    `utc_time_created: '${record.finished.replace('T', ' ').replace('Z', '')}'`,
    '',
  ].join('\n');
  return {
    name: `weights-seed-${record.seed}`,
    params: [...params, ['parameters', String(record.network.parameters)]],
    step: record.training.steps,
    files: [
      weights,
      textArtifact(SPEC_FILE, `${JSON.stringify(spec, null, 2)}\n`),
      textArtifact('MLmodel', description),
    ],
  };
}

/** All files of a run; those that are not whole yet begin with a dot. */
async function folderArtifacts(folder: string): Promise<readonly Artifact[]> {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
  return Promise.all(names.map((name) => fileArtifact(join(folder, name))));
}

async function fileArtifact(file: string): Promise<Artifact> {
  const { size } = statSync(file);
  return {
    path: basename(file),
    digest: await sha256OfFile(file),
    // Not more than was hashed, should the file grow.
    upload: async () => ({
      size,
      open: () => (size === 0 ? Buffer.alloc(0) : createReadStream(file, { end: size - 1 })),
    }),
  };
}
