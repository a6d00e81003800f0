import type { Stream } from '../../random/index.ts';
import { type Contacts, familyOf, serviceCode } from '../contacts.ts';
import { drawMember } from '../draw.ts';
import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { markPlaced } from '../packets.ts';
import { addressOf, portOf } from '../place.ts';
import { loadPacket, type SessionBytes } from '../session-bytes.ts';
import { isTcp } from '../tcp.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates the take-over of one connection by another: the first half of a session goes on with the second half of
 * another one between the same initiator and responder at the same service. That one is drawn among the training
 * sessions that began before; its port of the initiator becomes that of the session.
 *
 * Applies to TCP sessions with such a counterpart of two packets or more. The halves are those of the packets that are
 * read; what does not fit falls off at the end.
 */
export const sessionSplice: Kind = {
  name: 'session-splice',
  families: ['dialogue'],
  fields: [],
  packets: true,
  traces: [
    staleChecksums,
    { says: 'IP ids, timestamps and numbers start anew in the middle, as they would' },
  ],
  apply(session, { contacts }, source) {
    const { sessions } = contacts;
    // Origins are offsets into the captured bytes: another table has other ones.
    if (!isTcp(session) || session.captured !== sessions.header) return false;
    const donor = drawDonor(session, contacts, source);
    if (donor < 0) return false;
    const port = get16(session, 0, portOf(session, 0, true));
    const kept = (session.packets + 1) >> 1;
    const first = sessions.firstRow[donor]!;
    const last = Math.min(sessions.firstRow[donor + 1]!, first + session.maxPackets);
    const middle = (first + last + 1) >> 1;
    const taken = Math.min(last - middle, session.maxPackets - kept);
    if (taken === 0 || !fits(session, contacts, middle, taken)) return false;
    session.packets = kept + taken;
    for (let p = kept; p < session.packets; p++) {
      loadPacket(sessions, middle + p - kept, session, p);
      markPlaced(session, p);
      put16(session, p, portOf(session, p, true), port);
    }
    return true;
  },
};

/** An earlier training session with the same initiator, responder and service; −1 when there is none. At most 65 draws. */
function drawDonor(session: SessionBytes, contacts: Contacts, source: Stream): number {
  const { addresses, calls, dialogues, byDialogue } = familyOf(contacts, session.version[0]!);
  const initiator = addresses.find(session.bytes, addressOf(session, 0, true));
  const responder = addresses.find(session.bytes, addressOf(session, 0, false));
  if (initiator < 0 || responder < 0) return -1;
  const call = calls.find(initiator, responder);
  if (call < 0) return -1;
  const service = serviceCode(session.protocol, get16(session, 0, portOf(session, 0, false)));
  const dialogue = dialogues.find(call, service);
  if (dialogue < 0 || dialogue + 1 >= byDialogue.start.length) return -1;
  const { start, members } = byDialogue;
  // Sessions are in the order of time: training must not know more of what comes later than testing does.
  const isBefore = (donor: number): boolean => donor < session.session;
  return drawMember(members, start[dialogue]!, start[dialogue + 1]!, isBefore, source);
}

/** Whether the headers of these rows fit into the stride. */
function fits(session: SessionBytes, { sessions }: Contacts, row: number, rows: number): boolean {
  const { headerStart } = sessions;
  for (let r = row; r < row + rows; r++)
    if (headerStart[r + 1]! - headerStart[r]! > session.stride) return false;
  return true;
}
