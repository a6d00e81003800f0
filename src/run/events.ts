/** What is told of a run while it goes on. Words for it are made by those who listen. */
import type { DataEvent, Prepared } from '../data/index.ts';
import type { EngineFacts } from '../network/index.ts';
import type { Validated } from '../training/index.ts';
import type { Plan } from './plan.ts';

export type RunEvent =
  | DataEvent
  | { readonly kind: 'prepared'; readonly prepared: Prepared; readonly plan: Plan }
  /** What computes a run, before its first step. */
  | { readonly kind: 'engine'; readonly facts: EngineFacts }
  /** A run goes on after a step. */
  | { readonly kind: 'continued'; readonly seed: number; readonly step: number }
  /** A checkpoint is of no use: its run starts anew. */
  | { readonly kind: 'checkpoint-refused'; readonly path: string; readonly why: string }
  | (OfSeed & {
      readonly kind: 'step';
      readonly epoch: number;
      readonly epochs: number;
      /** Sessions of this epoch so far, and all. */
      readonly presented: number;
      readonly sessions: number;
      readonly loss: number;
      readonly eta: string;
    })
  | (OfSeed & {
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly epochs: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly validated: Validated | null;
      /** Sessions a second. */
      readonly rate: number;
      readonly eta: string;
    })
  /** Early stopping ended the training; the weights are those of the epoch `best`. */
  | (OfSeed & {
      readonly kind: 'early-stop';
      readonly epoch: number;
      readonly metric: string;
      readonly best: number;
    })
  | (OfSeed & { readonly kind: 'testing'; readonly done: number; readonly sessions: number })
  /** A part of the work that takes its time: `validating`, `writing`, … */
  | (OfSeed & { readonly kind: 'working'; readonly on: string });

interface OfSeed {
  /** null where it is the only one. */
  readonly ofSeed: number | null;
}
