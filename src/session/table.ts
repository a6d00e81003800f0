/**
 * Sessions in columns: no object per packet or session, header bytes back to back.
 *
 * Sessions are ordered by the time of their first packet (ties: order of the capture). Within a session, packets
 * keep the order of the capture.
 */

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
  /** [R]: 1 when the initiator (sender of the session's first packet) sent it. */
  readonly fromInitiator: Uint8Array;
  /** [R]: whole seconds since 1970 of the packet's time stamp. */
  readonly seconds: Float64Array;
  /** [R]: nanoseconds within the second. */
  readonly nanoseconds: Uint32Array;
  /** [R]: bytes of the packet on the wire. */
  readonly originalLength: Uint32Array;
}
