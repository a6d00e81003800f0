/**
 * Sessions in columns: no object per packet or session, header bytes back to back.
 *
 * Sessions are ordered by the time of their first packet (ties: order of the capture). Within a session, packets are in
 * order of time, within the bounds of order.ts (ties: order of the capture).
 */
import { ExitCode, FaultError } from '../fault/index.ts';

export { Link, Protocol } from '../capture/index.ts';

/** All sessions of a data set. S sessions, R kept packets ("rows"). */
export interface SessionTable {
  /** S. */
  readonly count: number;
  /** [S + 1]: the rows of session s are firstRow[s] … firstRow[s + 1] − 1; at most maxPackets a session. */
  readonly firstRow: Uint32Array;
  /** [S]: all packets that belong to the session, also those beyond maxPackets. */
  readonly packetsSeen: Uint32Array;
  /** [S]: IP protocol, see Protocol. */
  readonly protocol: Uint8Array;

  /** [R + 1]: the header bytes of row r are header[headerStart[r]] … header[headerStart[r + 1] − 1]. */
  readonly headerStart: Uint32Array;
  /** Header bytes, link to transport, no payload, as captured. */
  readonly header: Uint8Array;
  /** [R]: see Link. */
  readonly link: Uint8Array;
  /** [R]: offset of the IPv4 or IPv6 header within the row's header bytes. */
  readonly network: Uint16Array;
  /** [R]: offset of the TCP or UDP header within the row's header bytes. */
  readonly transport: Uint16Array;
  /** [R]: 1 when the session's initiator sent it; see Evidence. */
  readonly fromInitiator: Uint8Array;
  /** [R]: whole seconds since 1970 of the packet's time stamp. */
  readonly seconds: Float64Array;
  /** [R]: nanoseconds within the second. */
  readonly nanoseconds: Uint32Array;
  /** [R]: bytes of the packet on the wire. */
  readonly originalLength: Uint32Array;
}

/** The type of every column, in the order in which they are written to a file. */
export const COLUMNS = {
  seconds: Float64Array,
  firstRow: Uint32Array,
  packetsSeen: Uint32Array,
  headerStart: Uint32Array,
  nanoseconds: Uint32Array,
  originalLength: Uint32Array,
  network: Uint16Array,
  transport: Uint16Array,
  protocol: Uint8Array,
  link: Uint8Array,
  fromInitiator: Uint8Array,
  header: Uint8Array,
} as const;
export type Column = keyof typeof COLUMNS;

/** Columns with one element a session. */
export const SESSION_COLUMNS = ['packetsSeen', 'protocol'] as const;
/** Columns with one element a row. */
export const ROW_COLUMNS = [
  ...(['seconds', 'nanoseconds', 'originalLength'] as const),
  ...(['network', 'transport', 'link', 'fromInitiator'] as const),
] as const;

/**
 * A table of zeros for S sessions with R rows.
 *
 * @throws FaultError (machine) when there are more header bytes than 32 bits can count
 */
export function createTable(sessions: number, rows: number, headerBytes: number): SessionTable {
  if (headerBytes > 0xffffffff)
    throw new FaultError(
      {
        place: 'captures',
        problem: `${headerBytes} header bytes to keep, at most ${0xffffffff} are possible`,
        cure: 'read fewer captures or lower sessions.maxPackets',
      },
      ExitCode.machine,
    );
  const lengths: Partial<Record<Column, number>> = {
    firstRow: sessions + 1,
    headerStart: rows + 1,
    header: headerBytes,
  };
  for (const name of SESSION_COLUMNS) lengths[name] = sessions;
  return fromColumns(sessions, (name) => new COLUMNS[name](lengths[name] ?? rows));
}

/** The table of `count` sessions that has these columns. */
export function fromColumns(count: number, column: (name: Column) => SessionTable[Column]): SessionTable {
  const names = Object.keys(COLUMNS) as Column[];
  return { count, ...Object.fromEntries(names.map((name) => [name, column(name)])) } as SessionTable;
}
