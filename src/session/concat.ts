/** Several tables of sessions as one. */
import { createTable, ROW_COLUMNS, SESSION_COLUMNS, type SessionTable } from './table.ts';

/**
 * The sessions of all tables, one table after the other: session s of table t becomes session s + Σ counts before t.
 *
 * @throws FaultError (machine) when there are more header bytes than 32 bits can count
 */
export function concatSessions(tables: readonly SessionTable[]): SessionTable {
  if (tables.length === 1) return tables[0]!;
  const sum = (value: (table: SessionTable) => number): number =>
    tables.reduce((total, table) => total + value(table), 0);
  const whole = createTable(
    sum(({ count }) => count),
    sum(({ link }) => link.length),
    sum(({ header }) => header.length),
  );
  let session = 0;
  let row = 0;
  let byte = 0;
  for (const table of tables) {
    for (const name of SESSION_COLUMNS) whole[name].set(table[name], session);
    for (const name of ROW_COLUMNS) whole[name].set(table[name], row);
    whole.header.set(table.header, byte);
    addStarts(table.firstRow, row, whole.firstRow, session);
    addStarts(table.headerStart, byte, whole.headerStart, row);
    session += table.count;
    row += table.link.length;
    byte += table.header.length;
  }
  return whole;
}

/** Writes where things start, moved on by `base`, from element `at` on. */
function addStarts(starts: Uint32Array, base: number, to: Uint32Array, at: number): void {
  for (let i = 0; i < starts.length; i++) to[at + i] = base + starts[i]!;
}
