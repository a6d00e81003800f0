/**
 * The messages of MLflow's REST API that we speak, as a table: one source for their types, for the check before anything
 * is sent, and for reading replies. Names and types are those of MLflow's own descriptors (service.proto); a test with a
 * real MLflow compares them.
 *
 * The check matters: the server answers 200 to wrongly typed JSON and stores a half-filled message (a float as timestamp
 * becomes step 0, a text as value becomes 0).
 */
import { ExitCode, FaultError } from '../../fault/index.ts';

/** Scalars as in Protocol Buffers; `!`: always there. Other names are messages; a list of one name is a repeated field. */
export const messages = {
  RunTag: { key: 'string!', value: 'string' },
  Param: { key: 'string!', value: 'string' },
  Metric: { key: 'string!', value: 'double!', timestamp: 'int64!', step: 'int64', model_id: 'string' },
  ExperimentTag: { key: 'string!', value: 'string' },
  Experiment: {
    experiment_id: 'string!',
    name: 'string!',
    artifact_location: 'string',
    lifecycle_stage: 'string!',
    tags: ['ExperimentTag'],
  },
  RunInfo: {
    run_id: 'string!',
    experiment_id: 'string!',
    run_name: 'string',
    status: 'RunStatus!',
    start_time: 'int64',
    end_time: 'int64',
    artifact_uri: 'string!',
    lifecycle_stage: 'string!',
  },
  RunData: { metrics: ['Metric'], params: ['Param'], tags: ['RunTag'] },
  InputTag: { key: 'string!', value: 'string!' },
  Dataset: {
    name: 'string!',
    digest: 'string!',
    source_type: 'string!',
    source: 'string!',
    schema: 'string',
    profile: 'string',
  },
  DatasetInput: { tags: ['InputTag'], dataset: 'Dataset!' },
  RunInputs: { dataset_inputs: ['DatasetInput'] },
  ModelOutput: { model_id: 'string!', step: 'int64' },
  RunOutputs: { model_outputs: ['ModelOutput'] },
  Run: { info: 'RunInfo!', data: 'RunData', inputs: 'RunInputs', outputs: 'RunOutputs' },
  FileInfo: { path: 'string!', is_dir: 'bool', file_size: 'int64' },
  LoggedModelTag: { key: 'string!', value: 'string!' },
  LoggedModelParameter: { key: 'string!', value: 'string!' },
  LoggedModelInfo: {
    model_id: 'string!',
    experiment_id: 'string!',
    name: 'string',
    artifact_uri: 'string!',
    status: 'LoggedModelStatus!',
    source_run_id: 'string',
    tags: ['LoggedModelTag'],
  },
  LoggedModelData: { params: ['LoggedModelParameter'] },
  LoggedModel: { info: 'LoggedModelInfo!', data: 'LoggedModelData' },

  CreateExperiment: { name: 'string!', tags: ['ExperimentTag'] },
  'CreateExperiment.Response': { experiment_id: 'string!' },
  'GetExperimentByName.Response': { experiment: 'Experiment!' },
  RestoreExperiment: { experiment_id: 'string!' },
  CreateRun: {
    experiment_id: 'string!',
    user_id: 'string',
    run_name: 'string!',
    start_time: 'int64!',
    tags: ['RunTag'],
  },
  'CreateRun.Response': { run: 'Run!' },
  'GetRun.Response': { run: 'Run!' },
  UpdateRun: { run_id: 'string!', status: 'RunStatus!', end_time: 'int64' },
  DeleteRun: { run_id: 'string!' },
  RestoreRun: { run_id: 'string!' },
  SearchRuns: {
    experiment_ids: ['string'],
    filter: 'string',
    run_view_type: 'ViewType',
    max_results: 'int32',
    page_token: 'string',
  },
  'SearchRuns.Response': { runs: ['Run'], next_page_token: 'string' },
  SetTag: { run_id: 'string!', key: 'string!', value: 'string!' },
  LogBatch: { run_id: 'string!', metrics: ['Metric'], params: ['Param'], tags: ['RunTag'] },
  LogInputs: { run_id: 'string!', datasets: ['DatasetInput'] },
  LogOutputs: { run_id: 'string!', models: ['ModelOutput'] },
  'GetMetricHistory.Response': { metrics: ['Metric'], next_page_token: 'string' },
  'ListArtifacts.Response': { root_uri: 'string', files: ['FileInfo'], next_page_token: 'string' },
  CreateLoggedModel: {
    experiment_id: 'string!',
    name: 'string!',
    model_type: 'string',
    source_run_id: 'string!',
    params: ['LoggedModelParameter'],
    tags: ['LoggedModelTag'],
  },
  'CreateLoggedModel.Response': { model: 'LoggedModel!' },
  FinalizeLoggedModel: { model_id: 'string!', status: 'LoggedModelStatus!' },
  SearchLoggedModels: { experiment_ids: ['string'], filter: 'string', max_results: 'int32' },
  'SearchLoggedModels.Response': { models: ['LoggedModel'], next_page_token: 'string' },
} as const;

