/** The card in words: what each number may be taken for, and no more. */
import type { Estimate } from '../evaluation/index.ts';
import { formatCount, formatPercent, formatScore, interval, plural } from '../text/index.ts';
import type { AttentionCard, Finding, Level, Pointing, Replaced } from './card.ts';
import type { Measured } from './measure.ts';

/** What edited items must get, times either null, for attention to show them: a factor that one sees in a picture. */
export const SHOWN = 1.5;

/** By how much accuracy may change for attention to be irrelevant. */
export const MARGIN = 0.01;

/** What the items of a level are, and what holds them. */
const ITEMS: Readonly<
  Record<Level, { readonly items: string; readonly one: string; readonly groups: string }>
> = {
  packet: { items: 'bytes', one: 'byte', groups: 'packets' },
  session: { items: 'packets', one: 'packet', groups: 'sessions' },
};

export function findingOf({ sessions, times }: Measured, learned: boolean): Finding {
  if (!learned || sessions === 0) return 'nothing';
  const nulls = [times.normal, times.position];
  if (nulls.some(({ low, high }) => low === null || high === null)) return 'undecided';
  if (nulls.every(({ low }) => low! > 1))
    return nulls.every(({ value }) => value! >= SHOWN) ? 'shows' : 'leans';
  if (nulls.every(({ high }) => high! < 1)) return 'avoids';
  return nulls.some(({ high }) => high! < SHOWN) ? 'not' : 'undecided';
}

/** What is said of a kind. @param subject what points: `packet attention`; null where nothing does */
export function pointingText(measured: Measured, finding: Finding, subject: string | null): string {
  const { level, kind, all, leftOut } = measured;
  const { items } = ITEMS[level];
  if (subject === null) return `${level} attention is not learned: it points at nothing`;
  const what = `the edited ${items} of ${kind}`;
  switch (finding) {
    case 'nothing':
      return nothingText(level, kind, all, leftOut);
    case 'shows':
      return `${subject} shows ${what}: ${numbersText(measured)}`;
    case 'leans':
      return `${subject} leans towards ${what}, too little to show them: ${numbersText(measured)}`;
    case 'not':
      return `${subject} does not show ${what} here: ${numbersText(measured)}`;
    case 'avoids':
      return `${subject} does not show ${what} here, it rather avoids them: ${numbersText(measured)}`;
    case 'undecided':
      return `whether ${subject} shows ${what} cannot be told: ${numbersText(measured)}`;
  }
}

function nothingText(level: Level, kind: string, all: number, leftOut: Measured['leftOut']): string {
  if (all === 0) return `no test session is ${kind}`;
  const { unseen, everything, unmatched } = leftOut;
  if (everything >= unseen && everything >= unmatched)
    return `${kind} edits every ${level === 'packet' ? 'byte that is read' : 'packet'}: there is nothing to point at`;
  if (unseen >= unmatched) return `nothing that is read was edited by ${kind}`;
  return `no normal session is like those of ${kind}: there is no null`;
}

function numbersText({ level, share, times, auc, top, sessions }: Measured): string {
  const { one, groups } = ITEMS[level];
  const range = (e: Estimate, format: (x: number | null) => string) => {
    const text = interval(e, format);
    return text === '' ? '' : ` (${text})`;
  };
  const clusters = times.normal.clustered;
  const among =
    clusters === undefined
      ? plural(sessions, 'session')
      : `${plural(sessions, 'session')}, ${plural(clusters.clusters, 'cluster')} by ${clusters.by}`;
  return [
    `they get ${percent(share.attention)} of it, ${factor(times.normal.value)}${range(times.normal, factor)} times what ${level === 'packet' ? 'the same fields' : 'the same packets'} of normal sessions get, ${factor(times.position.value)}${range(times.position, factor)} times their positions' prior`,
    `pointing AUC ${formatScore(auc.attention.value)}${range(auc.attention, formatScore)}, ${formatScore(auc.normal.value)} without looking at the session`,
    `the most attended ${one} is an edited one in ${percent(top.attention)} of ${groups}, ${percent(top.normal)} without looking (${among})`,
  ].join('; ');
}

const percent = ({ value }: Estimate): string => formatPercent(value, 2);
const factor = (x: number | null): string => (x === null ? '–' : x.toFixed(2));
const signed = (x: number | null): string =>
  x === null ? '–' : `${x < 0 ? '−' : '+'}${Math.abs(100 * x).toFixed(2)}`;

export function replacedFinding({ low, high }: Estimate): Replaced['finding'] {
  if (low === null || high === null) return 'undecided';
  if (low > -MARGIN && high < MARGIN) return 'irrelevant';
  return high < 0 ? 'used' : 'undecided';
}

export function replacedText(
  { level, by, accuracy, change, agreement }: Omit<Replaced, 'finding' | 'says'>,
  finding: Replaced['finding'],
): string {
  const of = level === 'both' ? 'the attention of both levels' : `${level} attention`;
  const weights = by === 'uniform' ? 'uniform weights' : 'the mean weights of each position';
  const range = interval(change, signed);
  const numbers = `${formatPercent(accuracy.value, 3)}, ${signed(change.value)} points${range === '' ? '' : ` (${range})`}; ${formatPercent(agreement.value, 3)} of the sessions are called the same`;
  switch (finding) {
    case 'irrelevant':
      return `accuracy does not need ${of}: ${weights} in its place keep it (${numbers})`;
    case 'used':
      return `accuracy needs ${of}: it falls with ${weights} in its place (${numbers})`;
    case 'undecided':
      return `whether accuracy needs ${of} cannot be told: ${weights} in its place (${numbers})`;
  }
}

/** The whole card in a few sentences. */
export function summaryText({
  pointing,
  replaced,
}: Pick<AttentionCard, 'pointing' | 'replaced'>): readonly string[] {
  const levels = (['packet', 'session'] as const).flatMap((level) => {
    const of = pointing.filter((p) => p.level === level);
    return of.length === 0 ? [] : [levelText(level, of)];
  });
  const needs = replaced.filter(({ by }) => by === 'uniform').map(({ says }) => says);
  return [...levels, ...needs];
}

function levelText(level: Level, pointing: readonly Pointing[]): string {
  const { items } = ITEMS[level];
  const names = (...findings: readonly Finding[]) =>
    pointing.filter(({ finding }) => findings.includes(finding)).map(({ kind }) => kind);
  const shown = names('shows');
  const leaning = names('leans');
  const not = names('not', 'avoids');
  const open = names('undecided');
  const told = pointing.length - names('nothing').length;
  if (told === 0) return `${level} attention has no edited ${items} to point at here`;
  const rest = [
    ...(leaning.length > 0 ? [`it leans towards those of ${leaning.join(', ')}`] : []),
    ...(shown.length > 0 && not.length > 0 ? [`not those of ${not.join(', ')}`] : []),
    ...(open.length > 0 ? [`it cannot be told of ${open.join(', ')}`] : []),
  ];
  const head =
    shown.length > 0
      ? `${level} attention shows the edited ${items} of ${shown.join(', ')}${shown.length < told ? ` (${formatCount(shown.length)} of ${formatCount(told)} kinds)` : ''}`
      : open.length === told
        ? `whether ${level} attention shows the edited ${items} cannot be told here`
        : `${level} attention does not show the edited ${items} here`;
  return [head, ...rest.filter((text) => !(open.length === told && text.startsWith('it cannot')))].join('; ');
}
