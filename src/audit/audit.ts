/** What an audit says of a run. All of it is plain JSON. */
import type { Estimate } from '../evaluation/index.ts';

/**
 * - `finding`: it stands against the score;
 * - `checked`: looked at, and nothing stands against the score;
 * - `open`: nobody can tell from this run; `cure` says what would close it;
 * - `not applicable`: the run has nothing of the kind.
 */
export type Status = 'finding' | 'checked' | 'open' | 'not applicable';

/**
 * What a finding means: a `leak` gives the network, or the sessions, something that no traffic would; `simple`: nothing leaks,
 * but a simpler means does as well, so that the score says little of the network.
 */
export type Grade = 'leak' | 'simple';

export const areas = [
  'split',
  'knowledge',
  'labels',
  'choice',
  'traces',
  'baselines',
  'reliance',
  'occlusion',
] as const;
export type Area = (typeof areas)[number];

/** One thing that was looked at. */
export interface Check {
  readonly area: Area;
  readonly name: string;
  /** The kind of anomaly that it is about; null where it is about all sessions. */
  readonly kind: string | null;
  readonly status: Status;
  /** What it means, should it stand. */
  readonly grade: Grade;
  /** With its numbers. */
  readonly says: string;
  /** A share or a difference of shares; null where it is no such thing. */
  readonly size: Estimate | null;
  /** What of a spec closes it; null where nothing is to be done. */
  readonly cure: string | null;
}

/** One of the ten pitfalls of D. Arp et al. (2022). */
export interface Pitfall {
  readonly name: string;
  readonly status: Status;
  readonly says: string;
}

/** What is kept in a run. */
export interface Audit {
  readonly format: 1;
  /** Presented test sessions. */
  readonly sessions: number;
  /** The verdict, a sentence each. */
  readonly says: readonly string[];
  readonly leaks: number;
  readonly simple: number;
  readonly open: number;
  readonly checks: readonly Check[];
  readonly pitfalls: readonly Pitfall[];
}

/** A check without what is the same in most of them. */
export const check = (of: Pick<Check, 'area' | 'name' | 'status' | 'says'> & Partial<Check>): Check => ({
  kind: null,
  grade: 'leak',
  size: null,
  cure: null,
  ...of,
});
