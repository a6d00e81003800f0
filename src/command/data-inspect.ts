/** `sessionlab data inspect`: the days of a data set, its files, and the sessions and labels of what is there. */
import { findCaptures } from '../capture/index.ts';
import {
  type FileState,
  filesOf,
  type LabelledSessions,
  labelSessions,
  lookAt,
  readDatasetLabels,
} from '../dataset/index.ts';
import { ExitCode, type Fault, FaultError } from '../fault/index.ts';
import { formatOffset } from '../label/index.ts';
import { assembleSessions } from '../session/index.ts';
import type { CapturesManifest } from '../spec/index.ts';
import {
  alignColumns,
  createReporter,
  createTransfer,
  displayPath,
  formatBytes,
  formatCount,
  plural,
  type Reporter,
  type Terminal,
} from '../text/index.ts';
import { type DataFlags, type Located, locate } from './data-files.ts';

export interface InspectDataFlags extends DataFlags {
  readonly json?: boolean;
}

type Day = CapturesManifest['days'][number];

/** What is found of a day. */
export interface DayFound {
  readonly day: Day;
  readonly files: readonly { readonly path: string; readonly found: FileState }[];
  /** null where a capture is missing. */
  readonly read: {
    readonly packets: number;
    readonly sessions: number;
    /** null where the data set has no labels, or label files are missing. */
    readonly labels: Pick<LabelledSessions, 'counts' | 'offset' | 'estimate'> | null;
  } | null;
  /** Why captures or labels that are there cannot be used. */
  readonly faults: readonly Fault[];
}

/** Prints a data set. */
export async function inspectData(name: string, flags: InspectDataFlags, output: Terminal): Promise<void> {
  const located = await locate(name, flags.data);
  if ('recipe' in located) {
    const text =
      flags.json === true
        ? JSON.stringify(located, null, 2)
        : `${name}: ${located.description}\n\nrecipe ${JSON.stringify(located.recipe, null, 2)}\n\nMake its capture with: sessionlab data synth ${name} --out ${name}.pcap`;
    output.write(`${text}\n`);
    return;
  }
  const report = createReporter(output, process.stderr);
  const days = await inspectDays(located, flags.day ?? [], report);
  report.clear();
  output.write(
    flags.json === true ? `${JSON.stringify({ ...located, days }, null, 2)}\n` : formatDataset(located, days),
  );
  const faults = days.flatMap((found) => found.faults);
  if (faults.length > 0) throw new FaultError(faults, ExitCode.data);
}

/**
 * Looks at days of a data set, and reads those whose captures are there.
 *
 * @param names of days; all when empty
 */
export async function inspectDays(
  located: Located,
  names: readonly string[],
  report: Reporter,
): Promise<readonly DayFound[]> {
  const { manifest } = located;
  filesOf(manifest, names); // refuses days that there are not
  const chosen = manifest.days.filter(({ name }) => names.length === 0 || names.includes(name));
  const found = new Map<Day, DayFound>();
  let offset: number | null = null;
  // A day without label files is labelled by the calendar, with the clock offset of those that have some.
  const order = chosen.toSorted((a, b) => Number(b.labels.length > 0) - Number(a.labels.length > 0));
  for (const day of order) {
    const looked = await inspectDay(located, day, offset, report);
    offset ??= looked.read?.labels?.offset ?? null;
    found.set(day, looked);
  }
  return chosen.map((day) => found.get(day)!);
}

async function inspectDay(
  { manifest, folder }: Located,
  day: Day,
  offset: number | null,
  report: Reporter,
): Promise<DayFound> {
  const wanted = manifest.files.filter(({ path }) => [...day.captures, ...day.labels].includes(path));
  const looked = await lookAt(wanted, folder);
  const files = looked.map(({ file, found }) => ({ path: file.path, found }));
  const there = (paths: readonly string[]) =>
    paths.every((path) => files.find((file) => file.path === path)?.found.state !== 'missing');
  const faults: Fault[] = looked.flatMap(({ path, found }) =>
    found.state === 'wrong' ? [{ place: displayPath(path), problem: found.problem }] : [],
  );
  if (!there(day.captures) || faults.length > 0) return { day, files, read: null, faults };
  try {
    const { paths } = await findCaptures(day.captures, folder);
    const transfer = createTransfer();
    const options = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 1 } as const;
    const { sessions, account } = await assembleSessions(paths, options, ({ bytes, totalBytes }) => {
      transfer.advance(bytes);
      report.status(() => `${day.name}: ${transfer.text(totalBytes)}`);
    });
    const read = { packets: account.packets, sessions: sessions.count, labels: null };
    const labelled = manifest.labels !== null && (day.labels.length > 0 || day.otherwise !== null);
    if (!labelled || !there(day.labels)) return { day, files, read, faults };
    try {
      report.status(() => `${day.name}: labels …`);
      const labels = await readDatasetLabels(manifest, folder, [day.name]);
      // Days without label files follow the clock that the others were found to have.
      const clockOffset = labels.clockOffset ?? (labels.table === null ? offset : null);
      const { counts, offset: used, estimate } = labelSessions(sessions, { ...labels, clockOffset });
      return { day, files, read: { ...read, labels: { counts, offset: used, estimate } }, faults };
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return { day, files, read, faults: error.faults.map((fault) => ofDay(fault, day)) };
    }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { day, files, read: null, faults: error.faults.map((fault) => ofDay(fault, day)) };
  }
}

