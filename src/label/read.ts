/** Label files of any format to one table. */
import { basename } from 'node:path';
import { FaultError, suggest } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { DAY, LabelBuilder } from './builder.ts';
import { type ColumnFormat, findDateOrder, readDelimited, readJsonLines } from './delimited.ts';
import { cicids2017, ctu13, table } from './formats.ts';
import { readIscxXml } from './iscx.ts';
import type { LabelTable } from './table.ts';
import { type TimeFormat, timeParser } from './time.ts';

/** Formats of labels by flow: `table` is CSV, TSV or JSON lines of one's own. Rules are no format of these. */
export const LABEL_FORMATS = ['iscx2012', 'cicids2017', 'ctu13', 'table'] as const;
export type LabelFormat = (typeof LABEL_FORMATS)[number];

/** A file of labels. */
export interface LabelFile {
  readonly path: string;
  /**
   * The day that the file is for, as in `2010-06-13`, in the clock of the labels. A flow that begins on the day of
   * another file is that file's: where files overlap, each flow counts once.
   */
  readonly day?: string;
}

export interface ReadLabelsOptions {
  /** How a table of one's own writes its times; told from the times themselves where it is not given. */
  readonly timeFormat?: TimeFormat | undefined;
  readonly progress?: (records: number) => void;
}

/**
 * Reads label files as one table. What cannot be read as a label is left out and counted by reason.
 *
 * @throws FaultError (usage) when the format is unknown; (data) when a file is missing or of another format; (machine)
 *   when one cannot be read
 */
export async function readLabels(
  files: readonly (LabelFile | string)[],
  format: LabelFormat,
  { timeFormat, progress }: ReadLabelsOptions = {},
): Promise<LabelTable> {
  checkFormat(format);
  const builder = new LabelBuilder();
  const list = files.map((file) => (typeof file === 'string' ? { path: file } : file));
  const days = list.map(({ day }) =>
    day === undefined ? undefined : Date.parse(`${day}T00:00:00Z`) / 1000 / DAY,
  );
  for (const [i, { path }] of list.entries()) {
    const own = days[i];
    const others = days.filter((day): day is number => day !== undefined && day !== own);
    builder.open(displayPath(path), new Set(others));
    if (format === 'iscx2012') await readIscxXml(path, builder);
    else await readColumns(path, FORMATS[format], builder, timeFormat);
    progress?.(builder.records);
  }
  return builder.finish();
}

const FORMATS: Readonly<Record<Exclude<LabelFormat, 'iscx2012'>, ColumnFormat>> = {
  cicids2017,
  ctu13,
  table,
};

async function readColumns(
  path: string,
  format: ColumnFormat,
  builder: LabelBuilder,
  given: TimeFormat | undefined,
): Promise<void> {
  if (format !== table) return readDelimited(path, format, builder);
  const jsonLines = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(basename(path));
  const timeFormat = given ?? (await findDateOrder(path, table, jsonLines));
  const own = { ...table, dialect: { ...table.dialect, parseTime: timeParser(timeFormat) } };
  return (jsonLines ? readJsonLines : readDelimited)(path, own, builder);
}

function checkFormat(format: string): void {
  if ((LABEL_FORMATS as readonly string[]).includes(format)) return;
  const near = suggest(format, LABEL_FORMATS);
  throw new FaultError({
    place: 'label format',
    problem: `got "${format}", must be one of ${LABEL_FORMATS.join(', ')}`,
    ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
  });
}
