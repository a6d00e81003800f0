/** The audit of a run as text: its verdict, and all that it looked at. */
import type { Audit, Check } from '../audit/index.ts';
import { alignColumns } from '../text/index.ts';
import { wrap } from './card.ts';

/** Columns of a screen. */
const WIDTH = 120;

/** The verdict alone, for those who see many other numbers beside it. */
export function auditLines({ says }: Pick<Audit, 'says'>): readonly string[] {
  return ['Audit', ...says.flatMap((line) => wrap(line, WIDTH - 2, '  ').map((text) => `  ${text}`))];
}

/** All of it. */
export function formatAudit(audit: Audit): string {
  const { checks, pitfalls } = audit;
  const sections = [
    auditLines(audit),
    ['Checks', ...checks.flatMap(checkLines)],
    [
      'The pitfalls of D. Arp et al. (2022)',
      ...alignColumns(
        pitfalls.map(({ name, status, says }) => [name, status, says]),
        'lll',
      ),
    ],
  ];
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function checkLines({ area, name, kind, status, says, cure }: Check): readonly string[] {
  const about = kind === null ? name : `${name}, ${kind}`;
  return [
    ...wrap(`${status}: ${area}, ${about}: ${says}`, WIDTH - 2, '    ').map((text) => `  ${text}`),
    ...(cure === null ? [] : [`      ${cure}`]),
  ];
}
