/** Reads tables of predictions back: those of a run, or of anybody else. */
import Type from 'typebox';
import type { BaselineScores } from '../baseline/index.ts';
import { Protocol } from '../capture/index.ts';
import { addressIn, applicationOf, type Predictions, portIn } from '../evaluation/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { type Clustering, clusteringsOf } from '../statistics/index.ts';
import { csvCells, displayPath } from '../text/index.ts';
import { misfit } from './check.ts';
import { tableLines } from './table-text.ts';

/** N sessions as a table has them; null for what it has no column for. */
export interface ReadPredictions extends Predictions {
  /** [N]: ids of the sessions; null unless every line has one that is a whole number. */
  readonly sessions: Uint32Array | null;
  /** [N]: whole seconds since 1970; null unless every line has the time at which the session began (ISO 8601). */
  readonly starts: Float64Array | null;
  /** 'normal' first. */
  readonly kindNames: readonly string[];
  /** [N] */
  readonly kinds: Uint8Array;
  /** [N]: predicted classes as the table states them, 255 for what is no class; nothing here follows from them. */
  readonly stated: Uint8Array | null;
  readonly applications: readonly string[] | null;
  readonly pairKnown: Uint8Array | null;
  readonly baselines: readonly BaselineScores[];
  /** By the hosts at both ends; none where it does not name them. */
  readonly clusterings: readonly Clustering[];
  /** [N] each: the addresses of its hosts, as captured; null where it does not name them. */
  readonly hosts: { readonly initiators: readonly string[]; readonly responders: readonly string[] } | null;
}

const NORMAL = 'normal';
const SCORE = 'score_';
/** Classes and kinds are numbered with a byte. */
const MOST = 256;
const FINITE = Type.Number({
  minimum: -Number.MAX_VALUE,
  maximum: Number.MAX_VALUE,
  'x-expected': 'a number',
});

/**
 * A table, its columns separated by commas, or by semicolons or tabs (then numbers may have decimal commas), with a column `label` (the actual class) and a column `p_<class>` for every class, `p_normal` among them. It may
 * have the others that predictions.csv has: `kind`, `application` (or `protocol` and `responder`), `pair`, `start`, `initiator` and
 * `responder` (with or without a port: whose sessions belong together), `session` (lines of one are of one session), and
 * `score_<baseline>`, which is above 0 for what the baseline calls anomalous.
 *
 * @throws FaultError (data) when it cannot be read or something in it is wrong, with the line
 */
export async function readPredictions(path: string): Promise<ReadPredictions> {
  const file = displayPath(path);
  let reader: Reader | null = null;
  let separator = ',';
  try {
    for await (const [line, number] of tableLines(path)) {
      const place = `${file}: line ${number}`;
      if (reader === null) separator = separatorOf(line);
      const cells = csvCells(line, separator);
      if (cells === null)
        throw fault(place, 'a quote does not end', 'write CSV as of RFC 4180, a session a line');
      if (reader === null) reader = createReader(cells, file, separator !== ',');
      else if (line !== '') reader.add(cells, place);
    }
  } catch (error) {
    if (error instanceof FaultError || !(error instanceof Error) || !('code' in error)) throw error;
    throw fault(
      file,
      `cannot be read (${String(error.code)})`,
      'name a predictions.csv, or the folder of a run',
    );
  }
  if (reader === null) throw fault(file, 'is empty', 'its first line must name the columns');
  return reader.end();
}

function fault(place: string, problem: string, cure: string): FaultError {
  return new FaultError({ place, problem, cure }, ExitCode.data);
}

type Reader = ReturnType<typeof createReader>;
type Row = Readonly<Record<string, string | number>>;

/** That with which the first line names the columns that must be there; else a comma. */
const separatorOf = (head: string): string =>
  [',', ';', '\t'].find((separator) => {
    const names = csvCells(head, separator) ?? [];
    return names.includes('label') && names.some((name) => name.startsWith('p_'));
  }) ?? ',';

