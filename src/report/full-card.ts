/** What the tests of attention found that are asked for by name, and the cards of several seeds, as text. */
import type { AttentionCard, Erased, FullCard, Likeness } from '../attention/index.ts';
import {
  alignColumns,
  displayPath,
  formatCount,
  formatPercent,
  formatScore,
  interval,
  plural,
} from '../text/index.ts';
import { capital, levelLines, replacedLines, wrap } from './card.ts';

const WIDTH = 110;

/** Everything of a full card. */
export function formatFullCard(card: FullCard): string {
  const { sessions, seed, says, replaced, gradients, deletion } = card;
  const { residual, incomplete } = gradients;
  const complete = `Integrated gradients of ${plural(gradients.sessions, 'session')}: completeness residual at most ${residual.toExponential(1)}${incomplete === 0 ? '' : `; ${formatCount(incomplete)} more are not complete and left out`}`;
  const sections = [
    [
      `Attention of seed ${seed}, tested on a sample of ${plural(sessions, 'session')}`,
      ...says.flatMap((line) => wrap(`- ${capital(line)}`, WIDTH, '  ')),
    ],
    likenessLines(card),
    replacedLines(replaced),
    [complete],
    ...(['packet', 'session'] as const).map((level) =>
      levelLines(level, 'integrated gradients', gradients.pointing),
    ),
    deletion === null ? [] : erasedLines(deletion.draws, deletion.erased),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function likenessLines({ randomised, gradients, agreement }: FullCard): readonly string[] {
  const all = [
    ...randomised.map(
      ({ what, likeness }) =>
        [what === 'all' ? 'all weights random' : 'weights of attention random', likeness] as const,
    ),
    ['integrated gradients', gradients.likeness] as const,
    ...(agreement === null
      ? []
      : [[`pairs of ${agreement.seeds.length} seeds`, agreement.likeness] as const]),
  ];
  const row = (name: string, { rank, beyondPosition, top }: Likeness): readonly string[] => [
    name,
    two(rank.value),
    interval(rank, two),
    two(beyondPosition.value),
    interval(beyondPosition, two),
    formatPercent(top.value, 2),
  ];
  const rows = all.flatMap(([name, likeness]) =>
    (['packet', 'session'] as const).flatMap((level) => {
      const like = likeness[level];
      return like === undefined ? [] : [row(`${level} attention, ${name}`, like)];
    }),
  );
  const head = ['', 'ρ', '95% interval', 'beyond position', '95% interval', 'same top'];
  return [
    'How alike (Spearman’s ρ within a packet, or within a session)',
    ...alignColumns([head, ...rows], 'lrlrlr'),
  ];
}

function erasedLines(draws: number, erased: readonly Erased[]): readonly string[] {
  const rows = erased.map(({ what, fields, by, drop, random, over, finding }) => [
    `${what === 'deletion' ? 'without' : 'only'} ${plural(fields, 'field')} by ${by}`,
    formatScore(drop.value),
    `${formatScore(random.least)} … ${formatScore(random.greatest)}`,
    formatScore(over.value),
    interval(over, formatScore),
    { faithful: 'beyond random fields', not: 'as random fields', undecided: 'cannot be told' }[finding],
  ]);
  const head = ['', 'fall of P', 'random fields', 'over random', '95% interval', ''];
  return [
    `Deletion and sufficiency: the fall of P(predicted class), against ${draws} random orders`,
    ...alignColumns([head, ...rows], 'lrlrll'),
  ];
}

const two = (x: number | null): string => (x === null ? '–' : x.toFixed(2).replace('-', '−'));

/** The cards of several runs, side by side: in how many seeds attention shows what. */
export function formatSeeds(
  cards: readonly { readonly folder: string; readonly card: AttentionCard }[],
): string {
  const names = [
    ...new Set(cards.flatMap(({ card }) => card.pointing.map(({ level, kind }) => `${level} ${kind}`))),
  ];
  const rows = names.flatMap((name) => {
    const of = cards.map(({ card }) => card.pointing.find((p) => `${p.level} ${p.kind}` === name));
    if (of.every((p) => p === undefined || p.finding === 'nothing')) return [];
    const times = of.map((p) => (p?.times.normal.value == null ? '–' : p.times.normal.value.toFixed(2)));
    const shown = of.filter((p) => p?.finding === 'shows').length;
    return [[name, ...times, `${shown} of ${cards.length}`]];
  });
  const head = ['times what normal sessions get', ...cards.map((_, i) => `run ${i + 1}`), 'shows'];
  const runs = cards.map(({ folder }, i) => `  run ${i + 1}: ${displayPath(folder)}`);
  const table = alignColumns([head, ...rows], `l${'r'.repeat(cards.length)}r`);
  return `${['Attention on edited bytes and packets, by run', ...table, ...runs, '', '--full holds the attention of the seeds against each other, on the same sessions.'].join('\n')}\n`;
}
