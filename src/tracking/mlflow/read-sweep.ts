/** The runs of a sweep together: the content of the run that is the parent of its cells. */
import { basename } from 'node:path';
import { FaultError } from '../../fault/index.ts';
import { dataOf, listRuns, readRecord, readSpec, type SweepPlace } from '../../results/index.ts';
import { compareGroups, groupOf } from '../../sweep/index.ts';
import type { Metric, Pair } from './client.ts';
import { type RunContent, SOURCE_TAGS, textArtifact } from './content.ts';
import { limits } from './limits.ts';

/** What of a finished run of a sweep is shown with the others. */
export interface SweepRow {
  readonly cell: string;
  /** Its place in the plan; undefined of runs by older code. */
  readonly index?: number | undefined;
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly finished: number;
  readonly scores: Readonly<Record<string, number | null>>;
  /** See dataOf; undefined where it is not known. */
  readonly data?: string | undefined;
}

/** Scores of the table, as run.json calls them. */
const SCORES = ['accuracy', 'mcc', 'recall', 'falsePositiveRate', 'precision', 'f1'] as const;

/** What a sweep has from its first moment. */
export function earlySweep({ name, hash }: SweepPlace, started: number) {
  const params: readonly Pair[] = [];
  const tags: readonly Pair[] = [...SOURCE_TAGS, ['sweep hash', hash]];
  return { key: `sweep/${hash}`, name: `sweep ${name} ${hash.slice(0, 8)}`, started, params, tags };
}

/**
 * The finished runs of a sweep, from their records; what cannot be read is left out here and told where it is synced.
 *
 * @param experiment the folder of its runs: results/<name>
 */
export function readSweep(experiment: string, hash: string): readonly SweepRow[] {
  return runsInPlace(experiment).flatMap((folder): SweepRow[] => {
    try {
      const record = readRecord(folder);
      const { sweep, seed, evaluation = {}, ...times } = record;
      const [started, finished] = [Date.parse(times.started), Date.parse(times.finished)];
      if (sweep?.hash !== hash || !(started <= finished)) return [];
      const { cell, index } = sweep;
      const data = dataOf(record, readSpec(folder));
      return [{ cell, index, seed, started, finished, scores: evaluation, data }];
    } catch (error) {
      if (error instanceof FaultError) return [];
      throw error;
    }
  });
}

/** Finished runs below a folder, without repetitions that found something else. */
export function runsInPlace(folder: string): readonly string[] {
  return listRuns(folder)
    .filter(({ path, state }) => state === 'finished' && /^\d+$/.test(basename(path)))
    .map(({ path }) => path);
}

/**
 * The parent of the cells of a sweep: a table of the cells, in the order of the plan, with the means over their seeds; what
 * each adds to the first of them, paired by seed; and how many runs there were at what time. A later run adds a point and
 * changes none.
 *
 * @param rows of finished runs, at least one
 * @param goesOn whether another is under way
 */
export function sweepContent(place: SweepPlace, rows: readonly SweepRow[], goesOn: boolean): RunContent {
  const sorted = [...rows].sort(
    (a, b) => a.finished - b.finished || (a.cell < b.cell ? -1 : a.cell > b.cell ? 1 : a.seed - b.seed),
  );
  const cells = new Map<string, SweepRow[]>();
  for (const row of sorted) cells.set(row.cell, [...(cells.get(row.cell) ?? []), row]);
  const places = new Map([...cells].map(([name, of]) => [name, placeOf(of)]));
  const names = [...cells.keys()].sort().sort((a, b) => places.get(a)! - places.get(b)!);
  const table = names.map((name) => [
    name,
    cells.get(name)!.length,
    ...SCORES.map((score) => meanOf(cells.get(name)!, score)),
  ]);
  const columns = ['cell', 'seeds', ...SCORES];
  const early = earlySweep(place, Math.min(...rows.map(({ started }) => started)));
  const path = 'tables/cells.json';
  const versus = 'tables/differences.json';
  return {
    ...early,
    tags: [
      ...early.tags,
      ['mlflow.loggedArtifacts', JSON.stringify([path, versus].map((of) => ({ path: of, type: 'table' })))],
    ],
    note: noteOf(columns, table),
    points: sorted.map(
      ({ finished }, i): Metric => ({ key: 'runs/finished', value: i + 1, timestamp: finished, step: i + 1 }),
    ),
    inputs: [],
    files: [
      textArtifact(path, JSON.stringify({ columns, data: table })),
      textArtifact(versus, JSON.stringify(differencesOf(names, cells))),
    ],
    model: null,
    end: goesOn ? null : { status: 'FINISHED', time: sorted.at(-1)!.finished },
  };
}

/** Cells whose place is not known come last. */
const placeOf = (rows: readonly SweepRow[]): number =>
  Math.min(...rows.map(({ index }) => index ?? Number.MAX_SAFE_INTEGER));

/** What each cell adds to the first, with the same statistics as `sessionlab compare`: nothing is paired across data. */
function differencesOf(names: readonly string[], cells: ReadonlyMap<string, readonly SweepRow[]>) {
  const groups = names.map((name) => {
    const rows = cells.get(name)!;
    const data = [...new Set(rows.flatMap((row) => row.data ?? []))].sort().join(' ');
    const scores = new Map(rows.map((row) => [row.seed, row.scores]));
    return groupOf(name, '', scores, data === '' ? undefined : data);
  });
  const data = compareGroups(groups)
    .slice(1)
    .flatMap(({ name, against, difference }) =>
      SCORES.flatMap((score): readonly Cell[][] => {
        const { n, mean, low, high, p } = difference[score] ?? {
          n: 0,
          mean: null,
          low: null,
          high: null,
          p: null,
        };
        return [[name, score, against, n, mean, low, high, p]];
      }),
    );
  return { columns: ['cell', 'score', 'against', 'pairs', 'difference', '95% low', '95% high', 'p'], data };
}

/** null where one of them has no such score: a rate that is 0/0. */
function meanOf(rows: readonly SweepRow[], score: string): number | null {
  let sum = 0;
  for (const { scores } of [...rows].sort((a, b) => a.seed - b.seed)) {
    const value = scores[score] ?? null;
    if (value === null) return null;
    sum += value;
  }
  return sum / rows.length;
}

type Cell = string | number | null;

/** As many rows as a note takes; the table has them all. */
function noteOf(columns: readonly string[], table: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) =>
    `| ${cells.map((cell, i) => (i > 1 && typeof cell === 'number' ? cell.toFixed(4) : String(cell ?? '–').replaceAll('|', '\\|'))).join(' | ')} |`;
  const lines = [line(columns), `|---|${'---:|'.repeat(columns.length - 1)}`];
  const rest = 'All cells are in tables/cells.json.';
  let size = lines.join('\n').length + rest.length + 4;
  for (const [i, row] of table.entries()) {
    const text = line(row);
    size += text.length + 1;
    if (size > limits.tag) return `${lines.join('\n')}\n\n${table.length - i} more. ${rest}\n`;
    lines.push(text);
  }
  return `${lines.join('\n')}\n`;
}
