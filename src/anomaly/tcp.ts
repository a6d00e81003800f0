/** TCP flags and sequence numbers (RFC 9293). */
import { Protocol } from '../session/index.ts';
import { get32, put32 } from './edit.ts';
import { Tcp } from './place.ts';
import type { SessionBytes } from './session-bytes.ts';

export const Flag = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

export const isTcp = (session: SessionBytes): boolean => session.protocol === Protocol.tcp;

/** The flags of packet p, without those of ECN. */
export const flagsOf = (session: SessionBytes, p: number): number =>
  session.bytes[p * session.stride + session.transport[p]! + Tcp.flags]! & 0x3f;

export const hasFlag = (session: SessionBytes, p: number, flag: number): boolean =>
  (flagsOf(session, p) & flag) !== 0;

/** Adds to the sequence number of packet p, modulo 2³². */
export const addSequence = (session: SessionBytes, p: number, n: number): void =>
  add(session, p, session.transport[p]! + Tcp.sequence, n);

/** Adds to the acknowledgment number of packet p, modulo 2³², where it has one. */
export function addAcknowledgment(session: SessionBytes, p: number, n: number): void {
  if (hasFlag(session, p, Flag.ack)) add(session, p, session.transport[p]! + Tcp.acknowledgment, n);
}

function add(session: SessionBytes, p: number, offset: number, n: number): void {
  put32(session, p, offset, get32(session, p, offset) + n);
}
