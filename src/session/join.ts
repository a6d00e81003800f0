/** Sessions that go on where the captures of one day end and those of another begin: they are one, where they began. */
import { addressSize, sourceAddress, Tcp, TcpFlag } from '../capture/index.ts';
import type { SessionOptions } from './options.ts';
import { createTable, Protocol, ROW_COLUMNS, type SessionTable } from './table.ts';

/** Seconds in which UDP endpoints are still at the same exchange (RFC 4787, REQ-5), where no idle timeout says it. */
const UDP_TIMEOUT = 120;

/** Tables in the order in which they were given, and how many sessions became a part of one in an earlier table. */
export interface Joined {
  readonly tables: readonly SessionTable[];
  readonly joined: number;
}

/**
 * Joins the sessions of tables that were read one by one. A session of a later table goes on with the last one of an
 * earlier table between the same endpoints where
 *  - over TCP, it does not begin with a SYN,
 *  - over UDP, or with an idle timeout, no more time has passed since than that timeout (UDP without: 120 s). The end of a
 *    session of which not all packets are kept is taken to be that of its table.
 *
 * Its packets follow those of the session that began, up to maxPackets.
 *
 * @param tables each with times of its own: they do not overlap
 */
export function joinAcross(
  tables: readonly SessionTable[],
  { idleTimeout, maxPackets }: Pick<SessionOptions, 'idleTimeout' | 'maxPackets'>,
): Joined {
  const spans = tables.map(spanOf);
  const order = tables
    .map((_, t) => t)
    .filter((t) => tables[t]!.count > 0)
    .sort((a, b) => spans[a]!.first - spans[b]!.first || a - b);
  const goesOn = (table: SessionTable, session: number, since: number): boolean => {
    const tcp = table.protocol[session] === Protocol.tcp;
    if (tcp && beginsWithSyn(table, session)) return false;
    if (tcp && idleTimeout === null) return true;
    return startOf(table, session) - since <= (idleTimeout ?? UDP_TIMEOUT);
  };
  const names = new Set<string>();
  let latest = Number.NEGATIVE_INFINITY;
  for (const t of order) {
    const table = tables[t]!;
    if (latest > Number.NEGATIVE_INFINITY)
      for (let s = 0; s < table.count; s++) if (goesOn(table, s, latest)) names.add(endsOf(table, s).name);
    latest = Math.max(latest, spans[t]!.last);
  }
  /** Of every name, the last session so far: where it began, and where and when it ends. */
  const last = new Map<string, { readonly began: Place; readonly table: number; readonly end: number }>();
  const parts = new Map<string, Place[]>();
  const gone = tables.map(() => new Set<number>());
  let joined = 0;
  for (const t of names.size === 0 ? [] : order) {
    const table = tables[t]!;
    for (let s = 0; s < table.count; s++) {
      const { name } = endsOf(table, s);
      if (!names.has(name)) continue;
      const before = last.get(name);
      const own = { table: t, session: s };
      const end = isWhole(table, s) ? timeOf(table, table.firstRow[s + 1]! - 1) : spans[t]!.last;
      if (before === undefined || before.table === t || !goesOn(table, s, before.end)) {
        last.set(name, { began: own, table: t, end });
        continue;
      }
      const { began } = before;
      const key = `${began.table} ${began.session}`;
      parts.set(key, [...(parts.get(key) ?? []), own]);
      gone[t]!.add(s);
      joined++;
      last.set(name, { began, table: t, end });
    }
  }
  if (joined === 0) return { tables, joined };
  const pieces = (t: number, s: number): readonly Place[] => [
    { table: t, session: s },
    ...(parts.get(`${t} ${s}`) ?? []),
  ];
  return {
    tables: tables.map((table, t) => rebuild(tables, table, t, gone[t]!, pieces, maxPackets)),
    joined,
  };
}

interface Place {
  readonly table: number;
  readonly session: number;
}

