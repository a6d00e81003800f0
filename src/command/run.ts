/** `sessionlab run`: from a spec to evidence. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { describeRuns, specReport } from '../report/index.ts';
import { otherDataNote, runSpec, type SpecResult } from '../sweep/index.ts';
import { followInMlflow } from '../tracking/index.ts';
import { defineCommand } from './define.ts';
import {
  CHECKPOINT_OPTION,
  JSON_OPTION,
  loadOptions,
  OUT_OPTION,
  SPEC_OPTIONS,
  type SpecArguments,
  withStandardInput,
} from './options.ts';
import { threadCount } from './parse.ts';

interface RunOptions extends SpecArguments {
  readonly threads: number;
  readonly out: string;
  readonly json?: boolean;
  readonly checkpoint?: number;
  readonly cache: boolean;
  readonly full?: boolean;
}

export const command = defineCommand({
  name: 'run',
  description:
    'Run an experiment: read or make its captures, train on generated anomalies, test, keep the evidence.',
  operands: [['<spec>', 'spec file']],
  options: [
    ...SPEC_OPTIONS,
    [
      '--threads <number>',
      'threads that compute; no result depends on it',
      threadCount,
      availableParallelism(),
    ],
    CHECKPOINT_OPTION,
    ['--no-cache', 'read captures anew, and keep nothing of them for the next run'],
    ['--full', 'print every table, and a line for every epoch'],
    OUT_OPTION,
    JSON_OPTION,
  ],
  notes: `
Prints what was found in the data, the progress of the training (on standard error), the evaluation of the test
sessions on one screen (every table: --full, or "sessionlab evaluate"), and the result hash: the same spec and seed give
the same one, on any machine and with any --threads.

Everything goes to OUT/<name>/<hash of spec and data>/<seed>/: spec.json, run.json (where it comes from, what was left
out), journal.jsonl, evaluation.json, curves.csv, baselines.csv, predictions.csv, contacts.csv, weights.safetensors,
attention.json, attention.jsonl and audit.json, and validation.csv where the spec holds sessions back for it. It appears whole or not at
all. A run that was stopped or
killed goes on from its last checkpoint, to the same bytes. A run that is there already is repeated and compared.`,
  examples: [
    'sessionlab run experiments/quickstart.json',
    'sessionlab run experiments/quickstart.json --seed 7 --threads 4',
    'sessionlab run experiments/quickstart.json --set training.epochs=20 --set network.packet.units=64',
    'sessionlab run experiments/bigflows.json --capture bigFlows.pcap',
    'sessionlab run experiments/quickstart.json --json | jq .mean.accuracy',
    'sessionlab explain latest',
  ],
  exitCodes: {
    0: 'all seeds ran',
    1: 'the result is not the one of before, or a defect of sessionlab',
    2: 'the spec is wrong or the training diverged',
    3: 'the data cannot be used',
    130: 'interrupted (a second Ctrl-C stops at once)',
    141: 'stopped after a checkpoint, since nobody reads standard output any more',
  },
  run: ([spec]: readonly [string], given: RunOptions, context) =>
    withStandardInput(given, context, async (options) => {
      const { reporter, interruption, printJson } = context;
      const { out, threads, checkpoint, cache, full } = options;
      const result = await runSpec({
        spec,
        load: loadOptions(options),
        out,
        threads,
        interruption,
        observe: specReport(reporter, full),
        follow: followInMlflow(reporter.line),
        checkpointEvery: checkpoint ?? null,
        keepSessions: cache,
      });
      reporter.clear();
      if (result.runs.length > 1) reporter.fact(`${describeRuns(result.runs)}\n`);
      const [first] = result.runs;
      const isOther = options.capture !== undefined || options.dataset !== undefined;
      const note = isOther && first !== undefined ? otherDataNote(first.folder) : null;
      if (note !== null) reporter.line(note);
      if (options.json === true) printJson(asJson(result));
      if (result.failure !== null) throw result.failure;
    }),
});

/** What --json prints. */
function asJson({ prepared, runs, mean, failure }: SpecResult) {
  const { resolved, specHash, account, sessions, split, overlap } = prepared;
  const { packets, keptPackets, leftOut, sessionsLeftOut } = account;
  return {
    experiment: resolved.spec.name,
    specHash,
    data: {
      files: account.files,
      packets,
      keptPackets,
      leftOut,
      sessionsLeftOut,
      sessions: sessions.count,
      training: split.train.length,
      test: split.test.length,
      overlap,
    },
    runs: runs.map(({ seed, state, folder, resultHash, engine, metrics, evaluation }) => {
      return { seed, state, folder: resolve(folder), resultHash, engine, metrics, evaluation };
    }),
    mean,
    faults: failure?.faults ?? [],
  };
}
