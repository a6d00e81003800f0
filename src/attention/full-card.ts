/** What the tests of attention that are asked for by name find. All of it is plain JSON. */
import type { Estimate } from '../evaluation/index.ts';
import type { Level, Pointing, Replaced } from './card.ts';
import type { Likeness } from './rank.ts';

/** Attention, or what stands in for it, of both levels where there is such a thing. */
export type ByLevel<T> = Readonly<Partial<Record<Level, T>>>;

/** The attention of a network whose weights were drawn anew: all of them, or those of its attention alone. */
export interface Randomised {
  readonly what: 'all' | 'attention';
  /** How alike it is to the trained one. */
  readonly likeness: ByLevel<Likeness>;
  readonly pointing: readonly Pointing[];
}

/** Integrated gradients beside attention. */
export interface Gradients {
  /** Sessions whose gradients are complete, and those that are left out because they are not. */
  readonly sessions: number;
  readonly incomplete: number;
  /** The largest residual of those that are. */
  readonly residual: number;
  /** Sizes of the attributions against packet attention, and summed over packets against session attention. */
  readonly likeness: ByLevel<Likeness>;
  /** What the sizes of the attributions show: as of attention. */
  readonly pointing: readonly Pointing[];
}

/** How alike the attention of networks is that were trained with other seeds, on the same presented sessions. */
export interface Agreement {
  readonly seeds: readonly number[];
  /** The mean over all pairs of seeds. */
  readonly likeness: ByLevel<Likeness>;
}

export interface FullCard {
  readonly format: 1;
  readonly seed: number;
  /** What all of it says, a sentence each. */
  readonly says: readonly string[];
  /** Sessions of the sample, drawn alike of each kind. */
  readonly sessions: number;
  readonly replaced: readonly Replaced[];
  readonly randomised: readonly Randomised[];
  readonly gradients: Gradients;
  /** null where the network was not trained with hidden fields: then hiding measures surprise. */
  readonly deletion: Deletion | null;
  /** null where there is one seed. */
  readonly agreement: Agreement | null;
}

/** What becomes of the probability of the predicted class, in the mean over sessions. */
export interface Erased {
  /** `deletion`: so many fields are hidden; `sufficiency`: all but so many. */
  readonly what: 'deletion' | 'sufficiency';
  readonly fields: number;
  /** By which fields were chosen. */
  readonly by: 'attention' | 'gradients';
  /** Sessions that it is about: all of the sample, or those whose gradients are complete. */
  readonly sessions: number;
  /** How far the probability falls. */
  readonly drop: Estimate;
  /** The same with fields drawn at random: the mean, and the least and greatest mean of the draws. */
  readonly random: { readonly mean: number; readonly least: number; readonly greatest: number };
  /** Fall minus that of random fields, session by session. */
  readonly over: Estimate;
  /** `faithful`: for sure more of a fall (sufficiency: less) than random fields, and outside of their band. */
  readonly finding: 'faithful' | 'not' | 'undecided';
}

export interface Deletion {
  readonly draws: number;
  readonly erased: readonly Erased[];
}
