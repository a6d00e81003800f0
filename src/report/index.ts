/** Reports: numbers, tables and attention as text. */
export { type AttentionView, renderAttention } from './attention.ts';
export { comparisonCsv, formatComparison } from './compare-text.ts';
export { formatEstimate } from './estimate-text.ts';
export { formatDetection, formatEvaluation } from './evaluation.ts';
export { illustrate } from './figures/index.ts';
export { type Findings, formatFindings } from './findings.ts';
export { formatLadder, ladderCsv } from './ladder-text.ts';
export { formatSlurm, type SlurmView, slurmView } from './launch-view.ts';
export { formatPublished } from './published.ts';
export { type ColorMode, colorMode } from './shade.ts';
export { describeEngine, describeMorphs, describePrepared, describeResult, describeRuns } from './text.ts';
