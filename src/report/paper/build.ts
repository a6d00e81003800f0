/** A report as files: figures, tables, the page, and an index of them with what they were made from. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { codeOf, makeFolder, sha256, writeWhole } from '../../disk/index.ts';
import type { Fault } from '../../fault/index.ts';
import { displayPath } from '../../text/index.ts';
import { type PrintFormat, print } from '../figures/print.ts';
import { reportPage } from '../page/page.ts';
import { cardsOf } from './cards.ts';
import { type Figure, figuresOf } from './figures.ts';
import { type Material, readMaterial } from './material.ts';
import { tableCsv, tableLatex, tableMarkdown } from './table-text.ts';
import { type Table, tablesOf } from './tables.ts';
import { untitled } from './untitled.ts';

export const REPORT_FORMATS = ['svg', 'pdf', 'png', 'html', 'md', 'tex', 'csv', 'card'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Files by their paths below the folder of the report, in their order. */
export type ReportFiles = ReadonlyMap<string, string | Buffer>;

/** What a report may be made of. */
export interface ReportContents {
  readonly material: Material;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
}

/** Reads runs, and says which figures and tables they give. @throws FaultError (data) when one is damaged */
export async function reportOf(lists: readonly (readonly string[])[]): Promise<ReportContents> {
  const material = readMaterial(lists);
  return { material, figures: await figuresOf(material), tables: tablesOf(material) };
}

export interface BuildOptions {
  readonly formats: readonly ReportFormat[];
  /** Called between figures: throws where somebody asked to stop. */
  readonly check?: () => void;
}

/** Makes all files. */
export async function buildReport(
  { material, figures, tables }: ReportContents,
  { formats, check = () => undefined }: BuildOptions,
): Promise<ReportFiles> {
  const files = new Map<string, string | Buffer>();
  for (const figure of figures) {
    check();
    for (const [name, bytes] of await figureFiles(figure, formats)) files.set(`figures/${name}`, bytes);
  }
  for (const table of tables)
    for (const [name, text] of tableFiles(table, formats)) files.set(`tables/${name}`, text);
  check();
  if (formats.includes('html')) files.set('report.html', await reportPage({ material, figures, tables }));
  if (formats.includes('card')) files.set('cards.md', cardsOf(material));
  files.set('report.json', indexOf({ figures, tables }, files));
  return files;
}

/** A figure in the picture formats that are asked for. */
export async function figureFiles(
  { name, title, caption, columns, hashes, spec }: Figure,
  formats: readonly ReportFormat[],
): Promise<readonly (readonly [string, string | Buffer])[]> {
  const wanted = formats.filter((format): format is PrintFormat => ['svg', 'pdf', 'png'].includes(format));
  if (wanted.length === 0) return [];
  const description = { title, text: caption, hashes };
  const printed = await print(untitled(spec()), columns, description, new Set(wanted));
  return wanted.map((format) => [`${name}.${format}`, printed[format]!] as const);
}

/** A table in the text formats that are asked for. */
export function tableFiles(
  table: Table,
  formats: readonly ReportFormat[],
): readonly (readonly [string, string])[] {
  const write = { md: tableMarkdown, tex: tableLatex, csv: tableCsv } as const;
  return (['md', 'tex', 'csv'] as const)
    .filter((format) => formats.includes(format))
    .map((format) => [`${table.name}.${format}`, write[format](table)] as const);
}

/** report.json: every figure and table with its caption, and every file with its hash. */
export function indexOf(
  { figures, tables }: Pick<ReportContents, 'figures' | 'tables'>,
  files: ReportFiles,
): string {
  const value = {
    format: 'sessionlab-report-1',
    figures: figures.map(({ name, title, caption, columns, hashes }) => ({
      name,
      title,
      caption,
      columns,
      madeFrom: hashes,
    })),
    tables: tables.map(({ name, caption, hashes }) => ({ name, caption, madeFrom: hashes })),
    files: [...files].map(([path, bytes]) => ({ path, sha256: sha256(bytes) })),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes files, each whole. */
export async function writeReport(folder: string, files: ReportFiles): Promise<void> {
  for (const path of new Set([...files.keys()].map((name) => dirname(join(folder, name)))))
    await makeFolder(path);
  for (const [name, bytes] of files) await writeWhole(join(folder, name), bytes);
}

/** What is in a folder other than in these files. */
export function differencesFrom(folder: string, files: ReportFiles): readonly Fault[] {
  const wrong = (name: string, problem: string, cure: string): Fault => ({
    place: displayPath(join(folder, name)),
    problem,
    cure,
  });
  const again = 'make the report again, and look at what has changed';
  const faults = [...files].flatMap(([name, bytes]): Fault[] => {
    try {
      const there = readFileSync(join(folder, name));
      return there.equals(Buffer.from(bytes)) ? [] : [wrong(name, 'is not what these results give', again)];
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [wrong(name, 'is missing', again)];
      throw error;
    }
  });
  const others = existsSync(folder)
    ? (readdirSync(folder, { recursive: true }) as string[])
        .map((name) => name.split(sep).join('/'))
        .filter((name) => /^(figures|tables)\//.test(name) && !files.has(name))
    : [];
  return [
    ...faults,
    ...others
      .sort()
      .map((name) => wrong(name, 'is not of this report', 'take it away, or make the report anew')),
  ];
}
