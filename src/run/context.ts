/** What the parts of a run share. */
import { performance } from 'node:perf_hooks';
import type { Prepared } from '../data/index.ts';
import type { Lock } from '../disk/index.ts';
import type { EngineFacts, Model } from '../network/index.ts';
import type { CodeFacts, Journal } from '../results/index.ts';
import type { Pace, Reporter } from '../text/index.ts';
import type { Checkpoint, ClockState, Identity } from './checkpoint.ts';
import type { Interruption } from './interrupt.ts';
import type { Plan } from './plan.ts';

/** Of all seeds of an experiment. */
export interface ExperimentContext {
  readonly prepared: Prepared;
  readonly plan: Plan;
  readonly code: CodeFacts;
  readonly threads: number;
  /** results/<experiment>/<spec hash>. */
  readonly folder: string;
  /** The results folder. */
  readonly results: string;
  readonly reporter: Reporter;
  readonly interruption: Interruption;
  /** In training steps of all seeds. */
  readonly pace: Pace;
  /** Told what computes, before the first step. */
  readonly onEngine: (facts: EngineFacts) => void;
  /** Steps between two checkpoints; null: as often as costs less than a hundredth of the time. */
  readonly checkpointEvery: number | null;
}

/** Of one seed. */
export interface SeedContext extends ExperimentContext {
  readonly seed: number;
  /** Training steps of the seeds before it, for the pace. */
  readonly stepsBefore: number;
  /** The folder that the run is written to before it has its name. */
  readonly partial: string;
  readonly journal: Journal;
  readonly model: Model;
  readonly engine: EngineFacts;
  readonly watch: Watch;
  /** Where the run goes on; null at its beginning. */
  readonly checkpoint: Checkpoint | null;
  /** Of this run. */
  readonly lock: Lock;
}

/** Milliseconds by what they were spent on. For provenance only: no result knows of them. */
export interface Watch {
  /** Of the first process that worked on the run. */
  readonly started: Date;
  readonly continued: ClockState['continued'];
  readonly durations: Readonly<Record<string, number>>;
  /** Adds what a piece of work takes, also when it fails. */
  time<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Bytes of the process in memory, and its CPU time by the time that passed since the last call: 2 is two cores. */
  usage(): { readonly memory: number; readonly cpu: number };
}

/** @param before of a run that goes on after a step */
export function createWatch(before?: { readonly clock: ClockState; readonly step: number }): Watch {
  const durations: Record<string, number> = { ...before?.clock.durations };
  const now = new Date();
  let [since, used] = [performance.now(), process.cpuUsage()];
  return {
    started: before === undefined ? now : new Date(before.clock.started),
    continued:
      before === undefined ? [] : [...before.clock.continued, { step: before.step, time: now.toISOString() }],
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

/** What a line begins with where there are several seeds. */
export function seedPrefix({ prepared, seed }: SeedContext): string {
  return prepared.resolved.spec.seeds.length > 1 ? `seed ${seed}  ` : '';
}

/** Who may go on with a run of this seed. */
export function identityOf({ prepared, code }: ExperimentContext, seed: number): Identity {
  return { specHash: prepared.specHash, seed, code: code.numeric };
}
