/** Data: what a spec reads, divided into the sessions of training, validation and test. */
export { adviceOn } from './advice.ts';

export { createCache } from './cache.ts';
export { columnsText } from './cautions.ts';
export { checkInputs } from './check-inputs.ts';
export { type KnownContents, knownContents } from './contents.ts';
export { datasetCaptures } from './dataset-captures.ts';
export { purgeBefore, withoutShared } from './disjoint.ts';
export type { DataEvent } from './events.ts';
export { type Origins, originsOf } from './origin.ts';
export { type DataCache, type Prepared, prepare, testContacts } from './prepare.ts';
export type { Part } from './read.ts';
