/** The card: what a run's attention shows, held against the bytes that were edited. All of it is plain JSON. */
import type { Estimate } from '../evaluation/index.ts';
import type { AttentionKind } from '../network/index.ts';

/** Packet attention weighs the tokens of a packet, session attention the packets of a session. */
export type Level = 'packet' | 'session';

/**
 * What the numbers say:
 *
 * - `shows`: edited items get at least 1.5 times what either null gives them, and for sure more than either;
 * - `leans`: for sure more, but less than that;
 * - `avoids`: for sure less than either null gives them;
 * - `not`: else, where it is for sure less than 1.5 times what one of them gives them;
 * - `undecided`: too few sessions or hosts to tell these apart;
 * - `nothing`: there is nothing to point at, or no attention that points.
 */
export type Finding = 'shows' | 'leans' | 'not' | 'avoids' | 'undecided' | 'nothing';

/** A measure of the attention, and of the same edits under both nulls. */
export interface Against {
  readonly attention: Estimate;
  /** By what the same fields (packets) of normal sessions get of the same network. */
  readonly normal: Estimate;
  /** By what the same positions get in all sessions. */
  readonly position: Estimate;
}

/** One kind on one level. Means over sessions; of a session over its groups: packets, or the session itself. */
export interface Pointing {
  readonly level: Level;
  readonly kind: string;
  readonly finding: Finding;
  /** The finding in words, with its numbers. */
  readonly says: string;
  /** Sessions of the kind, and those of them that the numbers are about. */
  readonly all: number;
  readonly sessions: number;
  /** Why the others are not. */
  readonly leftOut: {
    /** Nothing that the network sees was edited. */
    readonly unseen: number;
    /** Everything was: there is nothing to tell it from. */
    readonly everything: number;
    /** No normal session has the fields (as many packets). */
    readonly unmatched: number;
  };
  /** Share of the attention on edited items; with the share of uniform attention. */
  readonly share: Against & { readonly uniform: number | null };
  /** The share by that of each null. */
  readonly times: { readonly normal: Estimate; readonly position: Estimate };
  /** Pointing AUC, and what attention adds to that of each null. */
  readonly auc: Against & { readonly overNormal: Estimate; readonly overPosition: Estimate };
  /** Precision at 1: how often the item with the most attention is an edited one. */
  readonly top: Against;
  /** Precision at k, where k items of the group are edited. */
  readonly topEdited: Against;
}

/** What becomes of the accuracy when uniform weights stand in for learned ones, everything else as it was trained. */
export interface Replaced {
  readonly level: Level | 'both';
  readonly by: 'uniform' | 'mean';
  /** `irrelevant`: accuracy changes by less than a point for sure; `used`: it falls for sure; else `undecided`. */
  readonly finding: 'irrelevant' | 'used' | 'undecided';
  readonly says: string;
  readonly accuracy: Estimate;
  /** Accuracy with it minus the accuracy without, session by session. */
  readonly change: Estimate;
  /** Share of the sessions that are called what they were called before. */
  readonly agreement: Estimate;
}

/** What is kept in a run. */
export interface AttentionCard {
  readonly format: 1;
  readonly sessions: number;
  readonly attention: Readonly<Record<Level, AttentionKind>>;
  /** One sentence each: what the card says in all, of bytes, of packets, of what the network needs. */
  readonly says: readonly string[];
  readonly pointing: readonly Pointing[];
  readonly replaced: readonly Replaced[];
}
