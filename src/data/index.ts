/** Data: what a spec reads, divided into the sessions of training, validation and test. */
export { adviceOn } from './advice.ts';
export { isSynthetic, type KnownRuns, knownData, knownPlan, knownRuns } from './known.ts';
export { purgeBefore, withoutMet } from './met.ts';
export { type Origins, originsOf } from './origin.ts';
export { type DataCache, type Prepared, prepare } from './prepare.ts';
export type { Part } from './read.ts';
