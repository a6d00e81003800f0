/** What is found beside the evaluation itself. */

import type { Clustering, Estimate, PairedRates } from '../statistics/index.ts';
import type { LatentMeasure } from '../training/index.ts';
import type { Alarms } from './alarms.ts';
import type { Detection } from './detection.ts';
import type { AnomalousRates, Evaluation } from './evaluate.ts';
import { frequentGroups, type GroupRates, ratesByGroup } from './group.ts';
import type { FixedRate } from './operating.ts';
import type { TestedThreshold } from './threshold.ts';

/** A simpler means than the network with its rates on the same sessions. JSON-able. */
export interface Baseline {
  readonly name: string;
  /** How it decides. */
  readonly says: string;
  readonly rates: Pick<AnomalousRates, 'recall' | 'falsePositiveRate' | 'precision' | 'f1' | 'mcc'>;
  /** null of what only says yes or no. */
  readonly rocAuc: Estimate | null;
  /** How many sessions of each kind it calls anomalous; `normal` first. */
  readonly detection: readonly Detection[];
  /** The network less it on the same sessions: of those that are anomalous, and of those that are normal. */
  readonly network: { readonly recall: PairedRates; readonly falsePositiveRate: PairedRates };
}

/** A baseline that was chosen for a kind, and what it does on the test sessions. */
export interface Chosen {
  readonly name: string;
  /**
   * By which sessions it was chosen: those of validation, or the very test sessions, which nobody has beforehand (oracle).
   */
  readonly by: 'validation' | 'oracle';
  /** Shares of the kind, and of normal sessions, that it calls anomalous. */
  readonly called: number;
  readonly falseAlarms: number;
}

/** What tells a kind from normal sessions best; null where nothing is better than chance. */
export interface BestByKind {
  /** null: all that are anomalous, of whichever kind. */
  readonly kind: string | null;
  readonly rule: Chosen | null;
  readonly learnt: Chosen | null;
}

/** How well the decoder predicts, in bits a token. JSON-able. */
export interface DecoderFindings {
  /** Normal sessions that tell what is usual, and above which score a session is called anomalous: of which there were. */
  readonly calibrated: number;
  /** Whether they were held back from training, or trained, where none were. */
  readonly source: 'validation' | 'training';
  readonly threshold: number;
  readonly bitsPerToken: number;
  /** Of these sessions; absent without latent vectors. */
  readonly latent?: LatentMeasure;
  /** Of test sessions, by what was done to them; null where there are none. */
  readonly test: readonly {
    readonly kind: string;
    readonly tokens: number;
    readonly bitsPerToken: number | null;
  }[];
}

/** What evaluation.json holds beside the evaluation. JSON-able. */
export interface Findings {
  /** By application of the session as captured: the most frequent ones, and the rest. */
  readonly applications: readonly GroupRates[];
  /** By whether training has a session between the two addresses that the session had when it was captured. */
  readonly pairs: readonly GroupRates[];
  /** Chosen on validation sessions; null where there were none to choose by. */
  readonly threshold: TestedThreshold | null;
  /** At thresholds that are chosen on the normal validation sessions; null without any. */
  readonly atFalsePositiveRate: readonly FixedRate[] | null;
  /** null where the spec wants none. */
  readonly baselines: readonly Baseline[] | null;
  /** What tells anomalous sessions best, and what each kind, chosen on validation if possible; null without baselines. */
  readonly best: readonly BestByKind[] | null;
  /** At the chosen threshold where there is one; null where nobody knows hosts and times, as of a table alone. */
  readonly alarms?: Alarms | null;
  /** Absent without a decoder. */
  readonly decoder?: DecoderFindings;
}

/** Everything that evaluation.json holds. */
export interface EvaluationRecord extends Evaluation, Findings {
  readonly detection: readonly Detection[];
}

/** Applications that have a row of their own. */
const MOST_APPLICATIONS = 12;

/** The names of the two parts by pair. */
export const PAIRS = ['pair seen in training', 'new pair'] as const;

/**
 * Rates by application and by pair; empty where these are not known.
 *
 * @param labels [N]: 0 is normal
 * @param called [N]: 0 is what was called normal
 * @param origins [N] of each; null for what is not known
 */
export function groupsOf(
  labels: Uint8Array,
  called: Uint8Array,
  origins: {
    readonly clusterings?: readonly Clustering[];
    readonly applications: readonly string[] | null;
    readonly pairKnown: Uint8Array | null;
  },
): Pick<Findings, 'applications' | 'pairs'> {
  const { applications, pairKnown, clusterings } = origins;
  const { names, groupOf } = frequentGroups(applications ?? [], MOST_APPLICATIONS);
  const pairOf = pairKnown?.map((known) => 1 - known);
  return {
    applications: applications === null ? [] : ratesByGroup(labels, called, groupOf, names, clusterings),
    pairs: pairOf === undefined ? [] : ratesByGroup(labels, called, pairOf, PAIRS, clusterings),
  };
}
