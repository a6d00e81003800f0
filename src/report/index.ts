/** Reports: numbers, tables, attention and figures for people. */
export { type AttentionView, renderAttention } from './attention.ts';
export { formatAudit } from './audit.ts';
export { formatCard } from './card.ts';
export { comparisonCsv, formatComparison, otherDataLine } from './comparison.ts';
export { formatDataset, formatDatasets, formatFetched, formatFileState } from './dataset.ts';
export { formatEstimate } from './estimate.ts';
export { formatDetection, formatEvaluation } from './evaluation.ts';
export { specReport, statusOf, sweepReport } from './events.ts';
export { expectationMarkdown, formatExpectation } from './expectation.ts';
export { type ExplainOptions, explain } from './explain.ts';
export { illustrate, type Picture } from './figures/index.ts';
export { formatFindings } from './findings.ts';
export { formatFullCard, formatSeeds } from './full-card.ts';
export { formatHeadlines } from './headlines.ts';
export { formatInspection, type Inspection, inspectionJson } from './inspection.ts';
export { formatLadder, ladderCsv } from './ladder.ts';

export { formatMethods } from './methods.ts';
export {
  buildReport,
  differencesFrom,
  REPORT_FORMATS,
  type ReportContents,
  type ReportFormat,
  reportOf,
  writeReport,
} from './paper/build.ts';
export {
  buildStudy,
  checkClaims,
  formatClaims,
  readStudy,
  type Study,
  specOf,
} from './paper/study.ts';
export { formatPower } from './power.ts';
export { formatDelays, formatPresentations, formatPresentedKinds } from './presentations.ts';
export { formatReliances } from './reliance.ts';
export { describeRuns } from './run.ts';
export { formatScores, scoreLines } from './score.ts';
export { type ColorMode, colorMode } from './shade.ts';
export { formatStatus } from './status.ts';
export { formatSummary } from './summary.ts';
export { formatTaskScores } from './tasks.ts';
export { formatTransfers } from './transfer.ts';
export { formatVerified, unverifiedNote } from './verify.ts';
