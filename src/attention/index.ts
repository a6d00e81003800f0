/** Attention held against the bytes that were edited: the card of a run, and the tests that are made by name. */
export type { Against, AttentionCard, Finding, Level, Pointing, Replaced } from './card.ts';
export { type Collected, type CollectOptions, collectAttention } from './collect.ts';
export { type FullInput, makeFullCard } from './full.ts';
export type { Agreement, ByLevel, Deletion, Erased, FullCard, Gradients, Randomised } from './full-card.ts';
export { hostClusterings } from './hosts.ts';
export { makeCard, pointingOf } from './make.ts';
export { cardMetrics } from './metrics.ts';
export type { Likeness } from './rank.ts';
export { learnedLevels, replaceAttention, type Trained } from './replace.ts';
