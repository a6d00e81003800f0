/** The verdict in words: what stands against a score, the worst first. */
import { interval, plural } from '../text/index.ts';
import type { Audit, Check } from './audit.ts';
import { points, share } from './means.ts';

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
      ...(simple.length === 0 ? [] : [`the network is not for sure ahead of simpler means: ${told(simple)}`]),
      ...(open.length === 0
        ? []
        : [
            `${plural(open.length, 'question')} open: ${[...new Set(open.map(({ area, name }) => `${area} ${name}`))].join(', ')}`,
          ]),
    ],
  };
}

/** A check in few words: what a trace gives away, how far the network is ahead of a simpler means, else all that it says. */
function brief({ area, name, kind, size, says }: Check): string {
  if (size === null || size.value === null) return says;
  if (area === 'traces') return `${name} gives ${share(size.value)} of ${kind} away`;
  if (area !== 'baselines') return says;
  return `${name}${kind === null ? '' : ` on ${kind}`} (${points(size.value)} points, ${interval(size, points)})`;
}

function told(checks: readonly Check[]): string {
  const more = checks.length - MOST;
  const said = checks.slice(0, more === 1 ? MOST + 1 : MOST).map(brief);
  return `${said.join('; ')}${more > 1 ? `; and ${more} more` : ''}`;
}
