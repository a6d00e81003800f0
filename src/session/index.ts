/** Sessions: captures in, a table of sessions out. */
export type { CaptureAccount } from './account.ts';
export {
  type Assembled,
  type AssembleOptions,
  assembleSessions,
} from './assemble.ts';
export { concatSessions } from './concat.ts';
export { type DefectCount, withDefects } from './defects.ts';
export { endsKey, type Shared } from './ends.ts';
export type { Evidence } from './evidence.ts';
export { backText } from './findings.ts';
export { Interner, mix } from './interner.ts';
export { joinAcross } from './join.ts';
export { mergeAccounts } from './merge.ts';
export type { SessionOptions } from './options.ts';
export { lastShare } from './share.ts';
export {
  chronologicalSides,
  foldSides,
  holdBack,
  overlappingSides,
  randomSides,
  rollingSides,
  type Sides,
  type Split,
} from './split.ts';
export { type SessionSummary, summariseSessions } from './summary.ts';
export {
  createTable,
  Link,
  Protocol,
  ROW_COLUMNS,
  SESSION_COLUMNS,
  type SessionTable,
} from './table.ts';
export { shapeOf, sizeOfTable, type TableShape, tableBytes, tableOf } from './table-bytes.ts';
