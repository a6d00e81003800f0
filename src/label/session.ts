/** Sessions as the join sees them: who with whom, from when to when. */
import { Ipv4, Ipv6, Udp } from '../capture/index.ts';
import type { SessionTable } from '../session/index.ts';
import { ADDRESS_WORDS, setShort } from './address.ts';

/** Protocol, endpoints and times of sessions in columns, in the order of the table. S sessions. */
export interface SessionFacts {
  readonly count: number;
  /** [S]. */
  readonly protocol: Uint8Array;
  /** [S · 8]: the words of the initiator's address, then of the responder's. */
  readonly addresses: Int32Array;
  /** [S]: ports of initiator and responder. */
  readonly sourcePort: Uint16Array;
  readonly destinationPort: Uint16Array;
  /** [S]: times of the earliest and the latest kept packet, seconds since 1970. */
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/**
 * Reads them off the header bytes of each session's first packet.
 *
 * The time of a session is that of its kept packets: what a network sees is what is labelled.
 */
export function sessionFacts(sessions: SessionTable): SessionFacts {
  const { count, firstRow, headerStart, header, network, transport, fromInitiator } = sessions;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const addresses = new Int32Array(count * 2 * ADDRESS_WORDS);
  const sourcePort = new Uint16Array(count);
  const destinationPort = new Uint16Array(count);
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  for (let s = 0; s < count; s++) {
    const row = firstRow[s]!;
    const at = headerStart[row]! + network[row]!;
    const ports = headerStart[row]! + transport[row]!;
    const sent = fromInitiator[row] === 1;
    const source = s * 2 * ADDRESS_WORDS + (sent ? 0 : ADDRESS_WORDS);
    const destination = s * 2 * ADDRESS_WORDS + (sent ? ADDRESS_WORDS : 0);
    if (header[at]! >> 4 === 4) {
      setShort(view.getInt32(at + Ipv4.source), addresses, source);
      setShort(view.getInt32(at + Ipv4.destination), addresses, destination);
    } else
      for (let i = 0; i < ADDRESS_WORDS; i++) {
        addresses[source + i] = view.getInt32(at + Ipv6.source + 4 * i);
        addresses[destination + i] = view.getInt32(at + Ipv6.destination + 4 * i);
      }
    (sent ? sourcePort : destinationPort)[s] = view.getUint16(ports + Udp.sourcePort);
    (sent ? destinationPort : sourcePort)[s] = view.getUint16(ports + Udp.destinationPort);
    setTimes(sessions, s, start, end);
  }
  return { count, protocol: sessions.protocol, addresses, sourcePort, destinationPort, start, end };
}

/** Clocks step back now and then, so that the first row need not be the earliest. */
function setTimes(sessions: SessionTable, s: number, start: Float64Array, end: Float64Array): void {
  const { firstRow, seconds, nanoseconds } = sessions;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let row = firstRow[s]!; row < firstRow[s + 1]!; row++) {
    const time = seconds[row]! + nanoseconds[row]! / 1e9;
    if (time < least) least = time;
    if (time > most) most = time;
  }
  start[s] = least;
  end[s] = most;
}

/** The group of labels for a session; −1 when there is none. `scratch` [8] is written over. */
export function labelGroupOf(
  facts: SessionFacts,
  s: number,
  find: (protocol: number, addresses: Int32Array, portA: number, portB: number) => number,
  scratch: Int32Array,
): number {
  const at = s * 2 * ADDRESS_WORDS;
  for (let i = 0; i < 2 * ADDRESS_WORDS; i++) scratch[i] = facts.addresses[at + i]!;
  return find(facts.protocol[s]!, scratch, facts.sourcePort[s]!, facts.destinationPort[s]!);
}
