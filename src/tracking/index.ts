/** Tracking: the journal. */
export {
  createJournal,
  JOURNAL_FILE,
  type Journal,
  type JournalEntry,
  parseJournal,
  readJournal,
} from './journal.ts';
