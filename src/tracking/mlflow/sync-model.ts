/** The weights of a run as a logged model. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, MlflowRun } from './client.ts';
import type { ModelContent } from './content.ts';
import { mayPass } from './open-run.ts';
import type { Message } from './wire.ts';

type Model = Message<'LoggedModel'>;

/**
 * One model with all its files, ready, and named as an output of its run.
 *
 * @param fresh the run was made just now, so that it can have no model yet
 */
export async function syncModel(
  client: Client,
  experiment: string,
  run: MlflowRun,
  content: ModelContent,
  fresh: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const runId = run.info.run_id;
  const outputs = (run.outputs?.model_outputs ?? []).map(({ model_id: id }) => id);
  const found = fresh ? null : await findModel(client, experiment, runId, content.name, outputs);
  const model = found ?? (await makeModel(client, experiment, runId, content, outputs, signal));
  const { model_id: id, artifact_uri: root, status } = model.info;
  for (const { path, upload } of content.files) await client.upload(root, path, await upload());
  if (status !== 'LOGGED_MODEL_READY') await client.finishModel(id);
  if (outputs.includes(id)) return;
  try {
    await client.logModel(runId, id, content.step);
  } catch (error) {
    // An answer may have been lost before, and twice is refused.
    const now = (await client.run(runId)).outputs?.model_outputs ?? [];
    if (!now.some(({ model_id: other }) => other === id)) throw error;
  }
}

/** The model of this name; of several, one stays: that which the run names, else the first by id. */
async function findModel(
  client: Client,
  experiment: string,
  runId: string,
  name: string,
  outputs: readonly string[],
): Promise<Model | null> {
  const found = (await client.models(experiment, runId)).filter(({ info }) => info.name === name);
  const rank = ({ info }: Model) => (outputs.includes(info.model_id) ? 0 : 1);
  const sorted = found.sort((a, b) => rank(a) - rank(b) || (a.info.model_id < b.info.model_id ? -1 : 1));
  for (const { info } of sorted.slice(1)) await client.deleteModel(info.model_id);
  return sorted[0] ?? null;
}

async function makeModel(
  client: Client,
  experiment: string,
  runId: string,
  { name, params }: ModelContent,
  outputs: readonly string[],
  signal?: AbortSignal,
): Promise<Model> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await client.createModel({
        experiment_id: experiment,
        name,
        model_type: 'sessionlab',
        source_run_id: runId,
        params: params.map(([key, value]) => ({ key, value })),
      });
    } catch (error) {
      if (attempt >= client.settings.retries || !mayPass(error) || signal?.aborted === true) throw error;
      await pause(500 * 2 ** Math.min(attempt, 5));
      const found = await findModel(client, experiment, runId, name, outputs);
      if (found !== null) return found;
    }
  }
}
