/** Tracking: the journal, and MLflow. */
export {
  createJournal,
  JOURNAL_FILE,
  type Journal,
  type JournalEntry,
  parseJournal,
  readJournal,
} from './journal.ts';
export * from './mlflow/index.ts';
