/** What the parts of a run share. */
import { performance } from 'node:perf_hooks';
import type { Prepared } from '../data/index.ts';
import type { Lock } from '../disk/index.ts';
import type { Interruption } from '../fault/index.ts';
import type { EngineFacts, Model } from '../network/index.ts';
import type { CodeFacts, Journal, SweepPlace } from '../results/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import type { Pace } from '../text/index.ts';
import type { Checkpoint, ClockState, Identity } from './checkpoint.ts';
import type { RunEvent } from './events.ts';
import type { Plan } from './plan.ts';

/** How runs are done, whatever they are. */
export interface RunOptions {
  readonly threads: number;
  readonly interruption: Interruption;
  /** Steps between two checkpoints; null: as often as costs less than a hundredth of the time. */
  readonly checkpointEvery: number | null;
  /** Begins to follow a run that goes on; null where nobody wants to. */
  readonly follow?: (run: FollowedRun) => Follower | null;
}

/** A run as whoever follows it finds it. */
export interface FollowedRun {
  /** Where its journal is while it goes on, and where it will be when it is finished. */
  readonly folder: string;
  readonly final: string;
  /** As spec.json will have it. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** The sweep that it is a run of. */
  readonly sweep: SweepPlace | null;
  readonly tracking: ExperimentSpec['tracking'];
}

/** Follows a run, without making it wait and without ever throwing. */
export interface Follower {
  /** Called with the place of the finished run, or before the folder of one that did not finish is removed. */
  end(how: { kind: 'finished'; folder: string } | { kind: 'failed' | 'killed' }): Promise<void>;
}

/** A spec with its data, made ready for all its seeds. */
export interface CellContext extends RunOptions {
  readonly prepared: Prepared;
  readonly plan: Plan;
  readonly code: CodeFacts;
  /** results/<experiment>/<spec hash>. */
  readonly folder: string;
  /** The results folder. */
  readonly results: string;
  readonly observe: (event: RunEvent) => void;
}

/** One run: a cell with a seed. */
export interface RunContext extends CellContext {
  readonly seed: number;
  /** The seed where the spec has several, for those who listen. */
  readonly ofSeed: number | null;
  /** In training steps of this run and those that come after it. */
  readonly pace: Pace;
  /** The folder that the run is written to before it has its name. */
  readonly partial: string;
  readonly journal: Journal;
  readonly model: Model;
  readonly engine: EngineFacts;
  readonly stopwatch: Stopwatch;
  /** Where the run goes on; null at its beginning. */
  readonly checkpoint: Checkpoint | null;
  /** Of this run. */
  readonly lock: Lock;
}

/** Milliseconds by what they were spent on. For provenance only: no result knows of them. */
export interface Stopwatch {
  /** Of the first process that worked on the run. */
  readonly started: Date;
  readonly continued: ClockState['continued'];
  readonly durations: Readonly<Record<string, number>>;
  /** Adds what a piece of work takes, also when it fails. */
  time<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Bytes of the process in memory, and its CPU time by the time that passed since the last call: 2 is two cores. */
  usage(): { readonly memory: number; readonly cpu: number };
}

/** @param checkpoint of a run that goes on */
export function createStopwatch(checkpoint: Checkpoint | null): Stopwatch {
  const { clock = null, learning = null } = checkpoint?.state ?? {};
  const durations: Record<string, number> = { ...clock?.durations };
  const now = new Date();
  const again = learning === null ? [] : [{ step: learning.position.step, time: now.toISOString() }];
  let [since, used] = [performance.now(), process.cpuUsage()];
  return {
    started: clock === null ? now : new Date(clock.started),
    continued: [...(clock?.continued ?? []), ...again],
    durations,
    async time(name, work) {
      const began = performance.now();
      try {
        return await work();
      } finally {
        durations[name] = (durations[name] ?? 0) + performance.now() - began;
      }
    },
    usage() {
      const { user, system } = process.cpuUsage(used);
      const milliseconds = Math.max(performance.now() - since, 1);
      [since, used] = [performance.now(), process.cpuUsage()];
      return { memory: process.memoryUsage.rss(), cpu: (user + system) / 1000 / milliseconds };
    },
  };
}

/** Who may go on with a run of this seed. */
export function identityOf({ prepared, code }: CellContext, seed: number): Identity {
  return { specHash: prepared.specHash, seed, code: code.numeric };
}
