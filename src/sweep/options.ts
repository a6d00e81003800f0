/** What a run or a sweep is asked for, and what it tells and gives. */
import type { Prepared } from '../data/index.ts';
import type { Metrics } from '../evaluation/index.ts';
import type { Fault, FaultError } from '../fault/index.ts';
import type { RunEvent, RunOptions, RunResult } from '../run/index.ts';
import type { LoadOptions } from '../spec/index.ts';
import type { SweepEstimate } from './estimate.ts';
import type { Group } from './groups.ts';
import type { Faults } from './troubles.ts';

export interface SpecOptions extends RunOptions {
  /** The spec's file, and what the command line changes in it. */
  readonly spec: string;
  readonly load: LoadOptions;
  /** The results folder. */
  readonly out: string;
  readonly observe: (event: SweepEvent) => void;
  /** Whether sessions of captures are kept for the next run, and what was kept is used; true where it is not given. */
  readonly keepSessions?: boolean;
}

/** What came out of a spec without a sweep. */
export interface SpecResult {
  readonly prepared: Prepared;
  /** Finished runs, in the order of their seeds. */
  readonly runs: readonly RunResult[];
  /** null without a finished run. */
  readonly mean: Metrics | null;
  /** What kept the other seeds from finishing, or from being the same as before; null when all is well. */
  readonly failure: FaultError | null;
}

export interface SweepOptions extends SpecOptions {
  /** Say what would be done, and how long that takes, and do nothing. */
  readonly dryRun: boolean;
  /** Stop at the first run that fails. */
  readonly failFast: boolean;
  /** Repeat runs that are there already, and compare them; of several processes one repeats each. */
  readonly again: boolean;
  /** For `again`: runs that were made or confirmed since are not repeated (ms, see fileClock); since now when undefined. */
  readonly againSince?: number;
  /** Only the runs that failed, once more. */
  readonly retry: boolean;
  /**
   * Wait for runs that other processes work on, and take them over where these die. Without it the sweep ends as soon as
   * all that is left is seen to be worked on: what only seems to be is waited for, as its process may be dead.
   */
  readonly wait: boolean;
  /** Processes that work at the same time. */
  readonly workers: number;
  /** Do these runs alone, by their names; all when undefined. */
  readonly only?: ReadonlySet<string>;
}

/** A sweep that is told nothing else makes each run that is not there, by one process, and waits for those of others. */
export const MISSING_RUNS = {
  ...{ dryRun: false, failFast: false, again: false, retry: false, wait: true },
  ...{ workers: 1, checkpointEvery: null },
} as const satisfies Partial<SweepOptions>;

/** What became of one run. */
export interface SweepRun {
  readonly cell: string;
  readonly seed: number;
  readonly folder: string;
  /**
   * `new`: done now. `kept`: it was there, made by the same code, or another process made it. `failed`: see the faults.
   * `planned`: a dry run. `elsewhere`: another process works on it. `stopped`: somebody asked for it; it can go on.
   */
  readonly state: 'new' | 'kept' | 'failed' | 'planned' | 'elsewhere' | 'stopped';
  readonly metrics: Metrics | null;
}

export interface SweepResult {
  readonly cells: number;
  readonly runs: readonly SweepRun[];
  /** A group a cell, in the order of the sweep; only of runs that ended well. */
  readonly groups: readonly Group[];
  /** Of a dry run: runs of the same experiments, whatever their specs and the code that made them. */
  readonly earlier: readonly Group[];
  /** Of a dry run that has something to do. */
  readonly estimate: SweepEstimate | null;
  readonly failure: FaultError | null;
}

export type SweepEvent =
  /** What goes on in a cell. */
  | { readonly kind: 'cell'; readonly cell: string; readonly event: RunEvent }
  /** A cell is the same as an earlier one. */
  | { readonly kind: 'twin'; readonly cell: string; readonly of: string }
  /** A run that is there is not as it was written: it is done again. */
  | { readonly kind: 'damaged'; readonly fault: Fault }
  /** So many runs are there before anything is done. */
  | { readonly kind: 'found'; readonly done: number; readonly total: number }
  | RanEvent
  | { readonly kind: 'waiting'; readonly runs: number }
  | { readonly kind: 'measuring'; readonly number: number; readonly of: number }
  /** There is not memory for as many workers as were asked for; bytes. */
  | {
      readonly kind: 'fewer-workers';
      readonly fit: number;
      readonly wanted: number;
      readonly each: number;
      readonly room: number;
    }
  /** What each worker is at, in its own words. */
  | { readonly kind: 'workers'; readonly statuses: readonly string[] }
  | { readonly kind: 'worker-lost'; readonly worker: number; readonly how: string };

/** A run came to its end, as one of so many. */
export interface RanEvent {
  readonly kind: 'ran';
  readonly run: SweepRun;
  /** Everything of it, where this process did it. */
  readonly result: RunResult | null;
  /** Why it has another result than the one that was there, where it has; both are kept. A defect is one of the failures, too. */
  readonly differs: Faults | null;
  readonly done: number;
  readonly total: number;
  /** Milliseconds until all are done, by the mean time of those that were computed; null where it is not known. */
  readonly eta: number | null;
}
