/** One run: a spec with a seed, from its data to evidence on the disk. */
export { makeCell, stepsOf } from './cell.ts';
export type { CellContext, FollowedRun, Follower, RunOptions } from './context.ts';
export { evaluateTable, type TableEvaluation } from './evaluate-table.ts';
export type { RunEvent } from './events.ts';
export { memoryLimits } from './memory.ts';
export { type PartName, partNames, partOf } from './parts.ts';
export {
  eachOf,
  makePlan,
  modelOptions,
  networkMemory,
  networkShape,
  type Plan,
} from './plan.ts';
export {
  type ReadAgain,
  type Reopened,
  type ReopenedData,
  type ReopenOptions,
  readWeights,
  reopenData,
  reopenRun,
  type Weights,
} from './reopen.ts';
export { type RunResult, runOnce } from './run.ts';
