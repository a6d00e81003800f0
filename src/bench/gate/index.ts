/** Gates of speed: a candidate against a revision, side by side. */
export { CLOCKS, type Clock } from './decide.ts';
export { GATE_FORMAT, type GateReport, gateExitCode } from './report.ts';
export { runGate } from './run-gate.ts';
export { formatGate, gateMarkdown } from './text.ts';
