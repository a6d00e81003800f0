/** What a presented session looks like beside its addresses: how it begins and ends, its lengths, its handshake. */
import { addressOf, familyOf, portOf, type SessionBytes, scopeOf, serviceCode } from '../anomaly/index.ts';
import { Ipv4, Ipv6, Protocol, sourceAddress, Tcp, TcpFlag, Udp } from '../capture/index.ts';
import { fingerprintOf, hostProfilesOf, scopesKey, type TrainingProfile } from './host-profile.ts';

const get16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

/** Where packet p has a byte of its TCP header. */
const tcpAt = ({ stride, transport }: SessionBytes, p: number, field: number): number =>
  p * stride + transport[p]! + field;

const flagsOf = (session: SessionBytes, p: number): number => session.bytes[tcpAt(session, p, Tcp.flags)]!;

/** Whether a TCP session is over before so many packets as are kept, and nobody ended it. */
export function endsOpen(session: SessionBytes): boolean {
  if (session.protocol !== Protocol.tcp || session.packets === session.maxPackets) return false;
  for (let p = 0; p < session.packets; p++)
    if ((flagsOf(session, p) & (TcpFlag.fin | TcpFlag.rst)) !== 0) return false;
  return true;
}

/** Whether whoever answers begins the TCP connection: its first packet is a SYN-ACK, or a bare SYN comes back. */
export function beginsBackwards(session: SessionBytes): boolean {
  if (session.protocol !== Protocol.tcp) return false;
  const both = TcpFlag.syn | TcpFlag.ack;
  if ((flagsOf(session, 0) & both) === both) return true;
  for (let p = 1; p < session.packets; p++)
    if (session.fromInitiator[p] !== session.fromInitiator[0] && (flagsOf(session, p) & both) === TcpFlag.syn)
      return true;
  return false;
}

/** Bytes of a frame that are padding (IEEE 802.3 §3.2.8), and of a trailer that some captures keep. */
const LEAST_FRAME = 64;
const TRAILER = 8;

/** Whether packet p has a length that its frame, or the header behind it, contradicts. */
export function hasWrongLength(session: SessionBytes, p: number): boolean {
  const { bytes, stride } = session;
  const network = session.network[p]!;
  const transport = session.transport[p]!;
  const six = session.version[p] === 6;
  const ip = p * stride + network;
  const total = six ? Ipv6.size + get16(bytes, ip + Ipv6.length) : get16(bytes, ip + Ipv4.length);
  // A card that cuts segments itself leaves 0.
  if (total === (six ? Ipv6.size : 0)) return false;
  const wire = session.originalLength[p]!;
  const end = network + total;
  if (end > wire || (wire > LEAST_FRAME && wire - end > TRAILER)) return true;
  if (session.protocol !== Protocol.udp) return false;
  const isFragment = !six && (get16(bytes, ip + Ipv4.flags) & 0x3fff) !== 0;
  const length = get16(bytes, p * stride + transport + Udp.length);
  return !isFragment && length !== total - (transport - network);
}

/** Whether packet p is a SYN or SYN-ACK with a window or with options that training never saw of the known host that sends it. */
export function hasNewFingerprint(session: SessionBytes, p: number, known: TrainingProfile): boolean {
  if (session.protocol !== Protocol.tcp || (flagsOf(session, p) & TcpFlag.syn) === 0) return false;
  const { bytes, stride } = session;
  const version = session.version[p]!;
  const at = p * stride + sourceAddress(version, session.network[p]!);
  const address = familyOf(known.contacts, version).addresses.find(bytes, at);
  const { fingerprints, hasFingerprint } = hostProfilesOf(known, version);
  if (address < 0 || hasFingerprint[address] === 0) return false;
  return !fingerprints.has(
    address,
    fingerprintOf(bytes, tcpAt(session, p, 0), p * stride + session.length[p]!),
  );
}

/** Whether no session of training goes from an address of that scope to one of the other's. */
export function hasNewScopes(session: SessionBytes, known: TrainingProfile): boolean {
  const version = session.version[0]!;
  const { addresses, scope } = familyOf(known.contacts, version);
  const [from, to] = [true, false].map((initiator) => {
    const at = addressOf(session, 0, initiator);
    const address = addresses.find(session.bytes, at);
    return address < 0 ? scopeOf(version, session.bytes, at) : scope[address]!;
  });
  return !hostProfilesOf(known, version).scopes.has(scopesKey(from!, to!));
}

/** Whether the known host that has the lower port, which is the one of the service, never had it in training. */
export function hasNewHostPort(session: SessionBytes, known: TrainingProfile): boolean {
  const { bytes } = session;
  const [a, b] = [true, false].map((initiator) => get16(bytes, portOf(session, 0, initiator)));
  const version = session.version[0]!;
  const address = familyOf(known.contacts, version).addresses.find(bytes, addressOf(session, 0, a! < b!));
  if (address < 0) return false;
  const service = serviceCode(session.protocol, Math.min(a!, b!));
  return !hostProfilesOf(known, version).ports.has(address, service);
}

/** Whether its initiator, whom training knows, began no session there. */
export function isNewCaller(session: SessionBytes, { contacts }: TrainingProfile): boolean {
  const { addresses, began } = familyOf(contacts, session.version[0]!);
  const address = addresses.find(session.bytes, addressOf(session, 0, true));
  return address >= 0 && began[address + 1] === began[address];
}
