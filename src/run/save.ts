/** When checkpoints are written: often enough that little is lost, seldom enough that little is spent. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { checkHeld } from '../disk/index.ts';
import type { Parameter } from '../network/index.ts';
import { CHECKPOINT_FILE, type JournalPosition } from '../results/index.ts';
import { writeCheckpoint } from './checkpoint.ts';
import type { LearningState } from './checkpoint-state.ts';
import { identityOf, type RunContext } from './context.ts';

export interface Saver {
  /** Whether a checkpoint is due after this step, counted from 1; 0 at the end of an epoch. */
  isDue(step: number): boolean;
  /**
   * @param mark the journal as it was in this state
   * @throws FaultError (machine) when it cannot be written
   */
  save(learning: LearningState, mark: JournalPosition): Promise<void>;
}

/** By themselves, checkpoints take at most one part in so many of the time. */
const SHARE = 100;

/** @param tensors live ones: what they hold when `save` is called is written */
export function createSaver(context: RunContext, tensors: readonly Parameter[]): Saver {
  const { partial, journal, stopwatch, checkpointEvery, lock } = context;
  const path = join(partial, CHECKPOINT_FILE);
  const identity = identityOf(context, context.seed);
  let next = performance.now();
  return {
    isDue(step) {
      if (checkpointEvery !== null) return step % checkpointEvery === 0;
      return performance.now() >= next;
    },
    async save(learning, mark) {
      const began = performance.now();
      checkHeld(lock, partial);
      // First the journal: a checkpoint never knows more than it.
      journal.sync();
      const { started, durations, continued } = stopwatch;
      const clock = { started: started.toISOString(), durations, continued };
      await writeCheckpoint(path, identity, { state: { learning, journal: mark, clock }, tensors });
      const now = performance.now();
      next = now + SHARE * (now - began);
    },
  };
}
