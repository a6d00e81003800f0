/** Measurements as text for a terminal. */
import { alignColumns, formatBytes, formatCount } from '../text/index.ts';
import type { Finding, Measurement } from './benchmark.ts';
import type { Comparison } from './compare.ts';
import { distribution } from './distribution.ts';
import type { SuiteResult } from './run.ts';
import type { BenchReport } from './suite-report.ts';

/** A suite: a line for each benchmark, those that failed, what follows. */
export function formatSuite(
  { suite, summary, measurements, failures, findings }: SuiteResult,
  comparisons: ReadonlyMap<string, Comparison> | null,
): string {
  const lines = [`${suite}: ${summary}`];
  const head = ['', 'median', 'noise', 'p95', 'rate', 'GFLOP/s', 'of peak'];
  const rows = measurements.map((m) => [
    m.name.slice(suite.length + 1),
    formatValue(m.median, m.unit),
    `±${percent(m.noise)}`,
    formatValue(m.p95, m.unit),
    m.rate === undefined ? '' : `${formatRate(m.rate)} ${m.of}/s`,
    m.gflops === undefined ? '' : m.gflops.toFixed(1),
    m.shareOfPeak === undefined ? '' : percent(m.shareOfPeak),
    ...(comparisons === null ? [] : compared(comparisons.get(m.name))),
  ]);
  const hasFlops = measurements.some(({ gflops }) => gflops !== undefined);
  const used = (row: readonly string[]) => (hasFlops ? row : [...row.slice(0, 5), ...row.slice(7)]);
  const last = comparisons === null ? [] : ['ratio', 'within', ''];
  const align = `lrrrr${hasFlops ? 'rr' : ''}${comparisons === null ? '' : 'rrl'}`;
  if (rows.length > 0) lines.push(...alignColumns([[...head, ...last], ...rows].map(used), align));
  for (const { name, problem } of failures) lines.push(`  failed: ${name}: ${problem}`);
  for (const finding of findings) lines.push(`  ${formatFinding(finding)}`);
  return `${lines.join('\n')}\n`;
}

function compared(comparison: Comparison | undefined): readonly string[] {
  if (comparison === undefined) return ['', '', 'not in the baseline'];
  const { ratio, noise, verdict, resultChanged } = comparison;
  const changed = resultChanged ? ', computes something else' : '';
  return [`×${ratio.toFixed(2)}`, `±${percent(noise)}`, `${verdict}${changed}`];
}

const formatFinding = ({ statement, holds }: Finding): string =>
  `${holds ? 'holds' : 'does not hold'}: ${statement}`;

/** Machine and code, in two lines. */
export function formatHead({ machine, code, date }: Pick<BenchReport, 'machine' | 'code' | 'date'>): string {
  const { cpu, cores, memory, system, node, compiler, variant } = machine;
  const engine = compiler === null ? 'no native engine: the smallest sizes' : `${variant} by ${compiler}`;
  return `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${formatBytes(memory)}, ${system}, Node ${node}, ${engine}\nsessionlab ${code.version}, ${formatCommit(code)}, ${date}\n`;
}

/** `commit 95059a0 with 3 changed files`. */
export function formatCommit({ commit, changedFiles }: BenchReport['code']): string {
  if (commit === null) return 'no git checkout';
  const changed =
    changedFiles === 0 ? 'clean' : `with ${changedFiles} changed file${changedFiles === 1 ? '' : 's'}`;
  return `commit ${commit.slice(0, 10)}, ${changed}`;
}

/** Noise above which a machine has other things to do. */
const BUSY = 0.1;

/** The verdict in a few lines. */
export function formatVerdict(report: BenchReport): string {
  const { baseline, failures, measurements } = report;
  const lines = [
    `${measurements.length} measured${failures.length === 0 ? '' : `, ${failures.length} failed`}`,
  ];
  const noise = measurements.length === 0 ? 0 : distribution(measurements.map((m) => m.noise)).median;
  if (noise > BUSY)
    lines.push(
      `the machine is busy: half of the noises are above ${percent(noise)}; a quiet one shows smaller differences`,
    );
  if (baseline !== null) {
    const { comparisons, onlyNow, onlyBaseline, vanished, differences } = baseline;
    const count = (verdict: string) => comparisons.filter((c) => c.verdict === verdict).length;
    lines.push(
      `against ${baseline.file} (${baseline.commit?.slice(0, 10) ?? 'no commit'}, ${baseline.date}): ` +
        `${count('slower')} slower, ${count('same')} same, ${count('faster')} faster`,
    );
    if (onlyNow.length > 0) lines.push(`not in the baseline: ${onlyNow.length}`);
    if (onlyBaseline.length > 0) lines.push(`only in the baseline: ${onlyBaseline.length}`);
    for (const name of vanished)
      lines.push(`vanished: ${name}: the baseline has it, nothing was measured now`);
    const changed = comparisons.filter((c) => c.resultChanged);
    for (const { name } of changed) lines.push(`computes something else than the baseline: ${name}`);
    if (vanished.length + changed.length > 0)
      lines.push('if this is meant, make a new baseline: sessionlab bench --out <file>');
    for (const difference of differences) lines.push(`another machine or set-up: ${difference}`);
    for (const { name, ratio, noise } of comparisons.filter((c) => c.verdict === 'slower'))
      lines.push(`slower: ${name}: ×${ratio.toFixed(2)}, noise ±${percent(noise)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `1.23 ms`, `12.3 µs`, `4.2 MB`: three digits. */
export function formatValue(value: number, unit: Measurement['unit']): string {
  if (unit === 'B') return formatBytes(value);
  if (value >= 999.5) return `${digits(value / 1000)} s`;
  return value >= 0.9995 ? `${digits(value)} ms` : `${digits(value * 1000)} µs`;
}

/** `2,460`, `1.61 M`. */
export function formatRate(rate: number): string {
  if (rate >= 999.5e6) return `${digits(rate / 1e9)} G`;
  if (rate >= 99_950) return `${digits(rate / 1e6)} M`;
  return rate >= 99.5 ? formatCount(Math.round(rate)) : digits(rate);
}

const digits = (value: number): string => value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)}%`;
