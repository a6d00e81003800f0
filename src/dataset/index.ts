/** Data sets: where they live, how they get there, and what is known about them. */
export { adviseByHand, faultsOf, leftByHand } from './by-hand.ts';
export { type DayFound, inspectDays } from './days.ts';
export { type Downloaded, type DownloadOptions, download } from './download.ts';
export {
  type DatasetLabels,
  type LabelledSessions,
  type LabelSource,
  labelSessions,
  readDatasetLabels,
} from './labels.ts';
export { type DatasetSummary, type LocatedDataset, locateDataset, summariseDataset } from './locate.ts';
export {
  type Fetched,
  type FileState,
  fetchFiles,
  filesOf,
  lookAt,
  type StoredFile,
  verifyFile,
} from './store.ts';
