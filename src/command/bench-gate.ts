/** `sessionlab bench --gate`: whether this code is slower than that of a revision. */
import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, formatGate, gateExitCode, gateMarkdown, runGate, writeReport } from '../bench/index.ts';
import { makeFolder } from '../disk/index.ts';
import { formatDuration, plural } from '../text/index.ts';
import type { Context } from './define.ts';

export interface GateCommandOptions {
  readonly filter: string;
  readonly threads: number;
  readonly against?: string;
  readonly tolerance: number;
  readonly clock: Clock;
  readonly limit: number;
  readonly markdown?: string;
  readonly json?: boolean;
}

/** Measures, prints and writes a gate. @returns how it ends */
export async function gate(
  suites: readonly string[],
  { filter, threads, against, tolerance, clock, limit, markdown, json }: GateCommandOptions,
  out: string,
  { print, printJson, reporter, interruption }: Context,
): Promise<0 | 1 | 2> {
  const begin = performance.now();
  const { signal } = interruption;
  const report = await runGate(
    {
      suites,
      filter,
      threads,
      ...(against === undefined ? {} : { against }),
      tolerance: tolerance / 100,
      clock,
      limit: 60 * limit,
      stop: () => signal.aborted,
    },
    {
      step: (text) => reporter.status(() => text),
      block: (blocks, _, open) =>
        reporter.status(
          () =>
            `${plural(4 * blocks, 'process', 'processes')} in ${formatDuration(performance.now() - begin)}, ${open} undecided`,
        ),
    },
  );
  reporter.clear();
  await writeReport(out, report);
  if (markdown !== undefined) {
    // The summary of a job has several parts.
    await makeFolder(dirname(markdown));
    appendFileSync(markdown, `${gateMarkdown(report)}\n`);
  }
  if (json === true) printJson(report, 2);
  else print(`${formatGate(report)}written to ${out}\n`);
  interruption.check();
  return gateExitCode(report);
}
