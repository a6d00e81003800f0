/**
 * The messages of MLflow's REST API that we speak: one source for their types, for the check before anything is sent, and
 * for reading replies. Names and types are those of MLflow's own descriptors (service.proto); a test with a real MLflow
 * compares them.
 *
 * The check matters: the server answers 200 to wrongly typed JSON and stores a half-filled message (a float as timestamp
 * becomes step 0, a text as value becomes 0).
 */
import Type, { type TProperties, type TSchema } from 'typebox';
import { ExitCode, FaultError } from '../../fault/index.ts';
import { type Fitting, misfit } from '../../results/index.ts';

/** Scalars, messages and enumerations have the name of their Protocol Buffers type as their title. */
const integer = (title: string) =>
  Type.Integer({ title, minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
const int64 = integer('int64');
const int32 = integer('int32');
const string = Type.String({ title: 'string' });
const double = Type.Number({ title: 'double' });
const bool = Type.Boolean({ title: 'bool' });
const maybe = Type.Optional;
/** A repeated field, which may be missing, as on the wire. */
const many = <S extends TSchema>(schema: S) => Type.Optional(Type.Array(schema));
const message = <P extends TProperties>(title: string, fields: P) =>
  Type.Object(fields, { title, additionalProperties: false });

/** The words of each enumeration that we use. */
export const enumerations = {
  RunStatus: Type.Enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'], { title: 'RunStatus' }),
  ViewType: Type.Enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'], { title: 'ViewType' }),
  LoggedModelStatus: Type.Enum(
    [
      'LOGGED_MODEL_STATUS_UNSPECIFIED',
      'LOGGED_MODEL_PENDING',
      'LOGGED_MODEL_READY',
      'LOGGED_MODEL_UPLOAD_FAILED',
    ],
    { title: 'LoggedModelStatus' },
  ),
} as const;
const { RunStatus, ViewType, LoggedModelStatus } = enumerations;

const RunTag = message('RunTag', { key: string, value: maybe(string) });
const Param = message('Param', { key: string, value: maybe(string) });
const Metric = message('Metric', {
  key: string,
  value: double,
  timestamp: int64,
  step: maybe(int64),
  model_id: maybe(string),
});
const ExperimentTag = message('ExperimentTag', { key: string, value: maybe(string) });
const Experiment = message('Experiment', {
  experiment_id: string,
  name: string,
  artifact_location: maybe(string),
  lifecycle_stage: string,
  tags: many(ExperimentTag),
});
const RunInfo = message('RunInfo', {
  run_id: string,
  experiment_id: string,
  run_name: maybe(string),
  status: RunStatus,
  start_time: maybe(int64),
  end_time: maybe(int64),
  artifact_uri: string,
  lifecycle_stage: string,
});
const RunData = message('RunData', { metrics: many(Metric), params: many(Param), tags: many(RunTag) });
const InputTag = message('InputTag', { key: string, value: string });
const Dataset = message('Dataset', {
  name: string,
  digest: string,
  source_type: string,
  source: string,
  schema: maybe(string),
  profile: maybe(string),
});
const DatasetInput = message('DatasetInput', { tags: many(InputTag), dataset: Dataset });
const RunInputs = message('RunInputs', { dataset_inputs: many(DatasetInput) });
const ModelOutput = message('ModelOutput', { model_id: string, step: maybe(int64) });
const RunOutputs = message('RunOutputs', { model_outputs: many(ModelOutput) });
const Run = message('Run', {
  info: RunInfo,
  data: maybe(RunData),
  inputs: maybe(RunInputs),
  outputs: maybe(RunOutputs),
});
const FileInfo = message('FileInfo', { path: string, is_dir: maybe(bool), file_size: maybe(int64) });
const LoggedModelTag = message('LoggedModelTag', { key: string, value: string });
const LoggedModelParameter = message('LoggedModelParameter', { key: string, value: string });
const LoggedModelInfo = message('LoggedModelInfo', {
  model_id: string,
  experiment_id: string,
  name: maybe(string),
  artifact_uri: string,
  status: LoggedModelStatus,
  source_run_id: maybe(string),
  tags: many(LoggedModelTag),
});
const LoggedModelData = message('LoggedModelData', { params: many(LoggedModelParameter) });
const LoggedModel = message('LoggedModel', { info: LoggedModelInfo, data: maybe(LoggedModelData) });

/** Messages by their names, parts before what they are part of. */
export const messages = {
  ...{ RunTag, Param, Metric, ExperimentTag, Experiment, RunInfo, RunData, InputTag, Dataset, DatasetInput },
  ...{ RunInputs, ModelOutput, RunOutputs, Run, FileInfo, LoggedModelTag, LoggedModelParameter },
  ...{ LoggedModelInfo, LoggedModelData, LoggedModel },
  CreateExperiment: message('CreateExperiment', { name: string, tags: many(ExperimentTag) }),
  'CreateExperiment.Response': message('Response', { experiment_id: string }),
  'GetExperimentByName.Response': message('Response', { experiment: Experiment }),
  RestoreExperiment: message('RestoreExperiment', { experiment_id: string }),
  CreateRun: message('CreateRun', {
    experiment_id: string,
    user_id: maybe(string),
    run_name: string,
    start_time: int64,
    tags: many(RunTag),
  }),
  'CreateRun.Response': message('Response', { run: Run }),
  'GetRun.Response': message('Response', { run: Run }),
  UpdateRun: message('UpdateRun', { run_id: string, status: RunStatus, end_time: maybe(int64) }),
  DeleteRun: message('DeleteRun', { run_id: string }),
  RestoreRun: message('RestoreRun', { run_id: string }),
  SearchRuns: message('SearchRuns', {
    experiment_ids: many(string),
    filter: maybe(string),
    run_view_type: maybe(ViewType),
    max_results: maybe(int32),
    page_token: maybe(string),
  }),
  'SearchRuns.Response': message('Response', { runs: many(Run), next_page_token: maybe(string) }),
  SetTag: message('SetTag', { run_id: string, key: string, value: string }),
  LogBatch: message('LogBatch', {
    run_id: string,
    metrics: many(Metric),
    params: many(Param),
    tags: many(RunTag),
  }),
  LogInputs: message('LogInputs', { run_id: string, datasets: many(DatasetInput) }),
  LogOutputs: message('LogOutputs', { run_id: string, models: many(ModelOutput) }),
  'GetMetricHistory.Response': message('Response', { metrics: many(Metric), next_page_token: maybe(string) }),
  'ListArtifacts.Response': message('Response', {
    root_uri: maybe(string),
    files: many(FileInfo),
    next_page_token: maybe(string),
  }),
  CreateLoggedModel: message('CreateLoggedModel', {
    experiment_id: string,
    name: string,
    model_type: maybe(string),
    source_run_id: string,
    params: many(LoggedModelParameter),
    tags: many(LoggedModelTag),
  }),
  'CreateLoggedModel.Response': message('Response', { model: LoggedModel }),
  FinalizeLoggedModel: message('FinalizeLoggedModel', { model_id: string, status: LoggedModelStatus }),
  SearchLoggedModels: message('SearchLoggedModels', {
    experiment_ids: many(string),
    filter: maybe(string),
    max_results: maybe(int32),
  }),
  'SearchLoggedModels.Response': message('Response', {
    models: many(LoggedModel),
    next_page_token: maybe(string),
  }),
} as const;

export type MessageName = keyof typeof messages;
/** A message as TypeScript sees it. */
export type Message<N extends MessageName> = Fitting<(typeof messages)[N]>;
export type RunStatusName = Fitting<typeof RunStatus>;

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
export function encodeMessage<N extends MessageName>(name: N, value: Message<N>): string {
  const problem = misfit(messages[name], value);
  if (problem !== null) throw new TypeError(name + problem);
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? String(part) : part,
  );
}

/**
 * A reply of the server. What we do not know is left out.
 *
 * @throws FaultError (machine) when something that we need is missing or of another type
 */
export function decodeMessage<N extends MessageName>(name: N, value: unknown, place: string): Message<N> {
  const known = revive(value, messages[name]);
  const misfitting = misfit(messages[name], known);
  if (misfitting === null) return known as Message<N>;
  const problem = `answered with ${name}${misfitting}`;
  const cure = 'is it an MLflow server, of version 3 or later?';
  throw new FaultError({ place, problem, cure }, ExitCode.machine);
}

/** Only what we know of a message: doubles that came as words, and whole numbers that came as texts, as numbers. */
function revive(value: unknown, schema: TSchema): unknown {
  const { title, items, properties } = schema as TSchema & {
    readonly title?: string;
    readonly items?: TSchema;
    readonly properties?: Readonly<Record<string, TSchema>>;
  };
  if (title === 'double') return typeof value === 'string' ? (WORDS[value] ?? value) : value;
  if (title === 'int64' && typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (items !== undefined && Array.isArray(value)) return value.map((item) => revive(item, items));
  if (properties === undefined || typeof value !== 'object' || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, field]) => {
      const inner = given[key] ?? undefined;
      return inner === undefined ? [] : [[key, revive(inner, field)]];
    }),
  );
}
