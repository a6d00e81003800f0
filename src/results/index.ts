/** Results: the folder of a run, its files and records. */
export {
  BASELINES_FILE,
  CURVES_FILE,
  EVALUATION_FILE,
  PREDICTIONS_FILE,
  PUBLISHED_FILE,
  SPEC_FILE,
  VALIDATION_FILE,
  WEIGHTS_FILE,
} from './files.ts';
export {
  confirm,
  type FinishedRun,
  type Kept,
  keep,
  leftovers,
  noRun,
  RUN_FILE,
  type RunRecord,
  readFinished,
  readRecord,
} from './finished.ts';
export { resultHash } from './hash.ts';
export {
  continueJournal,
  createJournal,
  JOURNAL_FILE,
  type Journal,
  type JournalEntry,
  type JournalPosition,
  parseJournal,
  readJournal,
} from './journal.ts';
export { attentionRecords, type PredictionTable, predictionLines } from './predictions.ts';
export { type CodeFacts, codeFacts, numericHash, sourceHash } from './provenance.ts';
export { readPredictions } from './read-predictions.ts';
export { runRecord, selfContained } from './record.ts';
export { findRunFolders, type RunFolder } from './run-folders.ts';
export { findRun } from './runs.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { baselineLines, curveLines } from './tables.ts';
