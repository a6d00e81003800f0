/** A TCP session as UDP datagrams. */
import { Protocol, Tcp, Udp } from '../capture/index.ts';
import { isFirstFragment, protocolField } from './chain.ts';
import { get16, put, put16 } from './edit.ts';
import { removePacket } from './packets.ts';
import { payloadLength, setIpLength } from './segment.ts';
import { Make, type SessionBytes } from './session-bytes.ts';

/**
 * Leaves of a TCP session the segments with payload, from the first one of the initiator on, as datagrams.
 *
 * @returns false when there is none; then nothing was changed
 */
export function toUdp(session: SessionBytes): boolean {
  const initiator = session.fromInitiator[0]!;
  let first = 0;
  while (
    first < session.packets &&
    !(session.fromInitiator[first] === initiator && canConvert(session, first))
  )
    first++;
  if (first === session.packets) return false;
  for (let p = session.packets - 1; p >= 0; p--)
    if (p < first || !canConvert(session, p)) removePacket(session, p);
  session.protocol = Protocol.udp;
  for (let p = 0; p < session.packets; p++) convert(session, p);
  return true;
}

/** Options that are not there cannot be taken out of a checksum. */
const canConvert = (session: SessionBytes, p: number): boolean =>
  payloadLength(session, p) > 0 && session.cut[p] === 0 && !isFirstFragment(session, p);

function convert(session: SessionBytes, p: number): void {
  const transport = session.transport[p]!;
  const payload = payloadLength(session, p);
  const checksum = get16(session, p, transport + Tcp.checksum);
  session.made[p] = Make.converted;
  session.comparable[p] = Math.min(session.comparable[p]!, transport);
  session.length[p] = transport + Udp.size;
  for (let i = transport; i < transport + Udp.length; i += 2) put16(session, p, i, get16(session, p, i));
  put16(session, p, transport + Udp.length, Udp.size + payload);
  put16(session, p, transport + Udp.checksum, checksum);
  put(session, p, protocolField(session, p), Protocol.udp);
  setIpLength(session, p, transport - session.network[p]! + Udp.size + payload);
}
