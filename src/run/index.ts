/** One run: a spec with a seed, from its data to evidence on the disk. */
export { makeCell, stepsOf } from './cell.ts';
export type { CellContext, FollowedRun, Follower, RunOptions } from './context.ts';
export { evaluateTable, type TableEvaluation } from './evaluate-table.ts';
export type { RunEvent } from './events.ts';
export { memoryLimits } from './memory.ts';
export {
  eachOf,
  makePlan,
  modelOptions,
  networkMemory,
  networkShape,
  type Plan,
  presentOptions,
} from './plan.ts';
export { type Reopened, type ReopenOptions, reopenRun, type Weights } from './reopen.ts';
export { type RunResult, runOnce } from './run.ts';
