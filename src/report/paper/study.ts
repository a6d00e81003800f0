/**
 * A study: which specs it is made of, which figures and tables out of their results, and which numbers it claims. What it says
 * holds as long as the same specs give numbers within the tolerances.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Type from 'typebox';
import { codeOf } from '../../disk/index.ts';
import { FaultError, suggest } from '../../fault/index.ts';
import { type Fitting, misfit } from '../../results/index.ts';
import { compareGroups, findGroup } from '../../sweep/index.ts';
import { displayPath, plural } from '../../text/index.ts';
import {
  figureFiles,
  indexOf,
  type ReportContents,
  type ReportFiles,
  type ReportFormat,
  tableFiles,
} from './build.ts';
import type { Figure } from './figures.ts';
import type { Table, TableCell } from './tables.ts';

/** Letters that a file may be named by everywhere. */
const name = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
  'x-expected': 'a name of letters, digits, ".", "_" and "-"',
});
const text = Type.String();
const strict = { additionalProperties: false };

const schema = Type.Object(
  {
    format: Type.Literal('sessionlab-study-1'),
    name,
    description: Type.Optional(text),
    /** By the name by which the study calls its results: the spec, from the folder of the study. */
    specs: Type.Record(text, text, { minProperties: 1 }),
    figures: Type.Array(
      Type.Object(
        {
          name,
          of: text,
          figure: text,
          columns: Type.Optional(Type.Enum([1, 2], { 'x-expected': '1 or 2' })),
          caption: Type.Optional(text),
        },
        strict,
      ),
    ),
    tables: Type.Array(Type.Object({ name, of: text, table: text, caption: Type.Optional(text) }, strict)),
    claims: Type.Array(
      Type.Object(
        {
          name: text,
          of: text,
          metric: text,
          cell: Type.Optional(text),
          /** The claim is of the mean difference from this cell, paired by seed. */
          against: Type.Optional(text),
          value: Type.Number(),
          tolerance: Type.Number({ minimum: 0 }),
        },
        strict,
      ),
    ),
  },
  strict,
);

export interface Study extends Fitting<typeof schema> {
  readonly path: string;
}

/** Reads a study. @throws FaultError (usage) when there is none, or it is none */
export function readStudy(path: string): Study {
  const refuse = (place: string, problem: string, cure: string) => new FaultError({ place, problem, cure });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw refuse(displayPath(path), `no JSON: ${error.message}`, 'see docs/report.md');
    if (codeOf(error) === undefined) throw error;
    throw refuse(displayPath(path), `cannot be read (${codeOf(error)})`, 'name the file of a study');
  }
  const problem = misfit(schema, value);
  if (problem !== null) throw refuse(displayPath(path), problem, 'see docs/report.md');
  const study = { ...(value as Fitting<typeof schema>), path };
  for (const part of ['figures', 'tables', 'claims'] as const) {
    const names = study[part].map((one) => one.name);
    for (const [i, { of }] of study[part].entries()) {
      const place = `${displayPath(path)}: /${part}/${i}`;
      if (names.indexOf(names[i]!) < i)
        throw refuse(`${place}/name`, `"${names[i]}" is there twice`, 'rename one');
      if (!(of in study.specs)) throw unknown(`${place}/of`, of, Object.keys(study.specs));
    }
  }
  return study;
}

function unknown(place: string, got: string, there: readonly string[]): FaultError {
  const near = suggest(got, there);
  return new FaultError({
    place,
    problem: `got "${got}", expected one of ${there.join(', ')}`,
    ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
  });
}

/** The file of a spec that a study names. */
export const specOf = ({ specs, path }: Study, of: string): string =>
  resolve(join(dirname(path), specs[of]!));

/** A claim, held against what was found. */
export interface CheckedClaim {
  readonly name: string;
  readonly value: number;
  readonly tolerance: number;
  /** null where the results do not have it. */
  readonly found: number | null;
  readonly seeds: number;
  readonly holds: boolean;
}

