/** Makes the card that every run has. */

import type { Clustering } from '../statistics/index.ts';
import type { AttentionCard, Level, Pointing } from './card.ts';
import { type Collected, type CollectOptions, collectAttention } from './collect.ts';
import { measurable, measure } from './measure.ts';
import { learnedLevels, replaceAttention, type Trained } from './replace.ts';
import { findingOf, pointingText, summaryText } from './verdict.ts';

/** Attention against the edits of every kind, and what the network does without it. */
export async function makeCard(trained: Trained, collect: CollectOptions): Promise<AttentionCard> {
  const {
    options: { shape },
  } = trained;
  const learned = learnedLevels(trained.options);
  const collected = learned.length === 0 ? null : await collectAttention(collect);
  const pointing = collected === null ? [] : pointingOf(collected, trained.clusterings, learned);
  const replaced = await replaceAttention(trained, null);
  return {
    format: 1,
    sessions: collect.presented.sessions.length,
    attention: { packet: shape.packet.attention, session: shape.session.attention },
    says: summaryText({ pointing, replaced }),
    pointing,
    replaced,
  };
}

/** Every kind that was made of sessions, on both levels. @param subject what points, for the words */
export function pointingOf(
  { kinds, kindNames, packet, session }: Pick<Collected, 'kinds' | 'kindNames' | 'packet' | 'session'>,
  clusterings: readonly Clustering[],
  learned: readonly string[],
  subject: (level: Level) => string = (level) => `${level} attention`,
): readonly Pointing[] {
  return [measurable('packet', packet, kinds), measurable('session', session, kinds)].flatMap((level) =>
    kindNames.flatMap((name, kind) => {
      if (kind === 0) return [];
      const measured = measure(level, kinds, kind, name, clusterings);
      const isLearned = learned.includes(level.level);
      const finding = findingOf(measured, isLearned);
      const { level: at, kind: of, ...rest } = measured;
      return [
        {
          level: at,
          kind: of,
          finding,
          says: pointingText(measured, finding, isLearned ? subject(level.level) : null),
          ...rest,
        },
      ];
    }),
  );
}
