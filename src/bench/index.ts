/** Benchmarks of our own code, their baselines, and what this machine is and has. */
export { compareAll, exitCodeOf } from './compare.ts';
export { type Diagnosis, diagnose } from './diagnose.ts';
export { formatDiagnosis } from './diagnosis.ts';
export { describeCode, describeMachine } from './machine.ts';
export {
  addBaseline,
  type BenchReport,
  checkComparable,
  FORMAT,
  readReport,
  writeReport,
} from './report.ts';
export { listBenchmarks, type RunOptions, runSuites, type SuiteResult } from './run.ts';
export { formatHead, formatSuite, formatVerdict } from './table.ts';
export { sendReports } from './tracked.ts';
