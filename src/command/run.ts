/** `sessionlab run`: from a spec to evidence. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { listenForSignals } from '../fault/index.ts';
import { specReport } from '../report/index.ts';
import { runSpec, type SpecResult } from '../sweep/index.ts';
import { createReporter, type Terminal } from '../text/index.ts';
import { followInMlflow } from './follow.ts';
import { addSpecOptions, loadOptions, type SpecOptions, withStandardInput } from './spec-options.ts';
import { CHECKPOINT_HELP, parseSteps, parseThreads } from './threads.ts';

export interface RunOptions extends SpecOptions {
  readonly threads: number;
  readonly out: string;
  readonly json?: boolean;
  readonly checkpoint?: number;
  readonly cache: boolean;
}

const EXAMPLES = `
Prints what was found in the data, the progress of the training (on standard error), the evaluation of the test
sessions, and the result hash: the same spec and seed give the same one, on any machine and with any --threads.

Everything goes to OUT/<name>/<hash of spec and data>/<seed>/: spec.json, run.json (where it comes from, what was left
out), journal.jsonl, evaluation.json, curves.csv, baselines.csv, predictions.csv, weights.safetensors and attention.jsonl,
and validation.csv where the spec holds sessions back for it. It appears whole or not at all. A run that was stopped or killed goes on from its last checkpoint, to the same bytes. A run that is there already
is repeated and compared.

Examples:
  $ sessionlab run experiments/quickstart.json
  $ sessionlab run experiments/quickstart.json --seed 7 --threads 4
  $ sessionlab run experiments/quickstart.json --set training.epochs=20 --set network.packet.units=64
  $ sessionlab run experiments/bigflows.json --capture bigFlows.pcap
  $ sessionlab run experiments/quickstart.json --json | jq .mean.accuracy
  $ sessionlab explain latest

Exit codes: 0 all seeds ran, 2 the spec is wrong or the training diverged, 3 the data cannot be used, 4 the machine
refuses, 130 interrupted (a second Ctrl-C stops at once), 1 the result is not the one of before.`;

/** The command, ready to be added to the program. */
export function runCommand(): Command {
  const command = new Command('run')
    .summary('train and test a spec, and keep the evidence')
    .description(
      'Run an experiment: read or make its captures, train on generated anomalies, test, keep the evidence.',
    )
    .argument('<spec>', 'spec file');
  return addSpecOptions(command)
    .option(
      '--threads <number>',
      'threads that compute; no result depends on it',
      parseThreads,
      availableParallelism(),
    )
    .option('--checkpoint <steps>', CHECKPOINT_HELP, parseSteps)
    .option('--no-cache', 'read captures anew, and keep nothing of them for the next run')
    .option('--out <folder>', 'where results go', 'results')
    .option('--json', 'print one JSON object at the end instead of text')
    .addHelpText('after', EXAMPLES)
    .action((spec: string, given: RunOptions) =>
      withStandardInput(given, async (options) => {
        const facts: Terminal = options.json === true ? process.stderr : process.stdout;
        const reporter = createReporter(facts, process.stderr);
        const interruption = listenForSignals(() =>
          reporter.line('stopping after this step; again stops at once …'),
        );
        try {
          const { out, threads, checkpoint, cache } = options;
          const result = await runSpec({
            spec,
            load: loadOptions(options),
            out,
            threads,
            interruption,
            observe: specReport(reporter),
            follow: followInMlflow(reporter.line),
            checkpointEvery: checkpoint ?? null,
            keepSessions: cache,
          });
          reporter.clear();
          if (options.json === true) process.stdout.write(`${JSON.stringify(asJson(result))}\n`);
          if (result.failure !== null) throw result.failure;
        } finally {
          reporter.clear();
          interruption.dispose();
        }
      }),
    );
}

/** What --json prints. */
export function asJson({ prepared, runs, mean, failure }: SpecResult) {
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