/** @param commas whether a number may have a comma for its point */
function createReader(columns: readonly string[], file: string, commas: boolean) {
  const head = `${file}: line 1`;
  for (const name of ['label', `p_${NORMAL}`]) {
    if (columns.includes(name)) continue;
    const near = suggest(name, columns);
    const cure = near === undefined ? 'name it in the first line' : `did you mean "${near}"?`;
    throw fault(head, `there is no column "${name}"`, cure);
  }
  const others = columns.filter((name) => name.startsWith('p_') && name !== `p_${NORMAL}`);
  const classes = [NORMAL, ...others.map((name) => name.slice(2))];
  if (classes.length < 2 || classes.length > MOST) {
    const problem = `has ${classes.length} columns p_<class>, must be from 2 to ${MOST}`;
    throw fault(head, problem, 'add p_anomalous');
  }
  const scores = columns.filter((name) => name.startsWith(SCORE));
  const probability = Type.Number({ minimum: 0, maximum: 1.000001, 'x-expected': 'a number from 0 to 1' });
  const schema = Type.Object({
    label: Type.Enum(classes),
    ...(columns.includes('pair') ? { pair: Type.Enum(['known', 'new']) } : {}),
    ...Object.fromEntries(classes.map((name) => [`p_${name}`, probability])),
    ...Object.fromEntries(scores.map((name) => [name, FINITE])),
  });
  const has = (...names: readonly string[]) => names.every((name) => columns.includes(name));
  const applicationOfRow = has('application')
    ? (row: Row) => String(row.application)
    : has('protocol', 'responder')
      ? (row: Row) => applicationBy(String(row.protocol), String(row.responder))
      : null;

  const rows = {
    labels: [] as number[],
    kinds: [] as number[],
    pairs: [] as number[],
    stated: [] as number[],
    sessions: [] as number[],
    starts: [] as number[],
  };
  const hosts = has('initiator', 'responder')
    ? { initiators: [] as string[], responders: [] as string[] }
    : null;
  const sessions: (string | number)[] = [];
  const applications: string[] = [];
  const probabilities: number[] = [];
  const scored = scores.map((): number[] => []);
  const kindNumbers = new Map([[NORMAL, 0]]);
  return {
    add(cells: readonly string[], place: string): void {
      const refuse = (problem: string) => fault(place, problem, 'correct the table');
      if (cells.length !== columns.length)
        throw refuse(`has ${cells.length} cells, expected ${columns.length}`);
      const row: Row = Object.fromEntries(
        columns.map((name, i) => [name, isNumeric(name) ? numberIn(cells[i]!, commas) : cells[i]!]),
      );
      const problem = misfit(schema, row);
      if (problem !== null) throw refuse(problem);
      const label = String(row.label);
      rows.labels.push(classes.indexOf(label));
      const kind = String(row.kind ?? label);
      if (!kindNumbers.has(kind)) {
        if (kindNumbers.size === MOST) throw refuse(`the kind "${kind}" is the ${MOST + 1}th: use fewer`);
        kindNumbers.set(kind, kindNumbers.size);
      }
      rows.kinds.push(kindNumbers.get(kind)!);
      const session = Number(row.session);
      if (/^\d+$/.test(String(row.session)) && session <= 0xffffffff) rows.sessions.push(session);
      const start = Math.floor(Date.parse(String(row.start)) / 1000);
      if (Number.isFinite(start)) rows.starts.push(start);
      rows.stated.push(classes.indexOf(String(row.predicted)));
      rows.pairs.push(row.pair === 'known' ? 1 : 0);
      for (const name of classes) probabilities.push(Number(row[`p_${name}`]));
      if (applicationOfRow !== null) applications.push(applicationOfRow(row));
      hosts?.initiators.push(addressIn(String(row.initiator)));
      hosts?.responders.push(addressIn(String(row.responder)));
      sessions.push(row.session ?? sessions.length);
      for (const [s, name] of scores.entries()) scored[s]!.push(Number(row[name]));
    },
    end(): ReadPredictions {
      if (rows.labels.length === 0) throw fault(file, 'has no sessions', 'add a line for each');
      return {
        sessions: rows.sessions.length === rows.labels.length ? Uint32Array.from(rows.sessions) : null,
        starts: rows.starts.length === rows.labels.length ? Float64Array.from(rows.starts) : null,
        labels: Uint8Array.from(rows.labels),
        probabilities: Float32Array.from(probabilities),
        classes,
        ...inOrder(rows.kinds, [...kindNumbers.keys()], classes),
        stated: has('predicted') ? Uint8Array.from(rows.stated) : null,
        applications: applicationOfRow === null ? null : applications,
        hosts,
        clusterings: hosts === null ? [] : clusteringsOf(hosts.initiators, hosts.responders, sessions),
        pairKnown: has('pair') ? Uint8Array.from(rows.pairs) : null,
        baselines: scored.map((list, s) => {
          const values = Float32Array.from(list);
          return {
            name: scores[s]!.slice(SCORE.length),
            says: `the column ${scores[s]}`,
            ranks: values.some((score) => Math.abs(score) !== 1),
            scores: values,
            called: Uint8Array.from(values, (score) => (score > 0 ? 1 : 0)),
          };
        }),
      };
    },
  };
}

const isNumeric = (column: string): boolean => column.startsWith('p_') || column.startsWith(SCORE);

/** A number; the text itself where it is none. */
function numberIn(text: string, commas: boolean): number | string {
  const point = commas ? text.replace(/^(\s*[+-]?\d*),(?=\d)/, '$1.') : text;
  const value = point.trim() === '' ? Number.NaN : Number(point);
  return Number.isNaN(value) ? text : value;
}

/** Kinds in the order of the classes, then the others by name: what comes first in the file does not matter. */
function inOrder(kinds: readonly number[], found: readonly string[], classes: readonly string[]) {
  const others = found.filter((name) => !classes.includes(name)).sort();
  const kindNames = [...classes.filter((name) => found.includes(name)), ...others];
  const number = found.map((name) => kindNames.indexOf(name));
  return { kindNames, kinds: Uint8Array.from(kinds, (kind) => number[kind]!) };
}

/** @param responder `10.0.0.5:443` */
function applicationBy(protocol: string, responder: string): string {
  return applicationOf(protocol === 'tcp' ? Protocol.tcp : Protocol.udp, portIn(responder));
}
