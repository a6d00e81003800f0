/**
 * What a host that takes the place of another brings along beside its addresses: the TTL, the VLAN and the values of TCP
 * options that most of its training packets had. Of every packet that has another sender (for the VLAN: another end) than
 * it had when it was captured, whatever the kind.
 */
import { addressSize, destinationAddress, sourceAddress, TcpFlag, ttlField } from '../capture/index.ts';
import { type Contacts, type Family, familyOf } from './contacts.ts';
import { get16, put, put16, same } from './edit.ts';
import type { Repair, RepairNotes } from './kind.ts';
import {
  findOption,
  SEGMENT_SIZE_LENGTH,
  TcpOption,
  vlanField,
  vlanOf,
  WINDOW_SCALE_LENGTH,
} from './marks.ts';
import type { SessionBytes } from './session-bytes.ts';
import { hasFlag, isTcp } from './tcp.ts';

/** Mends one packet. @returns false when what belongs there is not known */
type Mend = (session: SessionBytes, p: number, family: Family) => boolean;

const menders: readonly (readonly [Repair, keyof RepairNotes, Mend])[] = [
  ['ttl', 'ttlUnknown', mendTtl],
  ['vlan', 'vlanUnknown', mendVlan],
  ['tcp-options', 'optionsUnknown', mendOptions],
];

/** Mends what these repairs name, and counts the sessions in which something was not known; null where none does. */
export function createMender(
  repair: readonly Repair[],
  contacts: Contacts,
): ((session: SessionBytes, notes: RepairNotes) => void) | null {
  const wanted = menders.filter(([name]) => repair.includes(name));
  if (wanted.length === 0) return null;
  return (session, notes) => {
    const family = familyOf(contacts, session.version[0]!);
    for (const [, note, mend] of wanted) {
      let known = true;
      for (let p = 0; p < session.packets; p++) known = mend(session, p, family) && known;
      if (!known) notes[note]++;
    }
  };
}

/** Number of the address at an offset of packet p where it is not the captured one, −1 where it is unknown; else −2. */
function changedAddress(session: SessionBytes, p: number, offset: number, family: Family): number {
  const { bytes, stride, captured, origin } = session;
  const at = p * stride + offset;
  if (same(bytes, at, captured, origin[p]! + offset, addressSize(session.version[p]!))) return SAME;
  return family.addresses.find(bytes, at);
}
const SAME = -2;

function changedSender(session: SessionBytes, p: number, family: Family): number {
  return changedAddress(session, p, sourceAddress(session.version[p]!, session.network[p]!), family);
}

function mendTtl(session: SessionBytes, p: number, family: Family): boolean {
  const sender = changedSender(session, p, family);
  if (sender === SAME) return true;
  const ttl = sender < 0 ? -1 : family.marks.ttl[sender]!;
  if (ttl >= 0) put(session, p, ttlField(session.version[p]!, session.network[p]!), ttl);
  return ttl >= 0;
}

function mendVlan(session: SessionBytes, p: number, family: Family): boolean {
  const tag = vlanField(session.link[p]!, session.bytes, p * session.stride);
  if (tag < 0) return true;
  const sender = changedSender(session, p, family);
  const end =
    sender === SAME
      ? changedAddress(session, p, destinationAddress(session.version[p]!, session.network[p]!), family)
      : sender;
  if (end === SAME) return true;
  const { vlanSent, vlanReceived } = family.marks;
  const vlan = end < 0 ? -1 : (sender === SAME ? vlanReceived : vlanSent)[end]!;
  if (vlan < 0) return false;
  const word = get16(session, p, tag);
  put16(session, p, tag, word - vlanOf(word) + vlan);
  return true;
}

/** MSS and window scale of a SYN or SYN-ACK; which options there are, and in which order, stays. */
function mendOptions(session: SessionBytes, p: number, family: Family): boolean {
  if (!isTcp(session) || !hasFlag(session, p, TcpFlag.syn)) return true;
  const sender = changedSender(session, p, family);
  if (sender === SAME) return true;
  const { segmentSize, windowScale } = family.marks;
  const transport = session.transport[p]!;
  const at = p * session.stride + transport;
  const size = session.length[p]! - transport;
  const mss = findOption(session.bytes, at, size, TcpOption.segmentSize, SEGMENT_SIZE_LENGTH);
  const scale = findOption(session.bytes, at, size, TcpOption.windowScale, WINDOW_SCALE_LENGTH);
  const newMss = sender < 0 ? -1 : segmentSize[sender]!;
  const newScale = sender < 0 ? -1 : windowScale[sender]!;
  if (mss >= 0 && newMss >= 0) put16(session, p, transport + mss + 2, newMss);
  if (scale >= 0 && newScale >= 0) put(session, p, transport + scale + 2, newScale);
  return (mss < 0 || newMss >= 0) && (scale < 0 || newScale >= 0);
}
