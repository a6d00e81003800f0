/** What became of what is expected of a spec, as text for a terminal and as Markdown for a pull request. */
import { cellName } from '../spec/index.ts';
import { type ExpectationCheck, expectationExitCode, type MarginCheck } from '../sweep/index.ts';
import { alignColumns, plural } from '../text/index.ts';

/** The only cell of a spec without a sweep needs no name. */
const ONLY = cellName({});

/** A few lines, ending with a line break. */
export function formatExpectation(spec: string, check: ExpectationCheck): string {
  const rows = check.margins.map((m) => [
    m.cell === ONLY ? m.metric : `${m.cell}  ${m.metric}`,
    marginText(m),
  ]);
  return [
    `${spec}: ${summaryOf(check)}`,
    ...detailsOf(check).map((line) => `  ${line}`),
    ...(rows.length === 0 ? [] : alignColumns(rows, 'll')),
    '',
  ].join('\n');
}

/** The same with a heading. */
export function expectationMarkdown(spec: string, check: ExpectationCheck): string {
  const list = [
    ...detailsOf(check),
    ...check.margins.map((m) => `${m.cell === ONLY ? '' : `${m.cell}: `}**${m.metric}** ${marginText(m)}`),
  ];
  const lines = [`### Results of ${spec}: ${summaryOf(check)}`, '', ...list.map((line) => `- ${line}`), ''];
  return lines.join('\n');
}

function summaryOf(check: ExpectationCheck): string {
  const { same, changed, missing } = check;
  const result = ['passed', 'failed', 'not passed'][expectationExitCode(check)]!;
  const parts = [
    `${plural(same, 'run')} with the result that is expected`,
    changed.length > 0 ? `${changed.length} with another` : '',
    missing.length > 0
      ? `${missing.length} that ${missing.length === 1 ? 'is' : 'are'} expected and not there`
      : '',
  ];
  return `${result}: ${parts.filter((part) => part !== '').join(', ')}`;
}

/** Changed, missing and new runs; of many the first. */
const MOST = 10;

function detailsOf({ changed, missing, unexpected }: ExpectationCheck): readonly string[] {
  const name = ({ cell, seed }: { readonly cell: string; readonly seed: number }): string =>
    `${cell === ONLY ? '' : `${cell}, `}seed ${seed}`;
  const lines = [
    ...changed.map(
      (run) =>
        `${name(run)}: the result hash is ${run.after.slice(0, 12)}, expected ${run.before.slice(0, 12)}`,
    ),
    ...missing.map((run) => `${name(run)}: expected, and not there`),
    ...unexpected.map((run) => `${name(run)}: nothing is expected of it (--write)`),
  ];
  return lines.length <= MOST ? lines : [...lines.slice(0, MOST), `… and ${lines.length - MOST} more`];
}

/** `no worse than 0.5 points [−0.1 … +0.3] over 10 seeds`. */
function marginText({ verdict, margin, seeds, better, low, high, needed }: MarginCheck): string {
  const interval = low === null || high === null ? '' : ` [${points(low)} … ${points(high)}]`;
  const over = ` over ${plural(seeds, 'seed')}`;
  if (verdict === 'no worse') return `no worse than ${number(margin)} points${interval}${over}`;
  if (verdict === 'worse')
    return `worse by ${number(-better!)} points${interval}${over}, allowed are ${number(margin)}`;
  const more = needed === null ? null : Math.max(1, needed.seeds - seeds);
  const cure =
    more === null
      ? 'a spread between seeds is not known'
      : `${plural(more, 'more seed')} would tell (at most ${plural(Math.max(1, needed!.atMost - seeds), 'more seed')}), expected values of which an earlier version must give`;
  return `undecided${interval}${over}, allowed are ${number(margin)} points: ${cure}`;
}

/** Of a share of 1. */
const number = (share: number): string => String(Number((100 * share).toFixed(2)));
const points = (share: number): string => `${share < 0 ? '−' : '+'}${number(Math.abs(share))}`;
