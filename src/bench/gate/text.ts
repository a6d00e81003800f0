/** A gate as text for a terminal, and as Markdown for a pull request. */
import { alignColumns, plural } from '../../text/index.ts';
import { medianOf } from '../distribution.ts';
import { formatCommit, formatValue } from '../suite-text.ts';
import type { GateMeasurement } from './measure-gate.ts';
import { type GateReport, gateExitCode } from './report.ts';

const HEAD = ['', 'baseline', 'candidate', 'change', '95% interval', 'noise', 'pairs', ''];

/** Everything, ending with a line break. */
export function formatGate(report: GateReport): string {
  const { measurements, added, rule } = report;
  const head = [...HEAD.slice(0, 5), otherClock(report), ...HEAD.slice(5)];
  const rows = measurements.map((m) => [m.name, ...cells(m), verdictText(m, report)]);
  return [
    `${rule.clock} time against ${report.against.name} (commit ${report.against.commit.slice(0, 10)})`,
    ...(rows.length === 0 ? [] : alignColumns([head, ...rows], 'lrrrrrrrl')),
    ...brokenLines(report).map((line) => `  ${line}`),
    ...(added.length === 0 ? [] : [`only here: ${added.join(', ')}`]),
    ...neighbours(report),
    summaryOf(report),
    promiseOf(report),
    '',
  ].join('\n');
}

/** A table with a heading, ending with a line break. */
export function gateMarkdown(report: GateReport): string {
  const { measurements, against, code, rule, machine } = report;
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const head = ['benchmark', ...HEAD.slice(1, 5), otherClock(report), ...HEAD.slice(5, 7), 'verdict'];
  return [
    `### Speed: ${summaryOf(report)}`,
    '',
    `${formatCommit(code)} against ${against.name} (${against.commit.slice(0, 10)}), ${rule.clock} time, ${machine.cpu}, ${plural(machine.cores, 'core')}`,
    '',
    ...(measurements.length === 0
      ? []
      : [
          line(head),
          `|---|${'--:|'.repeat(head.length - 2)}---|`,
          ...measurements.map((m) => line([m.name, ...cells(m), verdictText(m, report)])),
          '',
        ]),
    ...brokenLines(report).map((text) => `- **${text}**`),
    promiseOf(report),
    '',
  ].join('\n');
}

const otherClock = ({ rule }: GateReport): string => (rule.clock === 'wall' ? 'processor' : 'wall');

function cells(m: GateMeasurement): readonly string[] {
  return [
    m.baseline === null ? '–' : formatValue(m.baseline, 'ms'),
    m.candidate === null ? '–' : formatValue(m.candidate, 'ms'),
    signed(m.change),
    m.low === null && m.high === null ? '' : `${signed(m.low)} … ${signed(m.high)}`,
    signed(m.otherChange),
    `±${share(m.noise)}`,
    String(m.pairs),
  ];
}

/** `slower by 5.2% [3.1% … 7.4%]`. */
function verdictText({ verdict, change, low, high, power }: GateMeasurement, { rule }: GateReport): string {
  if (verdict === 'same') return `same within ${share(rule.tolerance)}`;
  if (verdict === 'undecided')
    return `undecided: a slowdown of ${share(rule.tolerance)} would be seen in ${Math.round(100 * power)} of 100 such measurements`;
  const [least, most] = verdict === 'slower' ? [low, high] : [high, low];
  const size = (x: number | null): string => (x === null ? '?' : share(Math.abs(x)));
  return `${verdict} by ${size(change)} [${size(least)} … ${size(most)}]`;
}

/** Of the wall time, what processes must have had of the processor for the machine to be called theirs. */
const ALONE = 0.85;

/** Where neighbours took a part of the machine. */
function neighbours({ measurements }: GateReport): readonly string[] {
  const busy = medianOf(measurements.flatMap((m) => m.busy ?? []));
  if (busy === null || busy >= ALONE) return [];
  return [
    `the machine was shared, or waited: processor time was ${share(busy)} of the wall time; --clock processor is not touched by neighbours`,
  ];
}

const brokenLines = ({ broken }: GateReport): readonly string[] =>
  broken.map(({ name, problem }) => `${name}: ${problem}`);

function summaryOf(report: GateReport): string {
  const { measurements, broken, blocks, seconds, ended } = report;
  const count = (verdict: string) => measurements.filter((m) => m.verdict === verdict).length;
  const [slower, undecided] = [count('slower'), count('undecided')];
  const result = ['passed', 'failed', 'not passed'][gateExitCode(report)]!;
  const parts = [
    slower > 0 ? `${slower} slower` : '',
    count('faster') > 0 ? `${count('faster')} faster` : '',
    `${count('same')} the same`,
    undecided > 0
      ? `${undecided} undecided ${ended === 'time' ? 'when the time was over' : 'when it was stopped'}`
      : '',
    broken.length > 0 ? `${broken.length} that nothing vouches for` : '',
  ].filter((part) => part !== '');
  return `${result}: ${parts.join(', ')} (${plural(4 * blocks, 'process', 'processes')}, ${seconds.toFixed(0)} s)`;
}

const promiseOf = ({ rule: { tolerance, alpha, beta } }: GateReport): string =>
  `Of code that is as fast, at most one gate in ${Math.round(1 / alpha)} calls anything slower or faster; a slowdown of ${share(tolerance)} is called the same at most once in ${Math.round(1 / beta)}.`;

const signed = (x: number | null): string => (x === null ? '–' : `${x < 0 ? '−' : '+'}${share(Math.abs(x))}`);
const share = (x: number): string => `${Number((100 * x).toFixed(x < 0.0995 ? 1 : 0))}%`;
