/** The part of MLflow's REST API that we use, typed and checked. */
import { ExitCode, FaultError } from '../../fault/index.ts';
import { artifactPath, checkKey, checkLength, checkTime, limits } from './limits.ts';
import { LEAST_VERSION, MlflowRefusal, short } from './refusal.ts';
import type { Transport, Upload } from './transport.ts';
import { decodeMessage, encodeMessage, type Message, type MessageName, type RunStatusName } from './wire.ts';

export type Metric = Message<'Metric'>;
export type MlflowRun = Message<'Run'>;
export type DatasetInput = Message<'DatasetInput'>;
/** A key with its value. */
export type Pair = readonly [key: string, value: string];

/** What is logged at once. */
export interface Logged {
  readonly metrics?: readonly Metric[];
  readonly params?: readonly Pair[];
  readonly tags?: readonly Pair[];
}

export type Client = ReturnType<typeof createClient>;

const API = '/api/2.0/mlflow';

/**
 * A client. What it is given is checked before it is sent: RangeError and TypeError are defects of the caller. What the
 * server or the network refuse is a FaultError.
 */
export function createClient(transport: Transport) {
  const { address } = transport.settings;
  /** Ends when the last data set that was logged is there. */
  let inputs: Promise<unknown> = Promise.resolve();

  async function call<N extends MessageName>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    what: string,
    reply: N | null,
    json?: string,
    repeatable = true,
  ): Promise<Message<N>> {
    const request = { what, method, path: API + path, repeatable, ...(json === undefined ? {} : { json }) };
    const { body } = await transport.send(request);
    if (reply === null) return {} as Message<N>;
    return decodeMessage(reply, parseJson(body.toString(), address, what), address);
  }
  const post = <N extends MessageName, R extends MessageName>(
    path: string,
    what: string,
    name: N,
    message: Message<N>,
    reply: R | null,
    repeatable = true,
  ): Promise<Message<R>> => call('POST', path, what, reply, encodeMessage(name, message), repeatable);

  /** One request: within the limits. */
  const logOnce = (runId: string, { metrics = [], params = [], tags = [] }: Logged) =>
    post(
      '/runs/log-batch',
      'log metrics',
      'LogBatch',
      {
        run_id: runId,
        metrics,
        params: params.map(([key, value]) => ({ key, value })),
        tags: tags.map(([key, value]) => ({ key, value })),
      },
      null,
    );

  return {
    address,
    settings: transport.settings,
    close: transport.close,

    /**
     * The server's version.
     *
     * @throws FaultError when it is no MLflow, or one that is too old
     */
    async version(): Promise<string> {
      const request = { what: 'tell its version', method: 'GET', path: '/version' } as const;
      const text = (await transport.send(request)).body.toString().trim();
      const version = /^(\d+)\.\d+(\.\w+)*$/.exec(text);
      if (version === null) {
        const problem = `answers, but is no MLflow server: ${JSON.stringify(short(text, 60))}`;
        const cure = 'is the address in MLFLOW_TRACKING_URI right, with its port?';
        throw new FaultError({ place: address, problem, cure }, ExitCode.machine);
      }
      if (Number(version[1]) < Number.parseInt(LEAST_VERSION, 10)) {
        const problem = `is MLflow ${text}, but ${LEAST_VERSION} or later is needed`;
        throw new FaultError(
          { place: address, problem, cure: 'ask for an update of the server' },
          ExitCode.machine,
        );
      }
      return text;
    },

    /** The experiment of a name, deleted or not; null when there is none. */
    async experiment(name: string): Promise<Message<'Experiment'> | null> {
      const path = `/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
      try {
        return (await call('GET', path, 'read an experiment', 'GetExperimentByName.Response')).experiment;
      } catch (error) {
        if (error instanceof MlflowRefusal && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null;
        throw error;
      }
    },

    /** Makes an experiment; null when another was faster. */
    async createExperiment(name: string): Promise<string | null> {
      checkLength('experiment', name, 500);
      try {
        const what = 'make an experiment';
        const reply = await post(
          '/experiments/create',
          what,
          'CreateExperiment',
          { name },
          'CreateExperiment.Response',
        );
        return reply.experiment_id;
      } catch (error) {
        if (error instanceof MlflowRefusal && error.errorCode === 'RESOURCE_ALREADY_EXISTS') return null;
        throw error;
      }
    },

    restoreExperiment: (id: string) =>
      post('/experiments/restore', 'restore an experiment', 'RestoreExperiment', { experiment_id: id }, null),

    /**
     * Makes a run; every call makes one, so that it is never sent twice.
     *
     * @throws MlflowUnreachable when nobody knows whether the run was made
     */
    async createRun(message: Message<'CreateRun'>): Promise<MlflowRun> {
      checkTime('start_time', message.start_time);
      checkPairs(
        (message.tags ?? []).map(({ key, value = '' }) => [key, value]),
        limits.tag,
      );
      return (await post('/runs/create', 'make a run', 'CreateRun', message, 'CreateRun.Response', false))
        .run;
    },

    async run(runId: string): Promise<MlflowRun> {
      const path = `/runs/get?run_id=${encodeURIComponent(runId)}`;
      return (await call('GET', path, 'read a run', 'GetRun.Response')).run;
    },

    /** All runs of an experiment that a filter lets through, deleted ones, too, where they are asked for. */
    async runs(
      experiment: string,
      filter: string,
      view: 'ACTIVE_ONLY' | 'ALL',
    ): Promise<readonly MlflowRun[]> {
      const found: MlflowRun[] = [];
      for (let token = ''; ; ) {
        const message = {
          experiment_ids: [experiment],
          filter,
          run_view_type: view,
          max_results: 1000,
          ...(token === '' ? {} : { page_token: token }),
        };
        const reply = await post('/runs/search', 'search runs', 'SearchRuns', message, 'SearchRuns.Response');
        found.push(...(reply.runs ?? []));
        token = reply.next_page_token ?? '';
        if (token === '') return found;
      }
    },

    updateRun(runId: string, status: RunStatusName, endTime: number | null) {
      if (endTime !== null) checkTime('end_time', endTime);
      const message = { run_id: runId, status, ...(endTime === null ? {} : { end_time: endTime }) };
      return post('/runs/update', 'end a run', 'UpdateRun', message, null);
    },

    deleteRun: (runId: string) => post('/runs/delete', 'delete a run', 'DeleteRun', { run_id: runId }, null),
    restoreRun: (runId: string) =>
      post('/runs/restore', 'restore a run', 'RestoreRun', { run_id: runId }, null),

    /** In as many requests as the limits ask for; params first, tags with the last of them. */
    async log(runId: string, { metrics = [], params = [], tags = [] }: Logged): Promise<void> {
      for (const { key, timestamp, step } of metrics) {
        checkKey(key);
        checkTime(`timestamp of ${key}`, timestamp);
        if (step !== undefined && !Number.isSafeInteger(step))
          throw new RangeError(`step of ${key}: ${step}`);
      }
      checkPairs(params, limits.param);
      checkPairs(tags, limits.tag);
      const all = metrics.length + params.length + tags.length;
      if (all <= limits.batch && params.length <= limits.params && tags.length <= limits.tags) {
        if (all > 0) await logOnce(runId, { metrics, params, tags });
        return;
      }
      for (const part of chunks(params, limits.params)) await logOnce(runId, { params: part });
      const groups = [...chunks(metrics, limits.metrics - Math.min(tags.length, limits.tags))];
      const last = groups.pop() ?? [];
      for (const part of groups) await logOnce(runId, { metrics: part });
      const tagGroups = [...chunks(tags, limits.tags)];
      const lastTags = tagGroups.pop() ?? [];
      for (const part of tagGroups) await logOnce(runId, { tags: part });
      if (last.length + lastTags.length > 0) await logOnce(runId, { metrics: last, tags: lastTags });
    },

    async setTag(runId: string, key: string, value: string): Promise<void> {
      checkPairs([[key, value]], limits.tag);
      await post('/runs/set-tag', 'set a tag', 'SetTag', { run_id: runId, key, value }, null);
    },

    async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
      for (const { dataset } of datasets) {
        checkLength('name of a data set', dataset.name, limits.datasetName);
        checkLength('digest of a data set', dataset.digest, limits.datasetDigest);
        checkLength('source of a data set', dataset.source, limits.datasetSource);
      }
      if (datasets.length === 0) return;
      const send = () =>
        post('/runs/log-inputs', 'log data sets', 'LogInputs', { run_id: runId, datasets }, null);
      // Two runs that bring the same data set at once make the server's database refuse one of them (a UNIQUE constraint
      // of MLflow 3.17). Ours go one after the other, and where another process was first, the second try finds it there.
      const turn = inputs.then(() => send().catch(send));
      inputs = turn.catch(() => undefined);
      await turn;
    },

    /** Twice is refused: see that it is not there yet. */
    logModel: (runId: string, modelId: string, step: number) =>
      post(
        '/runs/outputs',
        'log a model',
        'LogOutputs',
        { run_id: runId, models: [{ model_id: modelId, step }] },
        null,
      ),

    /** All points of a metric, in the order of the server. */
    async history(runId: string, key: string): Promise<readonly Metric[]> {
      const found: Metric[] = [];
      for (let token = ''; ; ) {
        const page = token === '' ? '' : `&page_token=${encodeURIComponent(token)}`;
        const path = `/metrics/get-history?run_id=${encodeURIComponent(runId)}&metric_key=${encodeURIComponent(key)}&max_results=25000${page}`;
        const reply = await call('GET', path, 'read a metric', 'GetMetricHistory.Response');
        found.push(...(reply.metrics ?? []));
        token = reply.next_page_token ?? '';
        if (token === '') return found;
      }
    },

    /** Files and folders directly in a folder of a run's artifacts. */
    async artifacts(runId: string, folder = ''): Promise<readonly Message<'FileInfo'>[]> {
      const path = `/artifacts/list?run_id=${encodeURIComponent(runId)}${folder === '' ? '' : `&path=${encodeURIComponent(folder)}`}`;
      return (await call('GET', path, 'list artifacts', 'ListArtifacts.Response')).files ?? [];
    },

    async createModel(message: Message<'CreateLoggedModel'>): Promise<Message<'LoggedModel'>> {
      const what = 'make a model';
      return (
        await post('/logged-models', what, 'CreateLoggedModel', message, 'CreateLoggedModel.Response', false)
      ).model;
    },

    /** The models that a run made. */
    async models(experiment: string, runId: string): Promise<readonly Message<'LoggedModel'>[]> {
      const message = { experiment_ids: [experiment], filter: `source_run_id = '${runId}'`, max_results: 50 };
      const reply = await post(
        '/logged-models/search',
        'search models',
        'SearchLoggedModels',
        message,
        'SearchLoggedModels.Response',
      );
      return reply.models ?? [];
    },

    finishModel: (modelId: string) =>
      call(
        'PATCH',
        `/logged-models/${encodeURIComponent(modelId)}`,
        'finish a model',
        null,
        encodeMessage('FinalizeLoggedModel', { model_id: modelId, status: 'LOGGED_MODEL_READY' }),
      ),

    deleteModel: (modelId: string) =>
      call('DELETE', `/logged-models/${encodeURIComponent(modelId)}`, 'delete a model', null),

    /**
     * Writes a file below an artifact address; the same path again replaces it.
     *
     * @param root artifact_uri of a run or a model
     * @throws FaultError (machine) when the server leaves its artifacts to others
     */
    async upload(root: string, path: string, upload: Upload): Promise<void> {
      const request = {
        what: `store ${path}`,
        method: 'PUT',
        path: `${artifactRoot(address, root)}/${artifactPath(path)}`,
        upload,
      } as const;
      await transport.send(request);
    },

    /** Reads a file that upload has written. */
    async download(root: string, path: string): Promise<Buffer> {
      const request = {
        what: `read ${path}`,
        method: 'GET',
        path: `${artifactRoot(address, root)}/${artifactPath(path)}`,
      } as const;
      return (await transport.send(request)).body;
    },
  };
}

const PROXY = '/api/2.0/mlflow-artifacts/artifacts';

/** The path on the server of an artifact address. */
export function artifactRoot(address: string, uri: string): string {
  const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?(\/.*)$/.exec(uri)?.[1];
  if (proxied !== undefined)
    return PROXY + proxied.replace(/\/+$/, '').split('/').map(encodeURIComponent).join('/');
  if (uri.startsWith(`${address}${PROXY}/`)) return uri.slice(address.length).replace(/\/+$/, '');
  throw new FaultError(
    {
      place: address,
      problem: `keeps artifacts at ${uri}, where only it or a program with the keys can write`,
      cure: 'start it with `mlflow server --artifacts-destination …`, so that it takes them itself; metrics are there',
    },
    ExitCode.machine,
  );
}

function checkPairs(pairs: readonly Pair[], most: number): void {
  for (const [key, value] of pairs) {
    checkKey(key);
    checkLength(key, value, most);
  }
}

function* chunks<T>(list: readonly T[], size: number): Generator<readonly T[], void, void> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}

function parseJson(text: string, address: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const problem = `answers with something else than JSON when asked to ${what}: ${JSON.stringify(short(text, 60))}`;
    throw new FaultError({ place: address, problem, cure: 'is it an MLflow server?' }, ExitCode.machine);
  }
}
