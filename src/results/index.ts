/** Results: the folder of a run, its files and records. */
export { parseRecord } from './attention.ts';
export { readCard } from './attention-card.ts';
export { readAudit } from './audit.ts';
export { type Fitting, misfit } from './check.ts';
export { contactLines, type KnownContacts, readContacts } from './contacts.ts';
export { dataOf } from './data-of.ts';
export * from './files.ts';
export { findFinished, findRun, findRuns, type IsBusy, listRuns, type RunFolder } from './find.ts';
export {
  checkPlace,
  confirm,
  type FinishedRun,
  type Kept,
  keep,
  leftovers,
  readFinished,
} from './finished.ts';
export { type Classified, resultHash } from './hash.ts';
export { readIntact } from './intact.ts';
export {
  continueJournal,
  createJournal,
  type Journal,
  type JournalEntry,
  type JournalLine,
  type JournalPosition,
  parseJournal,
  readJournal,
} from './journal.ts';
export { attentionRecords, type PredictionTable, predictionLines } from './predictions.ts';
export { readPresentations } from './presentations.ts';
export {
  type CodeFacts,
  type CodeVersion,
  codeFacts,
  codeVersion,
  machineFacts,
  numericHash,
  sourceHash,
} from './provenance.ts';
export { type ReadPredictions, readPredictions } from './read-predictions.ts';
export {
  changed,
  checkBytes,
  damaged,
  type RunRecord,
  readEvaluation,
  readRecord,
  readSpec,
  type StoredEvaluation,
  type StoredRecord,
  type StoredSpec,
  type SweepPlace,
} from './record.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { hashFiles, type SealedFile, withSeal } from './seal.ts';
export { baselineLines, curveLines } from './tables.ts';
export { checkFile, checkFiles, type Verified, verifyRun } from './verify.ts';
