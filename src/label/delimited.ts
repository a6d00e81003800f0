/** Labels as lines: CSV, TSV and JSON lines, with the names of the columns in the first line or in every object. */
import { suggest } from '../fault/index.ts';
import { createRecord, type Dialect, type LabelBuilder, type RawRecord } from './builder.ts';
import { dataFault, linesOf, readable } from './text.ts';

/** A format in columns. */
export interface ColumnFormat {
  /** What the file is, for messages. */
  readonly kind: string;
  /** For each field its names, in lower case without anything but letters and digits; the first is shown. */
  readonly columns: Readonly<Partial<Record<keyof RawRecord, readonly string[]>>>;
  /** Fields whose columns must be there. */
  readonly needed: readonly (keyof RawRecord)[];
  /** What to do where one is not. */
  readonly cure?: string;
  readonly dialect: Dialect;
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Reads a file whose first line names the columns; they are separated by tabs, commas or semicolons. */
export async function readDelimited(
  path: string,
  format: ColumnFormat,
  builder: LabelBuilder,
): Promise<void> {
  let layout: Layout | undefined;
  const record = createRecord();
  let open = '';
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      const text = open === '' ? line : `${open}\n${line}`;
      open = '';
      if (text.includes('"') && text.split('"').length % 2 === 0) {
        // A quoted field goes on in the next line.
        open = text;
        continue;
      }
      if (layout === undefined) {
        if (text.trim() !== '') layout = layoutOf(path, text, format, builder);
      } else readLine(text, layout, format, record, builder);
    }
  }
  if (open !== '') builder.refuse('a quoted field does not end');
  if (layout === undefined)
    throw dataFault(path, 'it is empty', `must be ${format.kind}, with the names of its columns first`);
}

interface Layout {
  readonly separator: string;
  /** Field for each wanted column, in the order of the columns. */
  readonly wanted: readonly { readonly column: number; readonly field: keyof RawRecord }[];
}

function layoutOf(path: string, line: string, format: ColumnFormat, builder: LabelBuilder): Layout {
  const separator = line.includes('\t') ? '\t' : line.includes(',') || !line.includes(';') ? ',' : ';';
  const names = splitQuoted(line, separator).map(plain);
  for (const name of new Set(names.filter((each, i) => each !== '' && names.indexOf(each) < i)))
    builder.tolerated.add(`two columns are called ${name}: the first counts`, () => path);
  const wanted: { column: number; field: keyof RawRecord }[] = [];
  for (const [field, known] of Object.entries(format.columns) as [keyof RawRecord, readonly string[]][]) {
    const column = names.findIndex((name) => known.includes(name));
    if (column >= 0) wanted.push({ column, field });
    else if (format.needed.includes(field)) throw missingColumn(path, field, known, names, format);
  }
  wanted.sort((a, b) => a.column - b.column);
  return { separator, wanted };
}

function missingColumn(
  path: string,
  field: keyof RawRecord,
  known: readonly string[],
  names: readonly string[],
  format: ColumnFormat,
) {
  const near = known.map((name) => suggest(name, names)).find((name) => name !== undefined);
  const needed = format.needed.map((name) => format.columns[name]![0]!).join(', ');
  const shown = names.length > 12 ? `${names.length} columns` : names.map((n) => `"${n}"`).join(', ');
  return dataFault(
    path,
    `no column "${known[0]}" for the ${field} among ${shown}; ${format.kind} needs ${needed}`,
    near === undefined ? (format.cure ?? 'name the columns in the first line') : `did you mean "${near}"?`,
  );
}

function readLine(
  line: string,
  { separator, wanted }: Layout,
  format: ColumnFormat,
  record: RawRecord,
  builder: LabelBuilder,
): void {
  if (line.trim() === '') return;
  const quoted = line.includes('"') ? splitQuoted(line, separator) : undefined;
  let at = 0;
  let column = 0;
  for (const { column: target, field } of wanted) {
    let value: string;
    if (quoted !== undefined) value = quoted[target] ?? '';
    else {
      while (column < target && at >= 0) {
        const next = line.indexOf(separator, at);
        at = next < 0 ? -1 : next + 1;
        column++;
      }
      if (at < 0) value = '';
      else {
        const end = line.indexOf(separator, at);
        value = (end < 0 ? line.slice(at) : line.slice(at, end)).trim();
      }
    }
    record[field] = field === 'label' ? readable(value) : value;
  }
  if (wanted.every(({ field }) => record[field] === '')) builder.refuse('an empty row');
  else builder.add(record, format.dialect);
}

/** The fields of a line, with double quotes as of RFC 4180. */
function splitQuoted(line: string, separator: string): string[] {
  const fields: string[] = [];
  let at = 0;
  while (at <= line.length) {
    while (line[at] === ' ') at++;
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at);
      fields.push(line.slice(at, end < 0 ? undefined : end).trim());
      if (end < 0) return fields;
      at = end + 1;
      continue;
    }
    let text = '';
    for (at++; at < line.length; at++) {
      if (line[at] !== '"') text += line[at];
      else if (line[at + 1] === '"') text += line[at++];
      else break;
    }
    fields.push(text.trim());
    const end = line.indexOf(separator, at);
    if (end < 0) return fields;
    at = end + 1;
  }
  return fields;
}

/** Reads a file with a JSON object in every line. */
export async function readJsonLines(
  path: string,
  format: ColumnFormat,
  builder: LabelBuilder,
): Promise<void> {
  const fieldOf = new Map<string, keyof RawRecord>();
  for (const [field, names] of Object.entries(format.columns) as [keyof RawRecord, readonly string[]][])
    for (const name of names) fieldOf.set(name, field);
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      if (line.trim() === '') continue;
      const value = parse(line);
      if (value === undefined) {
        builder.refuse('the line is no JSON object');
        continue;
      }
      const record = createRecord();
      for (const [key, item] of Object.entries(value)) {
        const field = fieldOf.get(plain(key));
        if (field === undefined) builder.tolerated.add(`unknown key "${key.slice(0, 40)}"`, builder.place);
        else if (typeof item === 'string' || typeof item === 'number') record[field] = String(item).trim();
        else if (item !== null)
          builder.tolerated.add(`"${key.slice(0, 40)}" is no text and no number`, builder.place);
      }
      builder.add(record, format.dialect);
    }
  }
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readable(line));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
