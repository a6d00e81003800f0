/** Statistics of runs with the same seeds. */
export { type PairedDifference, pairedDifference } from './paired.ts';
