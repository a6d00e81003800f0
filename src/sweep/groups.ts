/** The parts of a test set that have rates of their own. */

import type { Origins } from '../data/index.ts';
import { frequentGroups, ratesByGroup } from '../evaluation/index.ts';
import type { Findings } from '../report/index.ts';

/** null for what is not known. */
type Groups = { readonly [K in keyof Origins]: Origins[K] | null };

/** Applications that have a row of their own. */
const MOST_APPLICATIONS = 12;

/** The names of the two parts by pair. */
const PAIRS = ['pair seen in training', 'new pair'] as const;

/**
 * Rates by application and by pair; empty where these are not known.
 *
 * @param labels [N]: 0 is normal
 * @param called [N]: 0 is what was called normal
 */
export function groupsOf(
  labels: Uint8Array,
  called: Uint8Array,
  { applications, pairKnown }: Groups,
): Pick<Findings, 'applications' | 'pairs'> {
  const { names, groupOf } = frequentGroups(applications ?? [], MOST_APPLICATIONS);
  const pairOf = pairKnown?.map((known) => 1 - known);
  return {
    applications: applications === null ? [] : ratesByGroup(labels, called, groupOf, names),
    pairs: pairOf === undefined ? [] : ratesByGroup(labels, called, pairOf, PAIRS),
  };
}
