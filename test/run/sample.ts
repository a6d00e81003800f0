/** A small experiment for tests of whole runs. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { uninterrupted } from '../../src/fault/index.ts';
import { specReport, sweepReport } from '../../src/report/index.ts';
import { type RunRecord, withSeal } from '../../src/results/index.ts';
import {
  runSpec,
  runSweep,
  type SpecOptions,
  type SpecResult,
  type SweepOptions,
  type SweepResult,
} from '../../src/sweep/index.ts';
import { createReporter } from '../../src/text/index.ts';

/** What of the record two runs of one spec and seed by the same code need not share: time, place, and how it was computed. */
const INCIDENTAL: readonly (keyof RunRecord)[] = [
  'code',
  'machine',
  'engine',
  'started',
  'finished',
  'continued',
  'sweep',
  'durations',
  'seal',
];

/** A folder for the tests of a file. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sessionlab-run-'));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Whether tests that stop and kill take all moments that they know, and not a sample of them. */
export const long = process.env.npm_lifecycle_event === 'test:kills';

/** A tenth of a second of training. */
export const spec = {
  name: 'small',
  dataset: { synthetic: { seed: 3, sessions: 60, workstations: 4, duration: 300 } },
  sessions: { maxPackets: 3 },
  tokens: { bytes: 40 },
  network: { packet: { units: 5 }, session: { units: 4 }, head: [3] },
  training: { epochs: 2, batch: 16, optimizer: { learningRate: 0.01 } },
  attention: { sessions: 2 },
};

/** Writes a spec, the small one with changes at its top level, and says where. */
export function writeSpec(folder: string, changes: object = {}): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'spec.json');
  writeFileSync(path, JSON.stringify({ ...spec, ...changes }));
  return path;
}

/** Changes a record as if the run had written it so. */
export function forge(path: string, change: (record: RunRecord) => object): void {
  const record = JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  writeFileSync(path, JSON.stringify(withSeal(change(record), record.files!)));
}

/** What was printed. */
export interface Printed {
  readonly facts: string[];
  readonly lines: string[];
}

/** Runs a spec and keeps what it prints. */
export async function run(
  path: string,
  out: string,
  changes: Partial<SpecOptions> = {},
): Promise<SpecResult & Printed> {
  const { options, reporter, printed } = quietly(path, out);
  const observe = specReport(reporter, true);
  return { ...(await runSpec({ ...options, observe, ...changes })), ...printed };
}

/** Runs a sweep and keeps what it prints. */
export async function sweep(
  path: string,
  out: string,
  changes: Partial<SweepOptions> = {},
): Promise<SweepResult & Printed> {
  const { options, reporter, printed } = quietly(path, out);
  const plain = {
    ...options,
    observe: sweepReport(reporter),
    dryRun: false,
    failFast: false,
    again: false,
    retry: false,
    wait: true,
    workers: 1,
  };
  return { ...(await runSweep({ ...plain, ...changes })), ...printed };
}

/** Options of a run on one thread, and what it will have printed. */
function quietly(spec: string, out: string) {
  const facts: string[] = [];
  const lines: string[] = [];
  const reporter = createReporter(
    { write: (text) => facts.push(text) },
    { write: (text) => lines.push(text) },
  );
  const interruption = uninterrupted;
  const options = { spec, load: {}, out, threads: 1, interruption, checkpointEvery: null };
  const printed: Printed = { facts, lines };
  return { options, reporter, printed };
}

/** All files below a folder but the notes on runs, with `/` between the parts of their paths; none where there is no folder. What has gone meanwhile is none. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === false)
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !/(^|\/)\.(locks|known|failed)\//.test(name))
    .sort();
}

/**
 * Everything in the folder of a run that two runs of one spec and seed share, by file: all bytes of most, the record
 * without time and place, the journal without times and what the process cost.
 */
export function artefacts(folder: string): Readonly<Record<string, string>> {
  const text = (name: string) => readFileSync(join(folder, name), 'latin1');
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name): [string, string] => {
        switch (name) {
          case 'run.json': {
            const record = JSON.parse(text(name)) as Record<string, unknown>;
            for (const key of INCIDENTAL) delete record[key];
            // Whether the capture was there or had to be made, and where it is.
            delete (record.data as Record<string, unknown>).synthetic;
            // The journal has times in it; all others are compared themselves.
            record.files = (record.files as RunRecord['files'])!.map(({ path }) => path);
            return [name, JSON.stringify(record).replaceAll(/[^"]*(?=datasets\/)/g, '')];
          }
          case 'journal.jsonl':
            return [
              name,
              text(name)
                .replaceAll(/"time":"[^"]*"/g, '"time":""')
                .replaceAll(/"memory":\d+,"cpu":[\d.e-]+/g, '"memory":0,"cpu":0'),
            ];
          case 'weights.safetensors':
            return [
              name,
              createHash('sha256')
                .update(readFileSync(join(folder, name)))
                .digest('hex'),
            ];
          default:
            return [name, text(name)];
        }
      }),
  );
}
