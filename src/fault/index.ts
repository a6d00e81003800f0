/** Faults: what is wrong, where, and what cures it; exit codes. */
export { ExitCode, type Fault, FaultError, formatFault } from './fault.ts';
export { suggest } from './suggest.ts';