/** What the claims of a study have come to. @param reports by the names of its specs @throws FaultError (usage) for a cell that is not there */
export function checkClaims(
  { claims, path }: Study,
  reports: ReadonlyMap<string, ReportContents>,
): readonly CheckedClaim[] {
  return claims.map(({ name: claim, of, metric, cell, against, value, tolerance }, i) => {
    const { groups } = reports.get(of)!.material;
    const place = `${displayPath(path)}: /claims/${i}`;
    if (cell === undefined && groups.length > 1)
      throw unknown(
        `${place}/cell`,
        '',
        groups.map((group) => group.name),
      );
    const one = cell === undefined ? groups[0]! : findGroup(groups, cell);
    const compared = compareGroups(groups, against === undefined ? undefined : findGroup(groups, against));
    const { metrics, difference } = compared[groups.indexOf(one)]!;
    const known = Object.keys(metrics);
    if (!known.includes(metric)) throw unknown(`${place}/metric`, metric, known);
    const [found, seeds] =
      against === undefined
        ? [metrics[metric]?.mean ?? null, metrics[metric]?.n ?? 0]
        : [difference[metric]?.mean ?? null, difference[metric]?.n ?? 0];
    const holds = found !== null && Math.abs(found - value) <= tolerance;
    return { name: claim, value, tolerance, found, seeds, holds };
  });
}

/** The claims as a table. */
function claimsTable(study: Study, checked: readonly CheckedClaim[], hashes: readonly string[]): Table {
  const number = (value: number | null): TableCell => ({ text: value === null ? '–' : String(value), value });
  return {
    name: 'claims',
    caption: `What ${study.name} claims, and what its specs give: mean over seeds. A claim holds within its tolerance.`,
    head: ['', 'claimed', 'tolerance', 'found', 'seeds', 'holds'],
    align: 'lrrrrl',
    rows: checked.map(({ name: claim, value, tolerance, found, seeds, holds }) => [
      { text: claim },
      number(value),
      number(tolerance),
      found === null ? number(null) : { text: found.toPrecision(6), value: found },
      number(seeds),
      { text: holds ? 'yes' : 'no' },
    ]),
    hashes,
  };
}

/** All files of a study. @throws FaultError (usage) for a figure or table that its results do not give */
export async function buildStudy(
  study: Study,
  reports: ReadonlyMap<string, ReportContents>,
  checked: readonly CheckedClaim[],
  { formats, check }: { readonly formats: readonly ReportFormat[]; readonly check: () => void },
): Promise<ReportFiles> {
  const files = new Map<string, string | Buffer>();
  const find = <T extends { readonly name: string }>(all: readonly T[], wanted: string, place: string): T => {
    const found = all.find((one) => one.name === wanted);
    if (found === undefined)
      throw unknown(
        `${displayPath(study.path)}: ${place}`,
        wanted,
        all.map((one) => one.name),
      );
    return found;
  };
  const figures = study.figures.map(({ name: own, of, figure, columns, caption }, i): Figure => {
    const made = find(reports.get(of)!.figures, figure, `/figures/${i}/figure`);
    return { ...made, name: own, columns: columns ?? made.columns, caption: caption ?? made.caption };
  });
  const hashes = [...reports.values()].flatMap(({ material }) =>
    material.cells.flatMap(({ runs }) => runs.map(({ record }) => record.resultHash)),
  );
  const tables = [
    ...study.tables.map(({ name: own, of, table, caption }, i): Table => {
      const made = find(reports.get(of)!.tables, table, `/tables/${i}/table`);
      return { ...made, name: own, caption: caption ?? made.caption };
    }),
    ...(checked.length === 0 ? [] : [claimsTable(study, checked, hashes)]),
  ];
  for (const figure of figures) {
    check();
    for (const [file, bytes] of await figureFiles(figure, formats)) files.set(`figures/${file}`, bytes);
  }
  for (const table of tables)
    for (const [file, content] of tableFiles(table, formats)) files.set(`tables/${file}`, content);
  files.set('report.json', indexOf({ figures, tables }, files));
  return files;
}

/** A line a claim. */
export function formatClaims(checked: readonly CheckedClaim[]): string {
  return checked
    .map(
      ({ name: claim, value, tolerance, found, seeds, holds }) =>
        `${holds ? 'holds' : 'does not hold'}: ${claim}: ${found === null ? 'not found' : found.toPrecision(6)} of ${plural(seeds, 'seed')}, claimed ${value} ± ${tolerance}\n`,
    )
    .join('');
}
