/** The runs of a spec, those that are not there made now: what commands need that read results. */
import { sweepReport } from '../report/index.ts';
import { MISSING_RUNS, runSweep, type SweepResult } from '../sweep/index.ts';
import type { Context } from './define.ts';

/** How they are made. */
export interface MissingOptions {
  readonly out: string;
  readonly threads: number;
  readonly data?: string;
}

/** @throws FaultError where one cannot be made */
export async function missingRuns(
  spec: string,
  { out, threads, data }: MissingOptions,
  { reporter, interruption }: Context,
): Promise<SweepResult['runs']> {
  const { runs, failure } = await runSweep({
    spec,
    load: data === undefined ? {} : { data },
    out,
    threads,
    ...MISSING_RUNS,
    interruption,
    observe: sweepReport(reporter),
  });
  reporter.clear();
  if (failure !== null) throw failure;
  return runs;
}
