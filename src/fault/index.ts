/** Faults: what is wrong, where, and what cures it; exit codes; work that is stopped because somebody asks for it. */
export { ExitCode, type Fault, FaultError, formatFault } from './fault.ts';
export {
  Interrupted,
  type Interruption,
  listenForSignals,
  type SignalInterruption,
  stopWork,
  uninterrupted,
  wasSignalled,
} from './interruption.ts';
export { suggest } from './suggest.ts';