const ofDay = (fault: Fault, day: Day): Fault => ({ ...fault, place: `${day.name}: ${fault.place}` });

/** Days and files as text, ending with a line break. */
export function formatDataset({ manifest, folder }: Located, days: readonly DayFound[]): string {
  const { description, source, notes, labels } = manifest;
  const lines = [`${manifest.name}: ${description}`, ''];
  const facts: string[][] = [['folder', displayPath(folder)]];
  if (source.page !== null) facts.push(['page', source.page]);
  facts.push(['licence', source.licence ?? 'none published']);
  if (source.citation !== null) facts.push(['citation', source.citation]);
  if (labels !== null) facts.push(['labels', `${labels.format}; ${clockText(labels.clockOffset)}`]);
  lines.push(...alignColumns(facts, 'll'));
  for (const found of days) lines.push('', ...dayLines(found));
  const missing = days.flatMap(({ files }) => files).filter(({ found }) => found.state === 'missing');
  if (missing.length > 0) {
    const files = plural(missing.length, 'file is', 'files are');
    lines.push('', `${files} missing: sessionlab data fetch ${manifest.name} gets them or says how`);
  }
  if (notes.length > 0) lines.push('', 'Notes', ...notes.map((note) => `  ${note}`));
  return `${lines.join('\n')}\n`;
}

const clockText = (offset: number | null): string =>
  offset === null ? 'the clock offset is estimated' : `clock offset ${formatOffset(offset)}`;

function dayLines({ day, files, read }: DayFound): readonly string[] {
  const marks = [
    day.date,
    day.article === null ? null : `the article's day for ${day.article === 'train' ? 'training' : 'testing'}`,
    day.flows === null ? null : `${formatCount(day.flows)} flows published`,
    day.attackFlows === null ? null : `${formatCount(day.attackFlows)} of them attacks`,
  ].filter((mark) => mark !== null);
  const lines = [`${day.name}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`];
  if (day.note !== null) lines.push(`  ${day.note}`);
  lines.push(
    ...alignColumns(
      files.map(({ path, found }) => [
        path,
        found.state === 'wrong' ? found.problem : 'bytes' in found ? formatBytes(found.bytes) : found.state,
      ]),
      'lr',
    ),
  );
  if (read === null) return lines;
  lines.push(`  ${formatCount(read.packets)} packets, ${formatCount(read.sessions)} sessions`);
  if (read.labels === null) return lines;
  const { counts, offset, estimate } = read.labels;
  if (offset !== null) {
    const rival = estimate?.runnerUp ?? null;
    const how =
      estimate === null
        ? 'given'
        : `estimated: it fits ${formatCount(estimate.support)} of ${formatCount(estimate.voters)} sessions that have a label` +
          (rival === null
            ? ''
            : `, the next best ${formatOffset(rival.offset)} fits ${formatCount(rival.support)}`);
    lines.push(`  clock offset ${formatOffset(offset)}, ${how}`);
  }
  const rows = counts.byLabel.map(({ name, sessions }) => [formatCount(sessions), name]);
  rows.push([formatCount(counts.conflicting), 'conflicting labels'], [formatCount(counts.none), 'no label']);
  lines.push(...alignColumns(rows, 'rl'));
  lines.push(
    `  labelled by one label ${formatCount(counts.exact)}, by several that agree ${formatCount(counts.agreeing)}, by the day ${formatCount(counts.otherwise)}`,
  );
  return lines;
}
