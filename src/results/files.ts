/** The names of the files of a run: results/<experiment>/<spec hash>/<seed>/… */

/** The record of the run, written last: a folder that has it is a finished run. */
export const RUN_FILE = 'run.json';
/** What was measured and when, a line each, while the run goes on and afterwards. */
export const JOURNAL_FILE = 'journal.jsonl';
/** The spec with all defaults and its data sets spelt out. */
export const SPEC_FILE = 'spec.json';
export const EVALUATION_FILE = 'evaluation.json';
export const CURVES_FILE = 'curves.csv';
/** Where the spec wants baselines. */
export const BASELINES_FILE = 'baselines.csv';
export const PREDICTIONS_FILE = 'predictions.csv';
/** The same of validation sessions, where there are any. */
export const VALIDATION_FILE = 'validation.csv';
/** Where the spec has published figures: these beside ours. */
export const PUBLISHED_FILE = 'published.json';
/** Hosts, pairs and services of the sessions that trained. */
export const CONTACTS_FILE = 'contacts.csv';
/** Where the spec has other presentations of the test sessions: what each does to the rates, and the predictions under it. */
export const PRESENTATIONS_FILE = 'presentations.json';
export const presentedFile = (name: string): string => `presented-${name}.csv`;
export const WEIGHTS_FILE = 'weights.safetensors';
/** What the network attended to in some test sessions, one a line, in test order. */
export const ATTENTION_FILE = 'attention.jsonl';
/** What the attention of all test sessions shows, held against what was edited. */
export const CARD_FILE = 'attention.json';
/** What stands against the score of the run, and what was looked at for that. */
export const AUDIT_FILE = 'audit.json';
/** Only in the folder of a run that is not finished: where it goes on. */
export const CHECKPOINT_FILE = '.checkpoint';
