/**
 * What the code of the Deep Session Learning article did to sessions, to measure what it does to a score. Nothing else
 * should use it.
 */
import type { SessionTable } from './table.ts';

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
 * The table as the original would have it. Only packets that are kept (sessions.maxPackets) are looked at; a session
 * that loses its first packet keeps its initiator.
 */
export function withDefects(
  table: SessionTable,
  defects: readonly SessionDefect[],
): { readonly sessions: SessionTable; readonly counts: readonly DefectCount[] } {
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

/** A table of these sessions with these rows. */
function select(
  table: SessionTable,
  kept: readonly number[],
  rows: readonly number[],
  starts: readonly number[],
): SessionTable {
  const { headerStart, header } = table;
  const of = <C extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(
    column: C,
    indices: readonly number[],
  ): C => {
    const chosen = new (column.constructor as new (length: number) => C)(indices.length);
    for (let i = 0; i < indices.length; i++) chosen[i] = column[indices[i]!]!;
    return chosen;
  };
  const newStart = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++)
    newStart[i + 1] = newStart[i]! + headerStart[rows[i]! + 1]! - headerStart[rows[i]!]!;
  const bytes = new Uint8Array(newStart[rows.length]!);
  for (let i = 0; i < rows.length; i++)
    bytes.set(header.subarray(headerStart[rows[i]!]!, headerStart[rows[i]! + 1]!), newStart[i]!);
  return {
    count: kept.length,
    firstRow: Uint32Array.from(starts),
    packetsSeen: of(table.packetsSeen, kept),
    protocol: of(table.protocol, kept),
    headerStart: newStart,
    header: bytes,
    link: of(table.link, rows),
    network: of(table.network, rows),
    transport: of(table.transport, rows),
    fromInitiator: of(table.fromInitiator, rows),
    seconds: of(table.seconds, rows),
    nanoseconds: of(table.nanoseconds, rows),
    originalLength: of(table.originalLength, rows),
  };
}
