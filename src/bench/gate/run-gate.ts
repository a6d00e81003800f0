/** A whole gate: builds both sides, measures, reports. */

import { codeVersion } from '../../results/index.ts';
import { describeMachine, projectFolder } from '../machine.ts';
import type { Clock } from './decide.ts';
import { DEFAULT_RULE } from './decide.ts';
import { checkBenchmarks, type GateEvents, listSides, measureGate } from './measure-gate.ts';
import { chooseBenchmarks, GATE_FORMAT, type GateReport, holdAgainst, readAgainst } from './report.ts';
import { buildRevision, compileSide, openGateFolder } from './sides.ts';

export interface GateOptions {
  readonly suites: readonly string[];
  readonly filter: string;
  readonly threads: number;
  /** `git:REV` or a file; undefined: HEAD where files differ from it, else the commit before. */
  readonly against?: string;
  /** A share. */
  readonly tolerance: number;
  readonly clock: Clock;
  /** Seconds of measuring at most. */
  readonly limit: number;
  readonly stop: () => boolean;
}

/** Milliseconds for which a process times a benchmark in one go. */
const VISIT = 25;
const SEED = 1;

/** What happens meanwhile. */
export interface GateRunEvents extends GateEvents {
  readonly step?: (text: string) => void;
}

/** @throws FaultError when there is nothing to hold it against, or that cannot be built */
export async function runGate(options: GateOptions, events: GateRunEvents = {}): Promise<GateReport> {
  const { suites, filter, threads, tolerance, clock, limit, stop } = options;
  const code = await codeVersion();
  const against = await readAgainst(options.against ?? (code.changedFiles === 0 ? 'git:HEAD~1' : 'git:HEAD'));
  const folder = await openGateFolder();
  try {
    events.step?.(`building ${against.commit.slice(0, 10)}`);
    const revision = await buildRevision(folder, against.commit);
    const sides = {
      baseline: await compileSide(folder, 'baseline', revision, threads),
      candidate: await compileSide(folder, 'candidate', projectFolder, threads),
    };
    const lists = await listSides(folder.worker, sides);
    const { names, added, vanished } = chooseBenchmarks(lists, { suites, filter }, against.expected);
    events.step?.(`${names.length} benchmarks: first calls`);
    const rule = { ...DEFAULT_RULE, tolerance, clock };
    const { worker } = folder;
    const checked = await checkBenchmarks(worker, sides, names);
    const plan = { worker, sides, checked, rule, seed: SEED, seconds: limit, visit: VISIT, stop };
    const result = holdAgainst(await measureGate(plan, events), against.expected, vanished);
    return {
      format: GATE_FORMAT,
      date: new Date().toISOString(),
      code,
      machine: describeMachine(process.env),
      against: { name: against.name, commit: against.commit },
      rule,
      options: { suites, filter, threads, limit },
      ...result,
      added,
    };
  } finally {
    await folder.remove();
  }
}
