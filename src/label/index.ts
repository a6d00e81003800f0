/** Labels: what is known about sessions, read from files and joined to them. */
export type { Counted, LabelAccount } from './account.ts';
export {
  asOtherwise,
  How,
  isNormal,
  joinLabels,
  type LabelCounts,
  NO_LABEL,
  type SessionLabels,
  withFallback,
} from './join.ts';
export { estimateOffset, type OffsetEstimate, type OffsetSupport } from './offset.ts';
export { type LabelFile, type LabelFormat, readLabels } from './read.ts';
export { applyRules, type LabelRules, parseRules, readRules } from './rules.ts';
export type { LabelTable } from './table.ts';
export { formatOffset } from './time.ts';
