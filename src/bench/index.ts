/** Benchmarks of our own code, their baselines, and what this machine is and has. */
export { compareAll, exitCodeOf } from './compare.ts';
export { type Diagnosis, diagnose, type SelfTestResult } from './diagnose.ts';
export { describeCode, describeMachine } from './machine.ts';
export {
  type BenchReport,
  checkComparable,
  differencesOf,
  FORMAT,
  readReport,
  writeReport,
} from './report.ts';
export { listBenchmarks, type RunOptions, runSuites, type SuiteResult } from './run.ts';
export { formatCommit, formatHead, formatSuite, formatVerdict } from './table.ts';
export { sendReports } from './tracked.ts';
