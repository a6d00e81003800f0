/** Whether captures are of the network that a run was trained on, as far as hosts and pairs tell. */
import { displayPath, formatCount, formatPercent } from '../text/index.ts';
import type { Scores } from './score.ts';
import type { Scorer } from './scorer.ts';

/** The share of sessions begun by hosts that training has met, below which it is said. */
const FEW = 0.5;

export interface NetworkVerdict {
  /** `foreign`: training has met no pair of them at all. */
  readonly state: 'known' | 'doubtful' | 'foreign';
  readonly why: string;
}

export function judgeNetwork({ folder }: Scorer, { met, sessions }: Scores): NetworkVerdict {
  if (met === null || met.host >= FEW) return { state: 'known', why: '' };
  const why =
    `training of ${displayPath(folder)} has met the host that began in ${formatPercent(met.host, 2)}, and the pair in ` +
    `${formatPercent(met.pair, 2)} of ${formatCount(sessions)} sessions: the captures seem to be of another network, and p says little there`;
  return { state: met.pair === 0 ? 'foreign' : 'doubtful', why };
}
