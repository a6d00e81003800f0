/** TCP flags and sequence numbers (RFC 9293). */
import { Protocol, Tcp, TcpFlag } from '../capture/index.ts';
import { get32, put32 } from './edit.ts';
import type { SessionBytes } from './session-bytes.ts';

export const isTcp = (session: SessionBytes): boolean => session.protocol === Protocol.tcp;

/** The flags of packet p, without those of ECN. */
export const flagsOf = (session: SessionBytes, p: number): number =>
  session.bytes[p * session.stride + session.transport[p]! + Tcp.flags]! & 0x3f;

export const hasFlag = (session: SessionBytes, p: number, flag: number): boolean =>
  (flagsOf(session, p) & flag) !== 0;

/** Whether packet p goes on with a connection: its sender was seen before, and it is neither SYN nor RST. */
export function continues(session: SessionBytes, p: number): boolean {
  if (hasFlag(session, p, TcpFlag.syn | TcpFlag.rst)) return false;
  for (let before = 0; before < p; before++)
    if (session.fromInitiator[before] === session.fromInitiator[p]) return true;
  return false;
}

/** Adds to the sequence number of packet p, modulo 2³². */
export const addSequence = (session: SessionBytes, p: number, n: number): void =>
  add(session, p, session.transport[p]! + Tcp.sequence, n);

/** Adds to the acknowledgment number of packet p, modulo 2³², where it has one. */
export function addAcknowledgment(session: SessionBytes, p: number, n: number): void {
  if (hasFlag(session, p, TcpFlag.ack)) add(session, p, session.transport[p]! + Tcp.acknowledgment, n);
}

function add(session: SessionBytes, p: number, offset: number, n: number): void {
  put32(session, p, offset, get32(session, p, offset) + n);
}
