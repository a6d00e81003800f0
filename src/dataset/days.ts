/** What the days of a data set hold: their files, and the sessions and labels of what is there. */
import { findCaptures } from '../capture/index.ts';
import { type Fault, FaultError } from '../fault/index.ts';
import { assembleSessions } from '../session/index.ts';
import type { CapturesManifest } from '../spec/index.ts';
import { createTransfer, displayPath, type Reporter } from '../text/index.ts';
import { type LabelledSessions, labelSessions, readDatasetLabels } from './labels.ts';
import type { LocatedDataset } from './locate.ts';
import { type FileState, filesOf, lookAt } from './store.ts';

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

/**
 * Looks at days of a data set, and reads those whose captures are there.
 *
 * @param names of days; all when empty
 */
export async function inspectDays(
  located: LocatedDataset,
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
  { manifest, folder }: LocatedDataset,
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
