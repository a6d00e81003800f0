/** Statistics of runs with the same seeds. */
export { holm } from './holm.ts';
export { type PairedDifference, pairedDifference } from './paired.ts';
