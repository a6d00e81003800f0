/** `sessionlab inspect`: what captures hold, what is made of it, and what is left out and why. */
import { Option } from 'commander';
import {
  findCaptures,
  type Progress,
  type Spooled,
  spoolStandardInput,
  type Tunnels,
} from '../capture/index.ts';
import { datasetCaptures } from '../data/index.ts';
import { FaultError } from '../fault/index.ts';
import { quantiles } from '../numeric/index.ts';
import { formatInspection, type Inspection, inspectionJson } from '../report/index.ts';
import { assembleSessions, summariseSessions } from '../session/index.ts';
import { readingText } from '../text/index.ts';
import { defineCommand } from './define.ts';
import { DATA_OPTION, JSON_OPTION } from './options.ts';
import { positive } from './parse.ts';

interface InspectOptions {
  readonly idleTimeout?: number;
  readonly json?: boolean;
  readonly dataset?: string;
  readonly data?: string;
  readonly out: string;
  readonly tunnels: Tunnels;
}

export const command = defineCommand({
  name: 'inspect',
  description:
    'Read captures (pcap or pcapng, plain, gzip or zstd) as one data set and show packets, time span, link types, ' +
    'sessions, header lengths, and every packet that belongs to no session, counted by reason.',
  operands: [
    ['[captures...]', 'capture files, folders (searched to any depth) or globs; - is standard input'],
  ],
  options: [
    ['--dataset <name>', 'the captures of a data set, or of its synthetic network'],
    DATA_OPTION,
    ['--out <folder>', 'where the captures of synthetic networks are kept', 'results'],
    [
      '--idle-timeout <seconds>',
      'a longer gap between two packets begins a new session',
      positive('--idle-timeout', 'seconds', 'use 60, for example'),
    ],
    new Option('--tunnels <which>', 'whose packets make sessions where one carries another')
      .choices(['outer', 'inner'])
      .default('outer'),
    JSON_OPTION,
  ],
  examples: [
    'sessionlab inspect office.pcap',
    ['sessionlab inspect captures/', 'every capture below the folder, as one data set'],
    "sessionlab inspect 'day-*.pcapng.gz' --idle-timeout 60",
    'sessionlab inspect office.pcap --json | jq .leftOut',
    'sessionlab inspect --dataset bigflows',
    'ssh gateway cat office.pcap.zst | sessionlab inspect -',
  ],
  exitCodes: { 3: 'a capture is missing or is none' },
  run: async (
    [captures]: readonly [readonly string[]],
    options: InspectOptions,
    { print, printJson, reporter, interruption },
  ) => {
    const { patterns, remove } = await capturesOf(captures, options, interruption.signal);
    const inspection = await inspect(
      patterns,
      { idleTimeout: options.idleTimeout ?? null, tunnels: options.tunnels },
      (at) => {
        interruption.check();
        reporter.status(() => readingText(at));
      },
    ).finally(remove);
    if (options.json === true) printJson(inspectionJson(inspection), 2);
    else print(formatInspection(inspection));
  },
});

/**
 * Inspects captures.
 *
 * @param captures files, folders or globs, relative to the working folder
 * @throws FaultError (data) when one is missing or is no capture
 */
export async function inspect(
  captures: readonly string[],
  options: { readonly idleTimeout?: number | null; readonly tunnels?: Tunnels } = {},
  progress?: (progress: Progress) => void,
): Promise<Inspection> {
  const found = await findCaptures(captures, process.cwd());
  const idleTimeout = options.idleTimeout ?? null;
  const { tunnels = 'outer' } = options;
  const bounds = { idleTimeout, minPackets: 1, maxPackets: 1 };
  const sessionOptions = { protocols: ['tcp', 'udp'], ...bounds, tunnels } as const;
  const { sessions, account } = await assembleSessions(found.paths, sessionOptions, progress);
  const lengths = account.headerLengths.map(({ bytes }) => bytes);
  const counts = account.headerLengths.map(({ packets }) => packets);
  return {
    ...account,
    warnings: [...found.warnings, ...account.warnings],
    ...summariseSessions(sessions),
    idleTimeout,
    headerBytes: quantiles(lengths, counts),
  };
}

/** What is to be inspected, as files. */
async function capturesOf(
  captures: readonly string[],
  { dataset, data, out }: InspectOptions,
  signal: AbortSignal,
): Promise<Spooled> {
  if (dataset === undefined && captures.length > 0)
    return spoolStandardInput(captures, process.stdin, signal);
  if (dataset === undefined || captures.length > 0)
    throw new FaultError({
      place: 'sessionlab inspect',
      problem: dataset === undefined ? 'no capture is named' : 'both captures and --dataset say what to read',
      cure: 'name captures, or a data set with --dataset',
    });
  return { patterns: await datasetCaptures(dataset, out, data), remove: () => undefined };
}
