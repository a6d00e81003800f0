/**
 * Distributions of several captures side by side: `npm run synth:compare -- synthetic-office one.pcap folder/`. Each argument
 * is a column: the name of a data set, a capture, a folder or a glob. The last rows say how far each is from the first.
 */
import { basename } from 'node:path';
import { findCaptures } from '../../src/capture/index.ts';
import { datasetCaptures } from '../../src/data/index.ts';
import { FaultError, formatFault } from '../../src/fault/index.ts';
import { assembleSessions } from '../../src/session/index.ts';
import { alignColumns, formatCount } from '../../src/text/index.ts';
import {
  describeTraffic,
  distanceOfNames,
  distanceOfValues,
  NAMED,
  type NamedName,
  NUMERIC,
  type NumericName,
  type Traffic,
} from './traffic.ts';

/** Packets that are kept of a session. */
const KEPT = 200;
const QUANTILES = [5, 25, 50, 75, 95] as const;
const MOST_NAMES = 4;

interface Column {
  readonly name: string;
  readonly traffic: Traffic;
}

async function column(argument: string): Promise<Column> {
  const isName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(argument) && !/\.(?:pcap|pcapng|cap|gz)$/.test(argument);
  const paths = isName
    ? await datasetCaptures(argument, 'results')
    : (await findCaptures([argument], process.cwd())).paths;
  const options = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: KEPT } as const;
  const { sessions } = await assembleSessions(paths, options);
  return { name: basename(argument), traffic: describeTraffic(sessions) };
}

const number = (value: number): string =>
  value >= 1000 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));

function quantile(values: Float64Array, percent: number): string {
  if (values.length === 0) return '–';
  return number(values[Math.max(1, Math.ceil((percent * values.length) / 100)) - 1]!);
}

function mean(values: Float64Array): string {
  return values.length === 0 ? '–' : number(values.reduce((sum, value) => sum + value, 0) / values.length);
}

/** The most frequent ones with their shares. */
function common(counts: ReadonlyMap<string, number>, place: number): string {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const ranked = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const entry = ranked[place];
  return entry === undefined ? '' : `${entry[0]} ${((100 * entry[1]) / all).toFixed(0)}%`;
}

function table(columns: readonly Column[]): string {
  const rows: string[][] = [['', ...columns.map(({ name }) => name)]];
  const row = (label: string, of: (traffic: Traffic) => string): void => {
    rows.push([label, ...columns.map(({ traffic }) => of(traffic))]);
  };
  row('sessions', ({ sessions }) => formatCount(sessions));
  for (const [key, label] of Object.entries(NUMERIC) as [NumericName, string][]) {
    row(`${label}, mean`, ({ values }) => mean(values[key]));
    for (const percent of QUANTILES) row(`  ${percent}%`, ({ values }) => quantile(values[key], percent));
  }
  for (const [key, label] of Object.entries(NAMED) as [NamedName, string][]) {
    row(`${label}, different`, ({ counts }) => formatCount(counts[key].size));
    for (let place = 0; place < MOST_NAMES; place++)
      row(place === 0 ? '  most frequent' : '', ({ counts }) => common(counts[key], place));
  }
  const first = columns[0]!.traffic;
  for (const [key, label] of Object.entries(NUMERIC) as [NumericName, string][])
    row(`distance: ${label}`, ({ values }) => distanceOfValues(first.values[key], values[key]).toFixed(2));
  for (const [key, label] of Object.entries(NAMED) as [NamedName, string][])
    row(`distance: ${label}`, ({ counts }) => distanceOfNames(first.counts[key], counts[key]).toFixed(2));
  return alignColumns(rows, `l${'r'.repeat(columns.length)}`).join('\n');
}

const NOTE =
  `\nOf each session the first ${KEPT} packets; no idle timeout. Distances from the first column: Kolmogorov–Smirnov of` +
  '\nnumbers, total variation of names; 0 is the same, 1 has nothing in common.\n';

const USAGE = `Usage: npm run synth:compare -- NAME|CAPTURE|FOLDER|GLOB …

Examples:
  npm run synth:compare -- synthetic-office office.pcap
  npm run synth:compare -- synthetic-office synthetic-bigflows 'captures/**/*.pcap'
`;

const given = process.argv.slice(2);
if (given.length === 0 || given.includes('--help')) process.stdout.write(USAGE);
else {
  try {
    const columns: Column[] = [];
    for (const argument of given) columns.push(await column(argument));
    process.stdout.write(`${table(columns)}\n${NOTE}`);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    process.stderr.write(`${error.faults.map((fault) => formatFault(fault)).join('\n')}\n`);
    process.exitCode = error.exitCode;
  }
}
