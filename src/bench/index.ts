/** Benchmarks of our own code, their baselines, and what this machine is and has. */
export { benchExitCode, compareAll } from './compare.ts';
export { type Diagnosis, diagnose } from './diagnose.ts';
export { formatDiagnosis } from './diagnosis.ts';
export {
  CLOCKS,
  type Clock,
  formatGate,
  gateExitCode,
  gateMarkdown,
  runGate,
} from './gate/index.ts';
export { describeMachine } from './machine.ts';
export { listBenchmarks, runSuites, type SuiteOptions, type SuiteResult } from './run.ts';
export {
  addBaseline,
  type BenchReport,
  checkComparable,
  FORMAT,
  readReport,
  writeReport,
} from './suite-report.ts';
export { formatHead, formatSuite, formatVerdict } from './suite-text.ts';
export { sendReports } from './tracked.ts';
