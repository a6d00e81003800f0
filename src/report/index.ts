/** Reports: numbers, tables and attention as text. */
export { renderAttention } from './attention.ts';
export { comparisonCsv, formatComparison } from './compare-text.ts';
export { formatDataset, formatDatasets, formatFetched, formatFileState } from './dataset.ts';
export { formatEstimate } from './estimate-text.ts';
export { formatDetection, formatEvaluation } from './evaluation.ts';
export { type ExplainOptions, explain } from './explain.ts';
export { illustrate } from './figures/index.ts';
export { type Findings, formatFindings } from './findings.ts';
export { formatInspection, type Inspection, inspectionJson } from './inspection.ts';
export { formatLadder, ladderCsv } from './ladder-text.ts';
export { formatSlurm, type SlurmView, slurmView } from './launch-view.ts';
export { formatPublished } from './published.ts';
export { colorMode } from './shade.ts';
export { describeEngine, describeMorphs, describePrepared, describeResult, describeRuns } from './text.ts';
