/** Sessions: captures in, a table of sessions out. */
export {
  type Assembled,
  type AssembleOptions,
  assembleSessions,
  type CaptureAccount,
} from './assemble.ts';
export type { SessionOptions } from './assembler.ts';
export { lastShare } from './share.ts';
export { chronologicalSplit, type Split } from './split.ts';
export { type Quantiles, quantiles, type SessionSummary, summariseSessions } from './summary.ts';
export { Link, Protocol, type SessionTable } from './table.ts';
