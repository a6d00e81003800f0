/**
 * What the code of the Deep Session Learning article did to sessions, to measure what it does to a score. Nothing else
 * should use it.
 */
import { createTable, ROW_COLUMNS, SESSION_COLUMNS, type SessionTable } from './table.ts';

/** See `sessions.defects` of a spec. */
export type SessionDefect = 'first-packet' | 'short-packets' | 'one-direction';

/** What a defect took away. */
export interface DefectCount {
  readonly reason: string;
  /** Sessions that are gone. */
  readonly sessions: number;
  /** Packets that are gone from sessions that are left. */
  readonly packets: number;
}

/** Shorter packets, by their header bytes, made the original drop the whole session. */
const SHORTEST = 40;

/**
 * The table as the original would have it; the table itself without defects. Only packets that are kept
 * (sessions.maxPackets) are looked at; a session that loses its first packet keeps its initiator.
 */
export function withDefects(
  table: SessionTable,
  defects: readonly SessionDefect[],
): { readonly sessions: SessionTable; readonly counts: readonly DefectCount[] } {
  if (defects.length === 0) return { sessions: table, counts: [] };
  const { count, firstRow, headerStart, fromInitiator } = table;
  const lost = defects.includes('first-packet') ? earliestRow(table) : -1;
  const rows: number[] = [];
  const kept: number[] = [];
  const starts: number[] = [0];
  const gone = { first: 0, firstSession: 0, short: 0, single: 0, singlePackets: 0 };
  for (let s = 0; s < count; s++) {
    const first = firstRow[s]! === lost ? lost + 1 : firstRow[s]!;
    const end = firstRow[s + 1]!;
    if (first === end) {
      gone.firstSession++;
      continue;
    }
    if (first > firstRow[s]!) gone.first++;
    let shortest = Number.POSITIVE_INFINITY;
    let senders = 0;
    for (let row = first; row < end; row++) {
      shortest = Math.min(shortest, headerStart[row + 1]! - headerStart[row]!);
      senders |= fromInitiator[row] === 1 ? 1 : 2;
    }
    if (defects.includes('short-packets') && shortest < SHORTEST) {
      gone.short++;
      continue;
    }
    const from = defects.includes('one-direction') && senders !== 3 ? end - 1 : first;
    if (from > first) {
      gone.single++;
      gone.singlePackets += from - first;
    }
    for (let row = from; row < end; row++) rows.push(row);
    kept.push(s);
    starts.push(rows.length);
  }
  const counts: DefectCount[] = [];
  if (lost >= 0)
    counts.push({ reason: 'first packet lost', sessions: gone.firstSession, packets: gone.first });
  if (defects.includes('short-packets'))
    counts.push({
      reason: `a packet of less than ${SHORTEST} header bytes`,
      sessions: gone.short,
      packets: 0,
    });
  if (defects.includes('one-direction'))
    counts.push({
      reason: `one direction only: all but the last packet, in ${gone.single} sessions`,
      sessions: 0,
      packets: gone.singlePackets,
    });
  return { sessions: select(table, kept, rows, starts), counts };
}

/** The row of the first packet of all; −1 without any. */
function earliestRow({ count, firstRow, seconds, nanoseconds }: SessionTable): number {
  let least = -1;
  for (let s = 0; s < count; s++) {
    const row = firstRow[s]!;
    if (
      least < 0 ||
      seconds[row]! < seconds[least]! ||
      (seconds[row]! === seconds[least]! && nanoseconds[row]! < nanoseconds[least]!)
    )
      least = row;
  }
  return least;
}

/**
 * A table of these sessions with these rows.
 *
 * @param starts [kept + 1]: where the rows of each session begin among `rows`
 */
function select(
  table: SessionTable,
  kept: readonly number[],
  rows: readonly number[],
  starts: readonly number[],
): SessionTable {
  const { headerStart, header } = table;
  const bytes = rows.reduce((sum, row) => sum + headerStart[row + 1]! - headerStart[row]!, 0);
  const selected = createTable(kept.length, rows.length, bytes);
  selected.firstRow.set(starts);
  for (const name of SESSION_COLUMNS)
    for (const [i, s] of kept.entries()) selected[name][i] = table[name][s]!;
  for (const name of ROW_COLUMNS)
    for (const [i, row] of rows.entries()) selected[name][i] = table[name][row]!;
  let end = 0;
  rows.forEach((row, i) => {
    selected.header.set(header.subarray(headerStart[row]!, headerStart[row + 1]!), end);
    end += headerStart[row + 1]! - headerStart[row]!;
    selected.headerStart[i + 1] = end;
  });
  return selected;
}
