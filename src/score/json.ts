/** Scored captures as a program reads them. */
import type { SessionTable } from '../session/index.ts';
import { attentionOf, type Scores } from './score.ts';
import type { Scorer } from './scorer.ts';
import { judgeNetwork } from './verdict.ts';

/** @param top sessions that are listed, most anomalous first, with what the network attended to */
export function scoresJson(scorer: Scorer, table: SessionTable, scores: Scores, top: number) {
  const { order, session, ...rest } = scores;
  const { calibration, folder, resultHash } = scorer;
  const listed = Array.from(order.subarray(0, top), session);
  const records = attentionOf(
    scorer,
    table,
    listed.map((one) => one.session),
  );
  return {
    run: { folder, resultHash },
    calibration: { of: calibration.of, sessions: calibration.scores.length },
    network: judgeNetwork(scorer, scores),
    ...rest,
    top: listed.map((one, i) => ({ ...one, attention: records[i]!.packets })),
  };
}
