/** Where the fields of a session's two ends are in a packet. */
import { destinationAddress, destinationMac, sourceAddress, sourceMac, Udp } from '../capture/index.ts';
import type { SessionBytes } from './session-bytes.ts';

/** Whether packet p goes from the initiator to the responder. */
export const isForward = (session: SessionBytes, p: number): boolean =>
  session.fromInitiator[p] === (session.origin[0] === session.first ? 1 : session.fromInitiator[0]);

/** Offset of the address of one end in packet p. */
export function addressOf(session: SessionBytes, p: number, initiator: boolean): number {
  const place = isForward(session, p) === initiator ? sourceAddress : destinationAddress;
  return place(session.version[p]!, session.network[p]!);
}

/** Offset of the port of one end in packet p. */
export const portOf = (session: SessionBytes, p: number, initiator: boolean): number =>
  session.transport[p]! + (isForward(session, p) === initiator ? Udp.sourcePort : Udp.destinationPort);

/** Offset of the MAC address of one end in packet p, −1 where the link header has none. */
export function macOf(session: SessionBytes, p: number, initiator: boolean): number {
  const place = isForward(session, p) === initiator ? sourceMac : destinationMac;
  return place(session.link[p]!, session.bytes, p * session.stride);
}
