/** Results: the folder of a run, its files and records. */
export { BASELINES_FILE, CURVES_FILE, EVALUATION_FILE, PREDICTIONS_FILE, PUBLISHED_FILE, SPEC_FILE, VALIDATION_FILE, WEIGHTS_FILE } from './files.ts';
export { type FinishedRun, type Kept, RUN_FILE, type RunRecord, confirm, keep, leftovers, noRun, readFinished, readRecord } from './finished.ts';
export { resultHash } from './hash.ts';
export { JOURNAL_FILE, type Journal, type JournalEntry, type JournalPosition, continueJournal, createJournal, parseJournal, readJournal } from './journal.ts';
export { type PredictionTable, attentionRecords, predictionLines } from './predictions.ts';
export { type CodeFacts, codeFacts, numericHash, sourceHash } from './provenance.ts';
export { readPredictions } from './read-predictions.ts';
export { runRecord, selfContained } from './record.ts';
export { type RunFolder, findRunFolders } from './run-folders.ts';
export { findRun } from './runs.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { baselineLines, curveLines } from './tables.ts';
