/** The card of a run's attention as text: what it says, and the numbers that it says it by. */
import type { AttentionCard, Level, Pointing } from '../attention/index.ts';
import { alignColumns, formatCount, formatPercent, formatScore, interval } from '../text/index.ts';

/** The sentences alone, with their numbers or without; empty where there is nothing to say. */
export function cardLines({ says }: Pick<AttentionCard, 'says'>, full: boolean): readonly string[] {
  if (says.length === 0) return [];
  return [
    'Attention, held against the bytes that were edited',
    ...says.map((line) => `  ${capital(full ? line : withoutNumbers(line))}`),
  ];
}

/** Without what stands in brackets at the end. */
const withoutNumbers = (line: string): string =>
  /^[^(]* \(.*points.*\)$/.test(line) ? line.slice(0, line.indexOf(' (')) : line;

/** The whole card. */
export function formatCard(card: AttentionCard): string {
  const { attention, pointing, replaced } = card;
  const sections = [
    cardLines(card, true),
    ...(['packet', 'session'] as const).map((level) => levelLines(level, attention[level], pointing)),
    replacedLines(replaced),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return text.length === 0
    ? 'No attention of this network is learned: there is nothing to hold against the edits.\n'
    : text.join('\n');
}

const HEAD = [
  '',
  'sessions',
  'share',
  'times normal',
  '95% interval',
  'times position',
  'AUC',
  '95% interval',
  'normal',
  'top',
  'normal',
  '',
];

export function levelLines(level: Level, kind: string, pointing: readonly Pointing[]): readonly string[] {
  const of = pointing.filter((p) => p.level === level);
  if (of.length === 0) return [];
  const rows = of.map(({ kind: name, sessions, share, times, auc, top, finding }) => [
    name,
    formatCount(sessions),
    formatPercent(share.attention.value, 2),
    factor(times.normal.value),
    interval(times.normal, factor),
    factor(times.position.value),
    formatScore(auc.attention.value),
    interval(auc.attention, formatScore),
    formatScore(auc.normal.value),
    formatPercent(top.attention.value, 2),
    formatPercent(top.normal.value, 2),
    WORDS[finding],
  ]);
  const what =
    level === 'packet' ? 'Packet attention on edited bytes' : 'Session attention on edited packets';
  return [`${what} (${kind})`, ...alignColumns([HEAD, ...rows], 'lrrrlrrlrrrl')];
}

const WORDS: Readonly<Record<Pointing['finding'], string>> = {
  shows: 'shows them',
  leans: 'leans towards them',
  not: 'does not show them',
  avoids: 'avoids them',
  undecided: 'cannot be told',
  nothing: 'nothing to point at',
};

export function replacedLines(replaced: AttentionCard['replaced']): readonly string[] {
  if (replaced.length === 0) return [];
  const rows = replaced.map(({ level, by, accuracy, change, agreement, finding }) => [
    `${level === 'both' ? 'both levels' : `${level} attention`} by ${by === 'uniform' ? 'uniform weights' : 'mean weights'}`,
    formatPercent(accuracy.value, 3),
    points(change.value),
    interval(change, points),
    formatPercent(agreement.value, 3),
    { irrelevant: 'not needed', used: 'needed', undecided: 'cannot be told' }[finding],
  ]);
  const head = ['', 'accuracy', 'change', '95% interval', 'called the same', ''];
  return ['Attention replaced, weights as they were trained', ...alignColumns([head, ...rows], 'lrrlrl')];
}

const factor = (x: number | null): string => (x === null ? '–' : x.toFixed(2));
const points = (x: number | null): string =>
  x === null ? '–' : `${x < 0 ? '−' : '+'}${Math.abs(100 * x).toFixed(2)}`;
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What the card says of a kind's edited bytes and packets, in lines of so many columns; one line where there is no card. */
export function verdictLines(card: AttentionCard | null, kind: string, width: number): readonly string[] {
  if (card === null)
    return wrap(
      'whether that is more than normal sessions give these fields, nobody measured: the run has no attention.json',
      width,
    );
  const said = card.pointing.filter((p) => p.kind === kind && p.finding !== 'nothing');
  return said.flatMap(({ says }) => wrap(`in all test sessions, ${says}`, width));
}

/** Breaks a text between words. @param indent of all lines but the first */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  for (const word of capital(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : indent + word);
  }
  return lines;
}
