/** Attention held against the bytes that were edited: the card of a run, and the tests that are made by name. */
export type { AttentionCard, Level, Pointing } from './card.ts';
export { makeFullCard } from './full.ts';
export type { Erased, FullCard } from './full-card.ts';
export { makeCard } from './make.ts';
export { cardMetrics } from './metrics.ts';
export type { Likeness } from './rank.ts';
