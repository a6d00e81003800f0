/** `sessionlab inspect`: what captures hold, what is made of it, and what is left out and why. */
import { Command, Option } from 'commander';
import {
  type CaptureTime,
  displayPath,
  findCaptures,
  type Progress,
  type Spooled,
  spoolStandardInput,
  type Tunnels,
} from '../capture/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { datasetCaptures } from '../run/index.ts';
import {
  assembleSessions,
  backText,
  type CaptureAccount,
  type Quantiles,
  quantiles,
  type SessionSummary,
  summariseSessions,
} from '../session/index.ts';
import { DATA_HELP } from './spec-options.ts';

/** Everything that inspect tells. */
export interface Inspection extends CaptureAccount, SessionSummary {
  /** Seconds; null: never. */
  readonly idleTimeout: number | null;
  /** Header bytes of packets: quantiles. */
  readonly headerBytes: Quantiles | null;
}

/** How captures are read. */
export interface InspectOptions {
  readonly idleTimeout?: number | null;
  readonly tunnels?: Tunnels;
}

/**
 * Inspects captures.
 *
 * @param captures files, folders or globs, relative to the working folder
 * @throws FaultError (data) when one is missing or is no capture
 */
export async function inspect(
  captures: readonly string[],
  options: InspectOptions = {},
  progress?: (progress: Progress) => void,
): Promise<Inspection> {
  const found = await findCaptures(captures, process.cwd());
  const idleTimeout = options.idleTimeout ?? null;
  const { tunnels = 'outer' } = options;
  const sessionOptions = {
    protocols: ['tcp', 'udp'],
    idleTimeout,
    minPackets: 1,
    maxPackets: 1,
    tunnels,
  } as const;
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

const MOST_FILES = 10;
const MOST_LENGTHS = 5;

/** An inspection as text for a terminal, ending with a line break. */
export function formatInspection(inspection: Inspection): string {
  const { files, packets, sessions, firstTime, lastTime, linkTypes, leftOut, warnings } = inspection;
  const lines: string[] = [];
  const fact = (name: string, text: string): void => {
    lines.push(`${name.padEnd(20)}  ${text}`);
  };
  lines.push(`${plural(files.length, 'capture')}, ${number(inspection.bytes)} bytes`);
  const width = Math.max(...files.slice(0, MOST_FILES).map(({ path }) => displayPath(path).length));
  for (const file of files.slice(0, MOST_FILES))
    lines.push(
      `  ${displayPath(file.path).padEnd(width)}  ${file.format}  ${plural(file.packets, 'packet')}`,
    );
  if (files.length > MOST_FILES) lines.push(`  … and ${files.length - MOST_FILES} more (all with --json)`);
  lines.push('');
  fact('packets', `${number(packets)} (${number(inspection.wireBytes)} bytes on the wire)`);
  if (firstTime !== null && lastTime !== null) {
    fact('from', utc(firstTime));
    fact('to', `${utc(lastTime)} (${number(seconds(firstTime, lastTime))} s)`);
  }
  for (const { linkType, name, packets: count } of linkTypes)
    fact(`link type ${linkType}`, `${name}: ${plural(count, 'packet')}`);
  const timeout =
    inspection.idleTimeout === null ? 'no idle timeout' : `idle timeout ${inspection.idleTimeout} s`;
  fact(
    'sessions',
    `${number(sessions)} (TCP ${number(inspection.tcp)}, UDP ${number(inspection.udp)}; ${timeout})`,
  );
  fact(
    'in both directions',
    `${number(inspection.bidirectional)}${share(inspection.bidirectional, sessions)}`,
  );
  const began = inspection.initiators.map(({ evidence, sessions: count }) => `${evidence} ${number(count)}`);
  if (began.length > 0) fact('initiator by', began.join(', '));
  if (inspection.secondSyn > 0)
    fact('ports used again', `a second SYN in ${plural(inspection.secondSyn, 'session')}`);
  if (inspection.severalNetworks > 0)
    fact(
      'several networks',
      `VLANs or virtual networks, in ${plural(inspection.severalNetworks, 'session')}`,
    );
  if (inspection.backwards.records > 0)
    fact(
      'out of time order',
      `${plural(inspection.backwards.records, 'record')} by up to ${backText(inspection.backwards.seconds)}, in ${plural(inspection.outOfOrder.sessions, 'session')}`,
    );
  if (inspection.copies > 0)
    fact('copies of packets', `${number(inspection.copies)}${share(inspection.copies, packets)}`);
  for (const { tunnel, packets: count } of inspection.tunnels)
    fact(`carried by ${tunnel}`, `${plural(count, 'packet')}${share(count, packets)}`);
  if (files.length > 1)
    fact(
      'joined across files',
      `${plural(inspection.joinedAcrossFiles, 'continuation')} of a session in another file`,
    );
  fact('packets per session', formatQuantiles(inspection.packetsPerSession));
  fact('header bytes', formatQuantiles(inspection.headerBytes));
  const common = [...inspection.headerLengths]
    .sort((a, b) => b.packets - a.packets || a.bytes - b.bytes)
    .slice(0, MOST_LENGTHS)
    .map(({ bytes, packets: count }) => `${bytes}${share(count, inspection.keptPackets)}`);
  if (common.length > 0) fact('most common', common.join(', '));
  fact('packets in sessions', `${number(inspection.keptPackets)}${share(inspection.keptPackets, packets)}`);
  const left = packets - inspection.keptPackets;
  fact('packets left out', `${number(left)}${share(left, packets)}`);
  for (const { reason, packets: count, first } of [...leftOut].sort((a, b) => b.packets - a.packets))
    lines.push(`  ${number(count).padStart(10)}  ${reason}${first === '' ? '' : `; first ${first}`}`);
  if (warnings.length > 0) lines.push('', plural(warnings.length, 'warning'));
  for (const warning of warnings) lines.push(`  ${warning}`);
  return `${lines.join('\n')}\n`;
}

/** The command, to be mounted in the table of commands. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .summary('show what captures hold, and what would be left out and why')
    .description(
      'Reads captures (pcap or pcapng, plain, gzip or zstd) as one data set and shows packets, time span, link types, ' +
        'sessions, header lengths, and every packet that belongs to no session, counted by reason.',
    )
    .argument('[captures...]', 'capture files, folders (searched to any depth) or globs; - is standard input')
    .option('--dataset <name>', 'the captures of a data set, or of its synthetic network')
    .option('--data <folder>', DATA_HELP)
    .option('--out <folder>', 'where the captures of synthetic networks are kept', 'results')
    .option('--idle-timeout <seconds>', 'a longer gap between two packets begins a new session', parseSeconds)
    .addOption(
      new Option('--tunnels <which>', 'whose packets make sessions where one is carried by another')
        .choices(['outer', 'inner'])
        .default('outer'),
    )
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', examples)
    .action(async (captures: string[], options: InspectFlags, command: Command) => {
      const progress = process.stderr.isTTY ? showProgress() : undefined;
      const idleTimeout = options.idleTimeout ?? null;
      const { patterns, remove } = await capturesOf(captures, options);
      const inspection = await inspect(
        patterns,
        { idleTimeout, tunnels: options.tunnels },
        progress?.update,
      ).finally(remove);
      progress?.clear();
      const text = options.json
        ? `${JSON.stringify(toJson(inspection), null, 2)}\n`
        : formatInspection(inspection);
      command.configureOutput().writeOut?.(text);
    });
}

interface InspectFlags {
  readonly idleTimeout?: number;
  readonly json?: boolean;
  readonly dataset?: string;
  readonly data?: string;
  readonly out: string;
  readonly tunnels: Tunnels;
}

/** What is to be inspected, as files. */
async function capturesOf(
  captures: readonly string[],
  { dataset, data, out }: InspectFlags,
): Promise<Spooled> {
  if (dataset === undefined && captures.length > 0) return spoolStandardInput(captures);
  if (dataset === undefined || captures.length > 0)
    throw new FaultError({
      place: 'sessionlab inspect',
      problem: dataset === undefined ? 'no capture is named' : 'both captures and --dataset say what to read',
      cure: 'name captures, or a data set with --dataset',
    });
  return { patterns: await datasetCaptures(dataset, out, data), remove: () => undefined };
}

const examples = `
Examples:
  $ sessionlab inspect office.pcap
  $ sessionlab inspect captures/                  every capture below the folder, as one data set
  $ sessionlab inspect 'day-*.pcapng.gz' --idle-timeout 60
  $ sessionlab inspect office.pcap --json | jq .leftOut
  $ sessionlab inspect --dataset bigflows
  $ ssh gateway cat office.pcap.zst | sessionlab inspect -

Ends with 3 when a capture is missing or is none.`;

/** Times also in a form that people read. */
export function toJson(inspection: Inspection): object {
  const time = (value: CaptureTime | null): object | null =>
    value === null ? null : { ...value, utc: utc(value) };
  return { ...inspection, firstTime: time(inspection.firstTime), lastTime: time(inspection.lastTime) };
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new FaultError(
    {
      place: '--idle-timeout',
      problem: `got ${text}, must be more than 0 seconds`,
      cure: 'use 60, for example',
    },
    ExitCode.usage,
  );
}

/** A line on the terminal that shows how far the reading is, at most once a percent. */
function showProgress(): { update: (progress: Progress) => void; clear: () => void } {
  let shown = -1;
  return {
    update({ bytes, totalBytes, packets }) {
      const percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
      if (percent === shown) return;
      shown = percent;
      process.stderr.write(`\rreading: ${percent}%, ${number(packets)} packets`);
    },
    clear() {
      if (shown >= 0) process.stderr.write('\r\x1b[K');
    },
  };
}

/** Grouped by thousands, at most three decimals; the same on every machine. */
function number(value: number): string {
  const [whole, decimals] = String(Math.round(value * 1000) / 1000).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)}%)`;
}

function formatQuantiles(value: Quantiles | null): string {
  if (value === null) return 'none';
  const { min, p5, p25, p50, p75, p95, max } = value;
  return `min ${number(min)}, 5% ${number(p5)}, 25% ${number(p25)}, median ${number(p50)}, 75% ${number(p75)}, 95% ${number(p95)}, max ${number(max)}`;
}

function seconds(from: CaptureTime, to: CaptureTime): number {
  return to.seconds - from.seconds + (to.nanoseconds - from.nanoseconds) / 1e9;
}

/** `2016-04-11T09:15:02.123456789Z`; seconds since 1970 where no calendar reaches. */
function utc({ seconds: whole, nanoseconds }: CaptureTime): string {
  const fraction = String(nanoseconds).padStart(9, '0');
  if (Math.abs(whole) > 8.64e12) return `${whole}.${fraction} s since 1970`;
  return new Date(whole * 1000).toISOString().replace(/\.\d+Z$/, `.${fraction}Z`);
}
