/** Brings measurements to MLflow that are no training runs: benchmarks. Once each, however often they are sent. */

import { sha256, userName } from '../../disk/index.ts';
import type { Client, Pair } from './client.ts';
import { type RunContent, SOURCE_TAGS, textArtifact } from './content.ts';
import { keyFilter, openExperiment } from './open-run.ts';
import { type RunOutcome, syncRun } from './sync-run.ts';

/** Measurements that make one run, as they are kept in a file. */
export interface Measured {
  /** Where MLFLOW_EXPERIMENT_NAME says nothing. */
  readonly experiment: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
  /** Any text as a key: what MLflow does not take in it is left out. Values that are not finite are left out. */
  readonly values: readonly (readonly [key: string, value: number])[];
  /** The whole file, an artifact, by which the run is known again. */
  readonly report: { readonly path: string; readonly text: string };
  /** What people read; Markdown. */
  readonly note: string;
}

/**
 * Sends measurements. The same file gives the same run: what is there already is recognised, what was interrupted goes on.
 *
 * @throws FaultError (machine) when the server or the network refuse
 */
export async function syncMeasured(
  client: Client,
  all: readonly Measured[],
  { restore }: { readonly restore: boolean },
): Promise<readonly RunOutcome[]> {
  await client.version();
  const outcomes: RunOutcome[] = [];
  for (const measured of all) {
    const name = client.settings.experiment ?? measured.experiment;
    const experiment = await openExperiment(client, name, restore);
    const content = contentOf(measured);
    const known = await client.runs(experiment, keyFilter(content.key), 'ALL');
    outcomes.push(
      await syncRun(client, experiment, content, known, { restore, parent: null, user: userName() }),
    );
  }
  return outcomes;
}

function contentOf({ name, time, params, tags, values, report, note }: Measured): RunContent {
  const used = new Set<string>();
  const points = values
    .filter(([, value]) => Number.isFinite(value))
    .map(([text, value]) => ({ key: unusedKey(text, used), value, timestamp: time, step: 0 }));
  return {
    key: `measured/${plainName(name)}/${sha256(report.text).slice(0, 32)}`,
    name,
    started: time,
    params,
    tags: [...SOURCE_TAGS, ...tags],
    note,
    points,
    inputs: [],
    files: [textArtifact(report.path, report.text)],
    model: null,
    end: { status: 'FINISHED', time },
  };
}

const plainName = (text: string) => text.replace(/[^\w.-]+/g, '-');

/** Two texts that differ only in what MLflow does not take stay two keys. */
function unusedKey(text: string, used: Set<string>): string {
  const plain = text
    .replace(/[^\w/.\- :]+/g, '')
    .replace(/ +/g, ' ')
    .split('/')
    .map((part) => part.trim().replace(/^\.+$/, '_'))
    .filter((part) => part !== '')
    .join('/')
    .slice(0, 240);
  let key = plain;
  for (let n = 2; used.has(key); n++) key = `${plain} ${n}`;
  used.add(key);
  return key;
}
