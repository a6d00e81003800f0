/** Tracking: the journal, and MLflow. */
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
export * from './mlflow/index.ts';
