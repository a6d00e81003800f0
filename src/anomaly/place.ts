/** Where the fields of a session's two ends are in a packet. */
import { destinationAddress, destinationMac, sourceAddress, sourceMac, Udp } from '../capture/index.ts';
import { hostScope, isHost, scopeOf } from './scope.ts';
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

/** The scope of one end's address (see Scope), by the address itself and by the MAC address of the first packet. */
export function scopeOfEnd(session: SessionBytes, initiator: boolean): number {
  const scope = scopeOf(session.version[0]!, session.bytes, addressOf(session, 0, initiator));
  const mac = macOf(session, 0, initiator);
  return hostScope(scope, mac >= 0 && (session.bytes[mac]! & 1) === 1);
}

/** Whether both ends are single hosts, so that either can be the source of packets and the destination. */
export const areHosts = (session: SessionBytes): boolean =>
  isHost(scopeOfEnd(session, true)) && isHost(scopeOfEnd(session, false));
