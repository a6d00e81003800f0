/** From rows in order of arrival to a table in order of sessions. */
import type { Assembler } from './assembler.ts';
import { HEAD_WORDS, PAGE_MASK, PAGE_SHIFT, RowFlag, type Rows } from './rows.ts';
import type { SessionRecords } from './session-records.ts';
import { createTable, type SessionTable } from './table.ts';

/**
 * The sessions with at least `minPackets` packets, by the time of their first packet (ties: order of arrival), each
 * with its rows together, in order of time (see order.ts).
 *
 * @throws FaultError (machine) when there are more header bytes than 32 bits can count
 */
export function gatherSessions(assembler: Assembler, minPackets: number): SessionTable {
  assembler.settle();
  const { sessions } = assembler;
  const order = orderSessions(sessions, minPackets);
  const count = order.length;
  let rows = 0;
  let headerBytes = 0;
  for (const from of order) {
    rows += sessions.keptOf(from);
    headerBytes += sessions.headerBytesOf(from);
  }
  const table = createTable(count, rows, headerBytes);
  const swapped = new Uint8Array(count);
  const { firstRow, packetsSeen, protocol } = table;
  const lastRow = new Uint32Array(count);
  for (let s = 0; s < count; s++) {
    const from = order[s]!;
    packetsSeen[s] = sessions.packetsOf(from);
    protocol[s] = sessions.protocolOf(from);
    swapped[s] = sessions.isSwapped(from) ? 1 : 0;
    lastRow[s] = sessions.lastRowOf(from);
    firstRow[s + 1] = firstRow[s]! + sessions.keptOf(from);
  }
  gatherRows(assembler.rows, lastRow, swapped, table);
  return table;
}

/**
 * Fills the columns from their ends: from the last row of the last session, each row leads to the one before it.
 *
 * @param lastRow [S]: location of the last row of each session
 * @param swapped [S]: 1 where the higher endpoint is the initiator
 */
function gatherRows(rows: Rows, lastRow: Uint32Array, swapped: Uint8Array, table: SessionTable): void {
  const { firstRow, headerStart, header, link, network, transport, fromInitiator } = table;
  const { seconds, nanoseconds, originalLength } = table;
  const { pages, farSeconds } = rows;
  const view = new DataView(header.buffer);
  let end = header.length;
  for (let s = lastRow.length - 1; s >= 0; s--) {
    let location = lastRow[s]!;
    const first = firstRow[s]!;
    const higher = swapped[s]!;
    for (let row = firstRow[s + 1]! - 1; row >= first; row--) {
      const page = pages[location >>> PAGE_SHIFT]!;
      const at = location & PAGE_MASK;
      const facts = page[at + 1]!;
      headerStart[row + 1] = end;
      link[row] = facts >>> 16;
      fromInitiator[row] = ((facts >>> 24) & RowFlag.swapped) === higher ? 1 : 0;
      network[row] = page[at + 2]!;
      transport[row] = page[at + 2]! >>> 16;
      originalLength[row] = page[at + 3]!;
      nanoseconds[row] = page[at + 4]!;
      const time = page[at + 5]!;
      seconds[row] = ((facts >>> 24) & RowFlag.farSeconds) === 0 ? time : farSeconds[time]!;
      end -= facts & 0xffff;
      copyHeader(page, at + HEAD_WORDS, facts & 0xffff, view, end);
      location = page[at]!;
    }
  }
}

/** Unpacks words into bytes. */
function copyHeader(page: Int32Array, from: number, length: number, header: DataView, to: number): void {
  const end = to + length;
  for (; to + 4 <= end; to += 4) header.setInt32(to, page[from++]!, true);
  if (to === end) return;
  let word = page[from]!;
  for (; to < end; to++) {
    header.setUint8(to, word);
    word >>>= 8;
  }
}

/** Sessions to keep, in the order of the table. */
function orderSessions(sessions: SessionRecords, minPackets: number): Uint32Array {
  const order = new Uint32Array(sessions.count);
  let kept = 0;
  for (let s = 0; s < sessions.count; s++) if (sessions.packetsOf(s) >= minPackets) order[kept++] = s;
  const some = order.subarray(0, kept);
  return sessions.ordered ? some : some.sort((a, b) => sessions.compare(a, b));
}
