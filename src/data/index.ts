/** Data: what a spec reads, divided into the sessions of training, validation and test. */
export { createCache } from './cache.ts';
export { knownContents } from './contents.ts';
export { datasetCaptures } from './dataset-captures.ts';
export { purgeBefore, withoutShared } from './disjoint.ts';
export type { DataEvent } from './events.ts';
export { type Origins, originsOf } from './origin.ts';
export { type DataCache, type Prepared, prepare } from './prepare.ts';
export type { Part } from './read.ts';
