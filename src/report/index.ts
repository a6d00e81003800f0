/** Reports: numbers, tables and attention as text. */
export { type AttentionView, renderAttention } from './attention.ts';
export { formatDetection, formatEvaluation } from './evaluation.ts';
export { illustrate } from './figures/index.ts';
export { type Findings, formatFindings } from './findings.ts';
export { formatBytes, formatCount, formatDuration, formatPercent, formatScore } from './format.ts';
export { formatPublished } from './published.ts';
export { findRun } from './runs.ts';
export { type ColorMode, colorMode } from './shade.ts';
export { alignColumns } from './table.ts';
