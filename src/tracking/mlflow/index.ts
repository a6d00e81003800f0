/** MLflow: the client, and what keeps a server up to date with the results folders. */
export { type Client, createClient } from './client.ts';
export { type ExportResult, exportFolders } from './export.ts';
export { followInMlflow, followRun } from './follow.ts';
export { localSettings, type MlflowSettings, mlflowSettings } from './settings.ts';
export { type SyncOptions, type SyncResult, syncFolders } from './sync.ts';
export { type Measured, syncMeasured } from './sync-measured.ts';
export type { RunOutcome } from './sync-run.ts';
export { describeOutcome, describeSync } from './sync-text.ts';
