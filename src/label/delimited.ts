/** Labels as lines: CSV, TSV and JSON lines, with the names of the columns in the first line or in every object. */
import { suggest } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { createRecord, type Dialect, LabelBuilder, type RawRecord } from './builder.ts';
import { dataFault, linesOf, readable } from './text.ts';
import { dateOrder } from './time.ts';

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

/** Reads a file whose first line names the columns; they are separated by tabs, commas, semicolons or bars. */
export async function readDelimited(
  path: string,
  format: ColumnFormat,
  builder: LabelBuilder,
): Promise<void> {
  let layout: TableColumns | undefined;
  const record = createRecord();
  for await (const rows of rowsOf(path, () => builder.refuse('a quoted field does not end')))
    for (const row of rows) {
      if (layout !== undefined) readLine(row, layout, format, record, builder);
      else if (!isPreamble(row)) layout = layoutOf(path, row, format, builder);
    }
  if (layout === undefined)
    throw dataFault(path, 'it is empty', `must be ${format.kind}, with the names of its columns first`);
}

/** The lines of a file, in lists; those that a quoted field goes on in are one. */
async function* rowsOf(path: string, unclosed: () => void): AsyncGenerator<readonly string[], void, void> {
  let open = '';
  for await (const lines of linesOf(path)) {
    const rows: string[] = [];
    for (const line of lines) {
      const text = open === '' ? line : `${open}\n${line}`;
      open = '';
      if (text.includes('"') && text.split('"').length % 2 === 0) open = text;
      else rows.push(text);
    }
    yield rows;
  }
  if (open !== '') unclosed();
}

/** What may stand before the names of the columns: nothing, `sep=;` of Excel, `#separator \x09` of Zeek. */
const isPreamble = (row: string): boolean =>
  row.trim() === '' || /^sep=.$/i.test(row.trim()) || ZEEK_PREAMBLE.test(row);

const ZEEK_PREAMBLE = /^#(?:separator|set_separator|empty_field|unset_field|path|open|types)\s/;
const ZEEK_NAMES = /^#fields\t/;

interface TableColumns {
  readonly separator: string;
  /** Field for each wanted column, in the order of the columns. */
  readonly wanted: readonly { readonly column: number; readonly field: keyof RawRecord }[];
}

const SEPARATORS = ['\t', ',', ';', '|'] as const;

function layoutOf(path: string, line: string, format: ColumnFormat, builder: LabelBuilder): TableColumns {
  const head = line.replace(ZEEK_NAMES, '');
  const splits = SEPARATORS.map((separator) => ({
    separator,
    given: splitQuoted(head, separator),
  })).map((split) => ({ ...split, names: split.given.map(plain) }));
  const knownIn = ({ names }: { readonly names: readonly string[] }): number =>
    Object.values(format.columns).filter((known) => known.some((name) => names.includes(name))).length;
  // The separator that names most of the columns is it; commas stand where none does.
  const best = splits.reduce((a, b) => (knownIn(b) > knownIn(a) ? b : a));
  const { separator, given, names } = knownIn(best) === 0 ? splits[1]! : best;
  for (const name of new Set(names.filter((each, i) => each !== '' && names.indexOf(each) < i)))
    builder.tolerated.add(`two columns are called ${name}: the first counts`, () => path);
  const wanted: { column: number; field: keyof RawRecord }[] = [];
  for (const [field, known] of Object.entries(format.columns) as [keyof RawRecord, readonly string[]][]) {
    const name = known.find((one) => names.includes(one));
    if (name !== undefined) wanted.push({ column: names.indexOf(name), field });
    else if (format.needed.includes(field)) throw missingColumn(path, field, known, names, format);
  }
  wanted.sort((a, b) => a.column - b.column);
  const used = new Set(wanted.map(({ column }) => column));
  const unused = given.filter((name, i) => name !== '' && !used.has(i)).map(readable);
  if (unused.length > 0) builder.unused.push({ path: displayPath(path), columns: unused });
  return { separator, wanted };
}

/** Start and stop of the records of a file, for a look at how it writes them. */
async function* recordsOf(path: string, format: ColumnFormat, jsonLines: boolean) {
  const record = createRecord();
  let layout: TableColumns | undefined;
  for await (const rows of rowsOf(path, () => {}))
    for (const row of rows) {
      if (jsonLines) {
        for (const [key, item] of Object.entries(parse(row) ?? {})) {
          const name = plain(key);
          if (format.columns.start!.includes(name)) record.start = String(item);
          if (format.columns.stop?.includes(name) === true) record.stop = String(item);
        }
      } else if (layout === undefined) {
        if (!isPreamble(row)) layout = layoutOf(path, row, format, new LabelBuilder());
        continue;
      } else if (isRecord(row)) fieldsOf(row, layout, record);
      else continue;
      yield record;
    }
}

/**
 * Whether the dates of a file with the year at their end have the day or the month first: one with a number above 12 tells
 * it. undefined where the first record has no such date.
 *
 * @throws FaultError (data) when no date tells, or two tell different things
 */
export async function findDateOrder(
  path: string,
  format: ColumnFormat,
  jsonLines: boolean,
): Promise<'day-first' | 'month-first' | undefined> {
  let found: 'day-first' | 'month-first' | undefined;
  let first = '';
  let records = 0;
  const look = (text: string): void => {
    const order = dateOrder(text);
    if (first === '' && order === 'either') first = `record ${records}: "${text}"`;
    if (order === undefined || order === 'either' || order === 'same' || order === found) return;
    if (found !== undefined)
      throw dataFault(
        path,
        `record ${records} has "${text}", ${order}, and one before it is ${found}`,
        'write all dates in one way, such as 2018-04-03T08:00:00',
      );
    found = order;
  };
  for await (const { start, stop } of recordsOf(path, format, jsonLines)) {
    records++;
    // Times that begin otherwise go on so.
    if (records === 1 && dateOrder(start) === undefined) return undefined;
    look(start);
    look(stop);
  }
  if (found === undefined && first !== '')
    throw dataFault(
      path,
      `${first} may have the day first or the month, and no date of the file tells which`,
      'say it beside the format of the labels: "timeFormat": "day-first", or "month-first"',
    );
  return found;
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
  layout: TableColumns,
  format: ColumnFormat,
  record: RawRecord,
  builder: LabelBuilder,
): void {
  if (!isRecord(line)) return;
  fieldsOf(line, layout, record);
  if (layout.wanted.every(({ field }) => record[field] === '')) builder.refuse('an empty row');
  else builder.add(record, format.dialect);
}

/** Zeek writes `#types` below the names, and `#close` at the end. */
const isRecord = (line: string): boolean => line.trim() !== '' && !/^#(?:types|close)\t/.test(line);

/** Fields that are nothing where a `-` stands, as of Zeek and nfdump. */
const UNSET = /^(?:start|stop|duration)$/;

function fieldsOf(line: string, { separator, wanted }: TableColumns, record: RawRecord): void {
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
    if (value === '-' && UNSET.test(field)) value = '';
    record[field] = field === 'label' ? readable(value) : value;
  }
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
  const unused = new Set<string>();
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
        if (field === undefined) unused.add(key.slice(0, 40));
        else if (typeof item === 'string' || typeof item === 'number') record[field] = String(item).trim();
        else if (item !== null)
          builder.tolerated.add(`"${key.slice(0, 40)}" is no text and no number`, builder.place);
      }
      builder.add(record, format.dialect);
    }
  }
  if (unused.size > 0) builder.unused.push({ path: displayPath(path), columns: [...unused].sort() });
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
