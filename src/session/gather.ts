/** From rows in order of arrival to a table in order of sessions. */
import { ExitCode, FaultError } from '../spec/index.ts';
import type { Assembler } from './assembler.ts';
import { PAGE_MASK, PAGE_SHIFT, RECORD_WORDS, type Rows } from './rows.ts';
import type { SessionTable } from './table.ts';

/**
 * The sessions with at least `minPackets` packets, by the time of their first packet (ties: order of arrival), each
 * with its rows together.
 *
 * @throws FaultError (machine) when there are more header bytes than 32 bits can count
 */
export function gatherSessions(assembler: Assembler, minPackets: number, maxPackets: number): SessionTable {
  const order = orderSessions(assembler, minPackets);
  const count = order.length;
  const firstRow = new Uint32Array(count + 1);
  const packetsSeen = new Uint32Array(count);
  const protocol = new Uint8Array(count);
  const nextRow = new Uint32Array(assembler.count).fill(NOWHERE);
  for (let s = 0; s < count; s++) {
    const from = order[s]!;
    packetsSeen[s] = assembler.packetsSeen[from]!;
    protocol[s] = assembler.protocol[from]!;
    nextRow[from] = firstRow[s]!;
    firstRow[s + 1] = firstRow[s]! + Math.min(packetsSeen[s]!, maxPackets);
  }
  const locations = locateRows(assembler.rows, nextRow, firstRow[count]!);
  return { count, firstRow, packetsSeen, protocol, ...gatherRows(assembler.rows, locations) };
}

/** Where rows of left out sessions go. */
const NOWHERE = 0xffffffff;

/** For every row of the table its location in the pages. `nextRow`: by session, where its next row goes. */
function locateRows(rows: Rows, nextRow: Uint32Array, count: number): Uint32Array {
  const locations = new Uint32Array(count);
  for (const [number, page] of rows.pages.entries()) {
    const end = rows.pageEnds[number] ?? rows.used;
    for (let at = 0; at < end; ) {
      const session = page[at]!;
      const row = nextRow[session]!;
      if (row !== NOWHERE) {
        locations[row] = ((number << PAGE_SHIFT) | at) >>> 0;
        nextRow[session] = row + 1;
      }
      at += RECORD_WORDS + (((page[at + 1]! & 0xffff) + 3) >> 2);
    }
  }
  return locations;
}

type RowColumns = Omit<SessionTable, 'count' | 'firstRow' | 'packetsSeen' | 'protocol'>;

function gatherRows(rows: Rows, locations: Uint32Array): RowColumns {
  const count = locations.length;
  if (rows.headerBytes > 0xffffffff) throw tooManyHeaderBytes(rows.headerBytes);
  const columns = {
    headerStart: new Uint32Array(count + 1),
    header: new Uint8Array(rows.headerBytes),
    link: new Uint8Array(count),
    network: new Uint16Array(count),
    transport: new Uint16Array(count),
    fromInitiator: new Uint8Array(count),
    seconds: new Float64Array(count),
    nanoseconds: new Uint32Array(count),
    originalLength: new Uint32Array(count),
  };
  const { headerStart, header, link, network, transport, fromInitiator } = columns;
  const { seconds, nanoseconds, originalLength } = columns;
  const double = new Float64Array(1);
  const doubleWords = new Int32Array(double.buffer);
  let used = 0;
  for (let row = 0; row < count; row++) {
    const location = locations[row]!;
    const page = rows.pages[location >>> PAGE_SHIFT]!;
    const at = location & PAGE_MASK;
    const facts = page[at + 1]!;
    link[row] = (facts >> 16) & 0xff;
    fromInitiator[row] = facts >> 24;
    network[row] = page[at + 2]!;
    transport[row] = page[at + 2]! >>> 16;
    originalLength[row] = page[at + 3]!;
    nanoseconds[row] = page[at + 4]!;
    doubleWords[0] = page[at + 5]!;
    doubleWords[1] = page[at + 6]!;
    seconds[row] = double[0]!;
    used = copyHeader(page, at + RECORD_WORDS, facts & 0xffff, header, used);
    headerStart[row + 1] = used;
  }
  // Rows of left out sessions have taken no room.
  return used === header.length ? columns : { ...columns, header: header.slice(0, used) };
}

/** Unpacks words into bytes. @returns the offset behind them */
function copyHeader(page: Int32Array, from: number, length: number, header: Uint8Array, to: number): number {
  const end = to + length;
  const whole = end - 3;
  while (to < whole) {
    const word = page[from++]!;
    header[to] = word;
    header[to + 1] = word >>> 8;
    header[to + 2] = word >>> 16;
    header[to + 3] = word >>> 24;
    to += 4;
  }
  if (to < end) {
    let word = page[from]!;
    for (; to < end; to++) {
      header[to] = word;
      word >>>= 8;
    }
  }
  return end;
}

function tooManyHeaderBytes(bytes: number): FaultError {
  return new FaultError(
    {
      place: 'captures',
      problem: `${bytes} header bytes to keep, at most ${0xffffffff} are possible`,
      cure: 'read fewer captures or lower sessions.maxPackets',
    },
    ExitCode.machine,
  );
}

/** Sessions to keep, in the order of the table. */
function orderSessions(assembler: Assembler, minPackets: number): Uint32Array {
  const { firstSeconds, firstNanoseconds, packetsSeen } = assembler;
  let kept = 0;
  for (let s = 0; s < assembler.count; s++) if (packetsSeen[s]! >= minPackets) kept++;
  const order = new Uint32Array(kept);
  let sorted = true;
  for (let s = 0, at = 0; s < assembler.count; s++) {
    if (packetsSeen[s]! < minPackets) continue;
    if (at > 0 && compare(order[at - 1]!, s) > 0) sorted = false;
    order[at++] = s;
  }
  return sorted ? order : order.sort(compare);

  function compare(a: number, b: number): number {
    return firstSeconds[a]! - firstSeconds[b]! || firstNanoseconds[a]! - firstNanoseconds[b]! || a - b;
  }
}
