/** Labels: what is known about sessions, read from files and joined to them. */
export { type Counted, type LabelAccount, leftOutText } from './account.ts';
export { spanOf } from './builder.ts';
export {
  asOtherwise,
  How,
  type JoinedLabels,
  joinLabels,
  type LabelCounts,
  NO_LABEL,
  type SessionLabels,
  withFallback,
} from './join.ts';
export { checkMeanings, type LabelNames, type Meaning, meaningsOf } from './meaning.ts';
export { estimateOffset, type OffsetEstimate, type OffsetSupport } from './offset.ts';
export { type LabelFile, type LabelFormat, readLabels } from './read.ts';
export { applyRules, type LabelRules, parseRules, readRules } from './rules.ts';
export type { LabelTable } from './table.ts';
export { formatOffset, type TimeFormat } from './time.ts';