/** The sessions of a table that are left, each with the packets of its pieces. */
function rebuild(
  tables: readonly SessionTable[],
  table: SessionTable,
  t: number,
  gone: ReadonlySet<number>,
  pieces: (t: number, s: number) => readonly Place[],
  maxPackets: number,
): SessionTable {
  const kept: { readonly places: readonly Place[]; readonly rows: readonly (readonly number[])[] }[] = [];
  let rows = 0;
  let bytes = 0;
  for (let s = 0; s < table.count; s++) {
    if (gone.has(s)) continue;
    const places = pieces(t, s);
    let room = maxPackets;
    // Behind packets that are not kept, none is the next.
    const chosen = places.map(({ table: from, session }) => {
      const { firstRow, headerStart } = tables[from]!;
      const first = firstRow[session]!;
      const count = Math.min(room, firstRow[session + 1]! - first);
      room = isWhole(tables[from]!, session) ? room - count : 0;
      rows += count;
      bytes += headerStart[first + count]! - headerStart[first]!;
      return [first, first + count];
    });
    kept.push({ places, rows: chosen });
  }
  const made = createTable(kept.length, rows, bytes);
  let row = 0;
  for (const [s, { places, rows: chosen }] of kept.entries()) {
    const whose = endsOf(tables[places[0]!.table]!, places[0]!.session).initiatorIsFirst;
    made.protocol[s] = table.protocol[places[0]!.session]!;
    for (const [i, { table: from, session }] of places.entries()) {
      const source = tables[from]!;
      made.packetsSeen[s]! += source.packetsSeen[session]!;
      const turned = endsOf(source, session).initiatorIsFirst !== whose ? 1 : 0;
      for (let r = chosen[i]![0]!; r < chosen[i]![1]!; r++, row++) {
        for (const name of ROW_COLUMNS) made[name][row] = source[name][r]!;
        made.fromInitiator[row]! ^= turned;
        const header = source.header.subarray(source.headerStart[r], source.headerStart[r + 1]);
        made.header.set(header, made.headerStart[row]!);
        made.headerStart[row + 1] = made.headerStart[row]! + header.length;
      }
    }
    made.firstRow[s + 1] = row;
  }
  return made;
}

/** Whether all packets of a session are kept. */
const isWhole = ({ firstRow, packetsSeen }: SessionTable, s: number): boolean =>
  packetsSeen[s] === firstRow[s + 1]! - firstRow[s]!;

const timeOf = ({ seconds, nanoseconds }: SessionTable, row: number): number =>
  seconds[row]! + nanoseconds[row]! / 1e9;

const startOf = (table: SessionTable, s: number): number => timeOf(table, table.firstRow[s]!);

/** The earliest and the latest time of kept packets. */
function spanOf(table: SessionTable): { readonly first: number; readonly last: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < table.seconds.length; row++) {
    const time = timeOf(table, row);
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return { first, last };
}

function beginsWithSyn({ header, headerStart, firstRow, transport }: SessionTable, s: number): boolean {
  const row = firstRow[s]!;
  const flags = header[headerStart[row]! + transport[row]! + Tcp.flags]!;
  return (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
}

/**
 * Protocol and endpoints of a session, one character a byte, the same in both directions; and whether its initiator comes
 * first there.
 */
function endsOf(
  table: SessionTable,
  s: number,
): { readonly name: string; readonly initiatorIsFirst: boolean } {
  const { header, headerStart, firstRow, network, transport, fromInitiator, protocol } = table;
  const row = firstRow[s]!;
  const start = headerStart[row]!;
  const version = header[start + network[row]!]! >> 4 === 6 ? 6 : 4;
  const size = addressSize(version);
  const at = start + sourceAddress(version, network[row]!);
  const ports = start + transport[row]!;
  const end = (address: number, port: number): string =>
    String.fromCharCode(...header.subarray(address, address + size), header[port]!, header[port + 1]!);
  const source = end(at, ports);
  const destination = end(at + size, ports + 2);
  const sourceFirst = source <= destination;
  const name = sourceFirst ? source + destination : destination + source;
  return {
    name: String.fromCharCode(protocol[s]!, version) + name,
    initiatorIsFirst: sourceFirst === (fromInitiator[row] === 1),
  };
}
