/** The verdict in words: what stands against a score, the worst first. */
import { interval, plural } from '../text/index.ts';
import type { Audit, Check } from './audit.ts';
import { points } from './means.ts';

/** Findings that are told in full; the others are counted. */
const MOST = 2;

type Summary = Pick<Audit, 'says' | 'leaks' | 'simple' | 'open'>;

export function summarise(checks: readonly Check[]): Summary {
  const found = checks.filter(({ status }) => status === 'finding');
  const leaks = found.filter(({ grade }) => grade === 'leak');
  const simple = found.filter(({ grade }) => grade === 'simple');
  const open = checks.filter(({ status }) => status === 'open');
  const looked = checks.filter(
    ({ status, grade }) => status !== 'not applicable' && status !== 'open' && grade === 'leak',
  );
  return {
    leaks: leaks.length,
    simple: simple.length,
    open: open.length,
    says: [
      leaks.length === 0
        ? `no leak found in ${plural(looked.length, 'check')} of split, knowledge, labels and traces`
        : `${plural(leaks.length, 'leak')}: ${told(leaks)}`,
      ...(simple.length === 0
        ? []
        : [`the network is not for sure ahead of simpler means: ${told(simple, brief)}`]),
      ...(open.length === 0
        ? []
        : [
            `${plural(open.length, 'question')} open: ${[...new Set(open.map(({ area, name }) => `${area} ${name}`))].join(', ')}`,
          ]),
    ],
  };
}

/** What it is, and how far the network is ahead of it. */
function brief({ name, kind, size }: Check): string {
  if (size === null) return name;
  return `${name}${kind === null ? '' : ` on ${kind}`} (${points(size.value)} points, ${interval(size, points)})`;
}

function told(checks: readonly Check[], text = ({ says }: Check): string => says): string {
  const more = checks.length - MOST;
  const said = checks.slice(0, more === 1 ? MOST + 1 : MOST).map(text);
  return `${said.join('; ')}${more > 1 ? `; and ${more} more` : ''}`;
}
