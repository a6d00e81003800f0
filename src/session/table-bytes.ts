/** A table of sessions as bytes that can be kept in a file, and used again without a copy. */
import { COLUMNS, type Column, fromColumns, type SessionTable } from './table.ts';

const NAMES = Object.keys(COLUMNS) as Column[];

/** How many elements each column has; all that is needed to find them in the bytes. */
export type TableShape = Readonly<Record<Column, number>>;

/** Columns begin at multiples of this: any of them can be viewed where it stands. */
const ALIGNMENT = 8;

/** Whoever collects pieces before writing them copies no whole column. */
const PIECE = 1 << 20;

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export function shapeOf(table: SessionTable): TableShape {
  return Object.fromEntries(NAMES.map((name) => [name, table[name].length])) as TableShape;
}

/** The bytes of all columns in pieces, each column with what makes it a multiple of 8; in the byte order of the machine. */
export function* tableBytes(table: SessionTable): Generator<Uint8Array, void, void> {
  for (const name of NAMES) {
    const { buffer, byteOffset, byteLength } = table[name];
    for (let at = 0; at < byteLength; at += PIECE)
      yield new Uint8Array(buffer, byteOffset + at, Math.min(PIECE, byteLength - at));
    if (padded(byteLength) > byteLength) yield new Uint8Array(padded(byteLength) - byteLength);
  }
}

/** How many bytes they are. */
export function sizeOfTable(shape: TableShape): number {
  return NAMES.reduce((sum, name) => sum + padded(shape[name] * COLUMNS[name].BYTES_PER_ELEMENT), 0);
}

/**
 * The table whose bytes begin at `offset`, a multiple of 8: its columns are views.
 *
 * @throws RangeError when there are fewer bytes than the shape asks for
 */
export function tableOf(buffer: ArrayBuffer, offset: number, shape: TableShape): SessionTable {
  let at = offset;
  return fromColumns(shape.packetsSeen, (name) => {
    const column = new COLUMNS[name](buffer, at, shape[name]);
    at += padded(column.byteLength);
    return column;
  });
}
