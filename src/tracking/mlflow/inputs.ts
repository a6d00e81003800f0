/** The captures of a run as MLflow's data set inputs. */
import { basename } from 'node:path';
import { sha256 } from '../../disk/index.ts';
import type { StoredRecord, StoredSpec } from '../../results/index.ts';
import { onOneLine } from '../../text/index.ts';
import { mostTokens, type NotebookOptions } from '../../token/index.ts';
import type { DatasetInput } from './client.ts';

/** Captures that are listed one by one; more are one input together. */
const MOST = 20;

/** One input for each capture, told apart by the beginning of its SHA-256. */
export function datasetInputs({ data }: StoredRecord, spec: StoredSpec): readonly DatasetInput[] {
  const { files } = data;
  const schema = schemaOf(spec);
  const input = (name: string, digest: string, paths: readonly string[], profile: object): DatasetInput => ({
    tags: [{ key: 'mlflow.data.context', value: 'training and test' }],
    dataset: {
      name: onOneLine(name).slice(0, 200),
      digest: digest.slice(0, 32),
      source_type: 'local',
      source: JSON.stringify({ uri: paths[0], ...(paths.length > 1 ? { uris: paths.slice(0, 100) } : {}) }),
      schema,
      profile: JSON.stringify(profile),
    },
  });
  if (files.length <= MOST) {
    return files.map(({ path, sha256: digest, packets, bytes, format }) =>
      input(basename(path), digest, [path], { packets, bytes, format, sha256: digest }),
    );
  }
  const digest = sha256(files.map((file) => `${file.sha256}\n`).join(''));
  const sum = (key: 'packets' | 'bytes') => files.reduce((total, file) => total + file[key], 0);
  const profile = { captures: files.length, packets: sum('packets'), bytes: sum('bytes') };
  return [
    input(
      `${files.length} captures`,
      digest,
      files.map((file) => file.path),
      profile,
    ),
  ];
}

/** What the network is shown: token ids [sessions, packets, tokens] and the class of each session. */
function schemaOf(spec: StoredSpec): string {
  const { maxPackets } = (spec.sessions ?? {}) as { maxPackets?: number };
  const { bytes, ...how } = (spec.tokens ?? {}) as { bytes?: number } & NotebookOptions;
  const column = (name: string, dtype: string, shape: readonly number[]) => ({
    name,
    type: 'tensor',
    'tensor-spec': { dtype, shape },
  });
  const most = bytes === undefined ? -1 : mostTokens({ ...how, bytes });
  const tokens = column('tokens', 'uint16', [-1, maxPackets ?? -1, most]);
  return JSON.stringify({
    mlflow_tensorspec: { features: [tokens], targets: [column('label', 'uint8', [-1])] },
  });
}
