/** Score: a trained network on captures that it has not seen. */
export { type Calibration, leastP } from './conformal.ts';
export { scoresJson } from './json.ts';
export { attentionOf, type ScoredSession, type Scores, scoreSessions } from './score.ts';
export { openScorer, type Scorer } from './scorer.ts';
export { judgeNetwork } from './verdict.ts';
