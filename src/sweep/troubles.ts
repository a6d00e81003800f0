/** What went wrong of several runs, and whether it is worth going on. */
import { ExitCode, type Fault, FaultError, Interrupted } from '../fault/index.ts';

export interface Troubles {
  /** No other run is to begin. */
  readonly stopped: boolean;
  /** Takes note of what a piece of work threw; defects are thrown on. */
  note(where: string, error: unknown): void;
  /** Takes note of faults that stop nothing. */
  add(where: string, faults: readonly Fault[], exitCode: ExitCode): void;
  stop(): void;
  /** All of it; null where nothing went wrong. */
  readonly failure: FaultError | null;
}

export interface TroubleRules {
  /** How a stop that was asked for is told. */
  readonly interrupted: (where: string) => string;
  /** What the place of a fault begins with. */
  readonly prefix: (where: string) => string;
  /** Whether no other run would fare better after such a fault. */
  readonly stopsAt: (exitCode: ExitCode) => boolean;
}

export function createTroubles({ interrupted, prefix, stopsAt }: TroubleRules): Troubles {
  const faults: Fault[] = [];
  let exitCode: ExitCode = ExitCode.ok;
  let stopped = false;
  const add: Troubles['add'] = (where, found, code) => {
    for (const fault of found) faults.push({ ...fault, place: prefix(where) + fault.place });
    if (code > exitCode) exitCode = code;
  };
  return {
    get stopped() {
      return stopped;
    },
    get failure() {
      return faults.length === 0 ? null : new FaultError(faults, exitCode);
    },
    add,
    note(where, error) {
      if (error instanceof Interrupted) {
        faults.push({ place: 'interrupted', problem: interrupted(where) });
        exitCode = ExitCode.interrupted;
        stopped = true;
        return;
      }
      if (!(error instanceof FaultError)) throw error;
      add(where, error.faults, error.exitCode);
      stopped ||= stopsAt(error.exitCode);
    },
    stop() {
      stopped = true;
    },
  };
}
