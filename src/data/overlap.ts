/** How much the test sessions share with training: what a score on them can mean. */
import type { Contacts } from '../anomaly/index.ts';
import type { SessionTable, Split } from '../session/index.ts';

/** Counts of test sessions. */
export interface Overlap {
  readonly sessions: number;
  /** Both addresses occur in training sessions, together or not. */
  readonly addresses: number;
  /** Training has a session between the same two addresses. */
  readonly pairs: number;
  /** Training has a session with the same responder address and port over the same protocol. */
  readonly services: number;
}

/**
 * Compares the test sessions with the training sessions, as captured.
 *
 * @param contacts of the training sessions
 */
export function findOverlap(
  sessions: SessionTable,
  split: Pick<Split, 'train' | 'test'>,
  contacts: Contacts,
): Overlap {
  const services = new Set<string>();
  /** Addresses that talk to themselves in training, which contacts do not say. */
  const selves = new Set<string>();
  for (const session of split.train) {
    services.add(serviceOf(sessions, session));
    const self = selfOf(sessions, session);
    if (self !== undefined) selves.add(self);
  }
  let addresses = 0;
  let pairs = 0;
  let known = 0;
  for (const session of split.test) {
    const { header } = sessions;
    const { version, source, destination } = endsOf(sessions, session);
    const family = version === 6 ? contacts.ipv6 : contacts.ipv4;
    const a = family.addresses.find(header, source);
    const b = family.addresses.find(header, destination);
    if (a >= 0 && b >= 0) {
      addresses++;
      const seen =
        a === b
          ? selves.has(selfOf(sessions, session) ?? '')
          : family.pairs.has(Math.min(a, b), Math.max(a, b));
      if (seen) pairs++;
    }
    if (services.has(serviceOf(sessions, session))) known++;
  }
  return { sessions: split.test.length, addresses, pairs, services: known };
}

/** IP version and where the initiator's and the responder's address are in the header bytes (RFC 791, RFC 8200). */
function endsOf({ header, headerStart, firstRow, network, fromInitiator }: SessionTable, session: number) {
  const row = firstRow[session]!;
  const ip = headerStart[row]! + network[row]!;
  const version = header[ip]! >> 4;
  const [first, size] = version === 6 ? [8, 16] : [12, 4];
  const sent = fromInitiator[row] === 1;
  const [source, destination] = sent ? [first, first + size] : [first + size, first];
  return { version, size, source: ip + source, destination: ip + destination };
}

/** The address of a session with both ends the same, one character a byte. */
function selfOf(sessions: SessionTable, session: number): string | undefined {
  const { header } = sessions;
  const { source, destination, size } = endsOf(sessions, session);
  const [from, to] = [source, destination].map((at) =>
    String.fromCharCode(...header.subarray(at, at + size)),
  );
  return from === to ? from : undefined;
}

/** Protocol, responder address and responder port, one character a byte. */
function serviceOf(sessions: SessionTable, session: number): string {
  const { header, headerStart, firstRow, transport, fromInitiator } = sessions;
  const { destination, size } = endsOf(sessions, session);
  const row = firstRow[session]!;
  const port = headerStart[row]! + transport[row]! + (fromInitiator[row] === 1 ? 2 : 0);
  return String.fromCharCode(
    sessions.protocol[session]!,
    ...header.subarray(destination, destination + size),
    header[port]!,
    header[port + 1]!,
  );
}
