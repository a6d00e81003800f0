/** A UDP session as a TCP connection. */
import { Ipv4, Protocol, Tcp, TcpFlag, Udp } from '../capture/index.ts';
import type { Stream } from '../random/index.ts';
import { isFinal, isFirstFragment, protocolField } from './chain.ts';
import { get16, put, put16, put32 } from './edit.ts';
import { insertCopy } from './packets.ts';
import { areHosts, isForward } from './place.ts';
import { dropPayload, payloadLength, setIpLength } from './segment.ts';
import { Make, type SessionBytes } from './session-bytes.ts';

/** Maximum segment size option, 1460 bytes (RFC 9293 §3.7.1): what Ethernet leaves of an IPv4 packet. */
const MSS = 0x020405b4;
const MSS_SIZE = 4;
const WINDOW = 64_240;
/** Packets of a handshake. */
const HANDSHAKE = 3;

/** Whether toTcp can be applied. */
export function canBeTcp(session: SessionBytes): boolean {
  const answer = firstAnswer(session);
  if (answer >= 0 && session.maxPackets <= HANDSHAKE) return false;
  if (!isFinal(session, 0) || (answer >= 0 && !isFinal(session, answer))) return false;
  if (!areHosts(session)) return false;
  for (let p = 0; p < session.packets; p++) if (!canConvert(session, p)) return false;
  return true;
}

/**
 * Makes a connection of a UDP session: the handshake, then its datagrams as segments; a lone SYN if nobody answered.
 */
export function toTcp(session: SessionBytes, source: Stream): void {
  const answer = firstAnswer(session);
  session.protocol = Protocol.tcp;
  let sequence = source.below(0x100000000);
  if (answer < 0) {
    session.packets = 1;
    open(session, 0, sequence, 0, TcpFlag.syn);
    return;
  }
  let back = source.below(0x100000000);
  insertCopy(session, answer, 0);
  insertCopy(session, 1, 0);
  insertCopy(session, 2, 2);
  open(session, 0, sequence++, 0, TcpFlag.syn);
  open(session, 1, back++, sequence, TcpFlag.syn | TcpFlag.ack);
  open(session, 2, sequence, back, TcpFlag.ack);
  addId(session, 0, -2);
  addId(session, 1, -1);
  addId(session, 2, -1);
  for (let p = HANDSHAKE; p < session.packets; p++) {
    const payload = get16(session, p, session.transport[p]! + Udp.length) - Udp.size;
    if (isForward(session, p)) {
      carry(session, p, sequence, back, payload);
      sequence += payload;
    } else {
      carry(session, p, back, sequence, payload);
      back += payload;
    }
  }
}

/** The first packet of the responder, −1 when there is none. */
function firstAnswer(session: SessionBytes): number {
  for (let p = 1; p < session.packets; p++) if (!isForward(session, p)) return p;
  return -1;
}

function canConvert(session: SessionBytes, p: number): boolean {
  const transport = session.transport[p]!;
  const payload = payloadLength(session, p);
  return (
    payload > 0 &&
    get16(session, p, transport + Udp.length) === Udp.size + payload &&
    get16(session, p, transport + Udp.checksum) !== 0 &&
    transport + Tcp.size + MSS_SIZE <= session.stride &&
    !isFirstFragment(session, p)
  );
}

/** Makes a segment of the handshake of packet p. */
function open(session: SessionBytes, p: number, sequence: number, acknowledgment: number, flags: number) {
  const options = (flags & TcpFlag.syn) === 0 ? 0 : MSS_SIZE;
  writeHeader(session, p, sequence, acknowledgment, flags, options);
  if (options > 0) put32(session, p, session.transport[p]! + Tcp.size, MSS);
  dropPayload(session, p);
}

/** Makes a segment with the payload of packet p of it. */
function carry(
  session: SessionBytes,
  p: number,
  sequence: number,
  acknowledgment: number,
  payload: number,
): void {
  session.made[p] = Make.converted;
  writeHeader(session, p, sequence, acknowledgment, TcpFlag.psh | TcpFlag.ack, 0);
  setIpLength(session, p, session.length[p]! - session.network[p]! + payload);
}

function writeHeader(
  session: SessionBytes,
  p: number,
  sequence: number,
  acknowledgment: number,
  flags: number,
  options: number,
): void {
  const transport = session.transport[p]!;
  const checksum = get16(session, p, transport + Udp.checksum);
  session.comparable[p] = Math.min(session.comparable[p]!, transport);
  session.length[p] = transport + Tcp.size + options;
  for (let i = transport; i < transport + Tcp.sequence; i += 2) put16(session, p, i, get16(session, p, i));
  put32(session, p, transport + Tcp.sequence, sequence);
  put32(session, p, transport + Tcp.acknowledgment, acknowledgment);
  put(session, p, transport + Tcp.offset, ((Tcp.size + options) / 4) << 4);
  put(session, p, transport + Tcp.flags, flags);
  put16(session, p, transport + Tcp.window, WINDOW);
  put16(session, p, transport + Tcp.checksum, checksum);
  put16(session, p, transport + Tcp.urgent, 0);
  put(session, p, protocolField(session, p), Protocol.tcp);
}

/** Adds to the IPv4 identification of packet p; 0 stays, which is that of a sender that uses none. */
function addId(session: SessionBytes, p: number, n: number): void {
  if (session.version[p] === 6) return;
  const at = session.network[p]! + Ipv4.id;
  const id = get16(session, p, at);
  if (id !== 0) put16(session, p, at, id + n);
}
