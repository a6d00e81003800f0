/** The labels of a data set: its label files, each for its day, joined to sessions. */
import { resolve } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  applyRules,
  asOtherwise,
  estimateOffset,
  joinLabels,
  type LabelAccount,
  type LabelRules,
  type LabelTable,
  type OffsetEstimate,
  parseRules,
  readLabels,
  readRules,
  type SessionLabels,
  withFallback,
} from '../label/index.ts';
import type { SessionTable } from '../session/index.ts';
import type { CapturesManifest } from '../spec/index.ts';

/** Everything that label files of a data set say. */
export interface DatasetLabels {
  /** null where there are rules or no label files. */
  readonly table: LabelTable | null;
  readonly rules: LabelRules | null;
  /** The labels of days without label files, as rules with the times of the days; null where there are none. */
  readonly otherwise: LabelRules | null;
  readonly clockOffset: number | null;
}

/** The labels of sessions, and the clock offset that they were joined with. */
export interface LabelledSessions extends SessionLabels {
  /** Seconds; null where labels have no times. */
  readonly offset: number | null;
  /** How it was found; null where it was given. */
  readonly estimate: OffsetEstimate | null;
  readonly account: LabelAccount | null;
}

/** What says which label files there are and how they are to be read: a manifest, or as much of one. */
export interface LabelSource {
  readonly name: string;
  readonly labels: CapturesManifest['labels'];
  readonly days: readonly Pick<CapturesManifest['days'][number], 'name' | 'date' | 'labels' | 'otherwise'>[];
}

/**
 * Reads the label files of days of a data set.
 *
 * @param days by their names; all when empty
 * @throws FaultError (usage) when the data set has no labels; (data) when a file is missing or of another format
 */
export async function readDatasetLabels(
  manifest: LabelSource,
  folder: string,
  days: readonly string[] = [],
): Promise<DatasetLabels> {
  const { labels } = manifest;
  if (labels === null)
    throw new FaultError(
      {
        place: `data set ${manifest.name}`,
        problem: 'has no labels',
        cure: 'choose a labelled one: see `sessionlab data list`',
      },
      ExitCode.usage,
    );
  const chosen = manifest.days.filter(({ name }) => days.length === 0 || days.includes(name));
  const { format, clockOffset } = labels;
  const otherwise = chosen.flatMap(({ otherwise: label, date }) => {
    if (label === null) return [];
    return [date === null ? { label } : { label, start: `${date}T00:00:00`, end: `${date}T23:59:59.999` }];
  });
  const common = {
    otherwise: otherwise.length === 0 ? null : parseRules({ rules: otherwise }, `data set ${manifest.name}`),
    clockOffset,
  };
  const files = chosen.flatMap(({ labels: paths, date }) =>
    paths.map((path) => ({ path: resolve(folder, path), ...(date === null ? {} : { day: date }) })),
  );
  if (format === 'rules') {
    const sets = await Promise.all(files.map(({ path }) => readRules(path)));
    const rules = sets.flatMap((set) => set.rules);
    return {
      ...common,
      table: null,
      rules: { rules, otherwise: sets.find((set) => set.otherwise !== null)?.otherwise ?? null },
    };
  }
  const table = files.length === 0 ? null : await readLabels(files, format);
  return { ...common, table, rules: null };
}

/**
 * Labels sessions; the clock offset is estimated where nobody gave one.
 *
 * @throws FaultError (data) when the estimate is weak
 */
export function labelSessions(sessions: SessionTable, labels: DatasetLabels): LabelledSessions {
  const { table, rules, otherwise, clockOffset } = labels;
  const timed = table !== null && table.account.firstTime !== null;
  const estimate = timed && clockOffset === null ? estimateOffset(sessions, table) : null;
  const offset = clockOffset ?? estimate?.offset ?? null;
  const parts: SessionLabels[] = [];
  if (table !== null) parts.push(joinLabels(sessions, table, offset ?? 0));
  if (rules !== null) parts.push(applyRules(sessions, rules, offset ?? 0));
  if (otherwise !== null) parts.push(asOtherwise(applyRules(sessions, otherwise, offset ?? 0)));
  const none = applyRules(sessions, { rules: [], otherwise: null });
  const joined = parts.reduce((first, second) => withFallback(first, second), none);
  return { ...joined, offset, estimate, account: table?.account ?? null };
}
