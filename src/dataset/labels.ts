/** The labels of a data set: its label files, each for its day, joined to sessions. */
import { resolve } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  applyRules,
  asOtherwise,
  checkMeanings,
  estimateOffset,
  type JoinedLabels,
  joinLabels,
  type LabelAccount,
  type LabelNames,
  type LabelRules,
  type LabelTable,
  leftOutText,
  type Meaning,
  meaningsOf,
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
  /** Which names are normal. */
  readonly said: LabelNames;
}

/** The labels of sessions, and the clock offset that they were joined with. */
export interface LabelledSessions extends SessionLabels {
  /** Seconds; null where labels have no times. */
  readonly offset: number | null;
  /** How it was found; null where it was given. */
  readonly estimate: OffsetEstimate | null;
  readonly account: LabelAccount | null;
  /** What each of `names` means. */
  readonly meanings: readonly Meaning[];
  /** Labels of the table that no session met, by name. */
  readonly unmatched: JoinedLabels['unmatched'];
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
 * @throws FaultError (usage) when the data set has no labels; (data) when a file is missing or of another format, when
 *   none of its records is a label, or when names may be normal or not and nobody says which
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
  const { format, clockOffset, timeFormat } = labels;
  const place = `labels of ${manifest.name}`;
  const otherwise = chosen.flatMap(({ otherwise: label, date }) => {
    if (label === null) return [];
    return [date === null ? { label } : { label, start: `${date}T00:00:00`, end: `${date}T23:59:59.999` }];
  });
  const common = {
    otherwise: otherwise.length === 0 ? null : parseRules({ rules: otherwise }, `data set ${manifest.name}`),
    clockOffset,
    said: labels,
  };
  const files = chosen.flatMap(({ labels: paths, date }) =>
    paths.map((path) => ({ path: resolve(folder, path), ...(date === null ? {} : { day: date }) })),
  );
  if (format === 'rules') {
    const sets = await Promise.all(files.map(({ path }) => readRules(path)));
    const list = sets.flatMap((set) => set.rules);
    const rules = { rules: list, otherwise: sets.find((set) => set.otherwise !== null)?.otherwise ?? null };
    const names = [...list.map(({ label }) => label), ...(rules.otherwise === null ? [] : [rules.otherwise])];
    checkMeanings(countsOf(names), labels, place);
    return { ...common, table: null, rules };
  }
  const table = files.length === 0 ? null : await readLabels(files, format, { timeFormat });
  if (table !== null) {
    const { account } = table;
    if (account.records > 0 && table.count === 0) throw noneRead(account);
    checkMeanings(account.labels, labels, place);
  }
  return { ...common, table, rules: null };
}

/** Names, and how often each is there. */
function countsOf(names: readonly string[]) {
  return [...new Set(names)].map((name) => ({
    name,
    records: names.filter((one) => one === name).length,
  }));
}

function noneRead(account: LabelAccount): FaultError {
  const { files } = account;
  return new FaultError(
    {
      place: files.length === 1 ? files[0]!.path : `${files.length} label files`,
      problem: `no record is a label: ${leftOutText(account)}`,
      cure: 'mend the file or say how it is written ("format", "timeFormat" of the labels)',
    },
    ExitCode.data,
  );
}

/**
 * Labels sessions; the clock offset is estimated where nobody gave one.
 *
 * @throws FaultError (data) when the estimate is weak
 */
export function labelSessions(sessions: SessionTable, labels: DatasetLabels): LabelledSessions {
  const { table, rules, otherwise, clockOffset, said } = labels;
  const timed = table !== null && table.account.firstTime !== null;
  const estimate = timed && clockOffset === null ? estimateOffset(sessions, table) : null;
  const offset = clockOffset ?? estimate?.offset ?? null;
  const parts: SessionLabels[] = [];
  const joinedTable = table === null ? null : joinLabels(sessions, table, offset ?? 0, { said });
  if (joinedTable !== null) parts.push(joinedTable);
  if (rules !== null) parts.push(applyRules(sessions, rules, offset ?? 0));
  if (otherwise !== null) parts.push(asOtherwise(applyRules(sessions, otherwise, offset ?? 0)));
  const none = applyRules(sessions, { rules: [], otherwise: null });
  const joined = parts.reduce((first, second) => withFallback(first, second), none);
  return {
    ...joined,
    offset,
    estimate,
    account: table?.account ?? null,
    meanings: meaningsOf(joined.names, said),
    unmatched: joinedTable?.unmatched ?? [],
  };
}
