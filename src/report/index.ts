/** Reports: numbers, tables, attention and figures for people. */
export { type AttentionView, renderAttention } from './attention.ts';
export { comparisonCsv, formatComparison } from './comparison.ts';
export { formatDataset, formatDatasets, formatFetched, formatFileState } from './dataset.ts';
export { formatEstimate } from './estimate.ts';
export { formatDetection, formatEvaluation } from './evaluation.ts';
export { specReport, statusOf, sweepReport } from './events.ts';
export { type ExplainOptions, explain } from './explain.ts';
export { illustrate, type Picture } from './figures/index.ts';
export { formatFindings } from './findings.ts';
export { formatInspection, type Inspection, inspectionJson } from './inspection.ts';
export { formatLadder, ladderCsv } from './ladder.ts';
export { formatPower } from './power.ts';
export { type ColorMode, colorMode } from './shade.ts';
export { formatStatus } from './status.ts';
export { formatSummary } from './summary.ts';
export { formatVerified, unverifiedNote } from './verify.ts';
