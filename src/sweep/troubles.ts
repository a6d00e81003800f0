/** What went wrong of several runs, and whether it is worth going on. */
import { ExitCode, type Fault, FaultError, Interrupted } from '../fault/index.ts';

/** What of a FaultError outlives its process. */
export type Faults = Pick<FaultError, 'faults' | 'exitCode'>;

export interface Troubles {
  /** No other run is to begin. */
  readonly stopped: boolean;
  /**
   * Takes note of what a piece of work threw; defects are thrown on.
   *
   * @param where as in "stopped in seed 1"
   * @param prefix what the places of its faults begin with
   */
  note(where: string, error: unknown, prefix?: string): void;
  /** Takes note of faults that stop nothing. */
  add(found: Faults, prefix?: string): void;
  stop(): void;
  /** All of it; null where nothing went wrong. */
  readonly failure: FaultError | null;
}

/** How a stop that was asked for is told. */
export const interruptedFault = (where: string): Fault => ({
  place: 'interrupted',
  problem: `stopped ${where}; the same command goes on from there`,
});

/** @param failFast any fault stops; else only that of a machine, where no other run would fare better */
export function createTroubles(failFast: boolean): Troubles {
  const faults: Fault[] = [];
  let exitCode: ExitCode = ExitCode.ok;
  let stopped = false;
  const add: Troubles['add'] = (found, prefix = '') => {
    for (const fault of found.faults) faults.push({ ...fault, place: prefix + fault.place });
    if (found.exitCode > exitCode) exitCode = found.exitCode;
  };
  return {
    get stopped() {
      return stopped;
    },
    get failure() {
      return faults.length === 0 ? null : new FaultError(faults, exitCode);
    },
    add,
    note(where, error, prefix) {
      if (error instanceof Interrupted) {
        add({ faults: [interruptedFault(where)], exitCode: ExitCode.interrupted });
        stopped = true;
        return;
      }
      if (!(error instanceof FaultError)) throw error;
      add(error, prefix);
      stopped ||= failFast || error.exitCode === ExitCode.machine;
    },
    stop() {
      stopped = true;
    },
  };
}