/** The words of each enumeration that we use. */
export const enumerations = {
  RunStatus: ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'],
  ViewType: ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'],
  LoggedModelStatus: [
    'LOGGED_MODEL_STATUS_UNSPECIFIED',
    'LOGGED_MODEL_PENDING',
    'LOGGED_MODEL_READY',
    'LOGGED_MODEL_UPLOAD_FAILED',
  ],
} as const;

interface Scalars {
  string: string;
  int64: number;
  int32: number;
  double: number;
  bool: boolean;
}
type Messages = typeof messages;
type Enumerations = typeof enumerations;
export type MessageName = keyof Messages;

type Value<T> = T extends readonly [infer U]
  ? readonly Value<U>[]
  : T extends `${infer U}!`
    ? Value<U>
    : T extends keyof Scalars
      ? Scalars[T]
      : T extends keyof Enumerations
        ? Enumerations[T][number]
        : T extends MessageName
          ? Wire<T>
          : never;
type Required<M> = { [K in keyof M]: M[K] extends `${string}!` ? K : never }[keyof M];

/** A message as TypeScript sees it. Repeated fields may be missing, as on the wire. */
export type Wire<N extends MessageName> = {
  readonly [K in Required<Messages[N]>]: Value<Messages[N][K]>;
} & {
  readonly [K in Exclude<keyof Messages[N], Required<Messages[N]>>]?: Value<Messages[N][K]>;
};

export type RunStatus = Value<'RunStatus'>;

type Field = string | readonly [string];

/** How doubles without a JSON number are written. */
const WORDS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/**
 * A message as JSON text, with numbers that JSON does not have as words.
 *
 * @throws TypeError when it is not what the server needs: a defect of ours
 */
export function encode<N extends MessageName>(name: N, message: Wire<N>): string {
  const problem = mismatch(message, name, '');
  if (problem !== null) throw new TypeError(`${name}${problem}`);
  return JSON.stringify(message, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/**
 * A reply of the server. What we do not know is left out of the check, not of the message.
 *
 * @throws FaultError (machine) when something that we need is missing or of another type
 */
export function decode<N extends MessageName>(name: N, value: unknown, place: string): Wire<N> {
  const plain = revive(value, name);
  const problem = mismatch(plain, name, '');
  if (problem === null) return plain as Wire<N>;
  throw new FaultError(
    {
      place,
      problem: `answered with ${name}${problem}`,
      cure: 'is it an MLflow server, of version 3 or later?',
    },
    ExitCode.machine,
  );
}

/** Only what we know of a message, doubles that came as words as numbers. */
function revive(value: unknown, type: string): unknown {
  const fields = (messages as Readonly<Record<string, Readonly<Record<string, Field>>>>)[type];
  if (type === 'double') return typeof value === 'string' ? (WORDS[value] ?? value) : value;
  // Numbers of 64 bits may come as texts.
  if (type === 'int64' && typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (fields === undefined || typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const inner: unknown = (value as Record<string, unknown>)[key];
    if (inner === undefined || inner === null) continue;
    if (typeof field === 'string') result[key] = revive(inner, field.replace('!', ''));
    else result[key] = Array.isArray(inner) ? inner.map((item) => revive(item, field[0])) : inner;
  }
  return result;
}

/** The first thing that does not fit, with its place, or null. */
function mismatch(value: unknown, type: string, path: string): string | null {
  const wrong = (what: string) => `${path}: got ${JSON.stringify(value) ?? 'nothing'}, expected ${what}`;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? null : wrong('a text');
    case 'bool':
      return typeof value === 'boolean' ? null : wrong('true or false');
    case 'double':
      return typeof value === 'number' ? null : wrong('a number');
    case 'int32':
    case 'int64':
      return Number.isSafeInteger(value) ? null : wrong('a whole number');
  }
  const words = (enumerations as Readonly<Record<string, readonly string[]>>)[type];
  if (words !== undefined)
    return typeof value === 'string' && words.includes(value) ? null : wrong(`one of ${words.join(', ')}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('an object');
  const fields = (messages as Readonly<Record<string, Readonly<Record<string, Field>>>>)[type]!;
  const given = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) if (!(key in fields)) return `${path}/${key}: no such field`;
  for (const [key, field] of Object.entries(fields)) {
    const inner = given[key];
    const at = `${path}/${key}`;
    if (inner === undefined) {
      if (typeof field === 'string' && field.endsWith('!')) return `${at}: missing`;
    } else if (typeof field === 'string') {
      const problem = mismatch(inner, field.replace('!', ''), at);
      if (problem !== null) return problem;
    } else {
      if (!Array.isArray(inner)) return `${at}: got ${JSON.stringify(inner)}, expected a list`;
      for (let i = 0; i < inner.length; i++) {
        const problem = mismatch(inner[i], field[0], `${at}/${i}`);
        if (problem !== null) return problem;
      }
    }
  }
  return null;
}
