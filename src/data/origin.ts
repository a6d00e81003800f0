/** What test sessions were before any morph: their application, their hosts, and whether training knows these. */
import { type Contacts, familyOf } from '../anomaly/index.ts';
import { addressSize, destinationAddress, sourceAddress } from '../capture/index.ts';
import { applicationOf } from '../evaluation/index.ts';
import type { SessionTable } from '../session/index.ts';
import { type Clustering, clusteringsOf } from '../statistics/index.ts';

export interface Origins {
  /** [N] */
  readonly applications: readonly string[];
  /** [N]: 1 where training has a session between the same two addresses. */
  readonly pairKnown: Uint8Array;
  /** [N]: whole seconds since 1970 of the first packet. */
  readonly starts: Float64Array;
  /** By the hosts at both ends. */
  readonly clusterings: readonly Clustering[];
}

/**
 * Reads the first packet of each session, as captured.
 *
 * @param test indices in the table, N of them
 * @param contacts of the training sessions
 */
export function originsOf(sessions: SessionTable, test: Uint32Array, contacts: Contacts): Origins {
  const { header, headerStart, firstRow, network, transport, protocol, fromInitiator } = sessions;
  const pairKnown = new Uint8Array(test.length);
  const initiators: string[] = [];
  const responders: string[] = [];
  const applications = Array.from(test, (session, i) => {
    const row = firstRow[session]!;
    const start = headerStart[row]!;
    const version = header[start + network[row]!]! >> 4 === 6 ? 6 : 4;
    const { addresses, calls } = familyOf(contacts, version);
    const source = start + sourceAddress(version, network[row]!);
    const destination = start + destinationAddress(version, network[row]!);
    const a = addresses.find(header, source);
    const b = addresses.find(header, destination);
    const [from, to] = fromInitiator[row] === 1 ? [source, destination] : [destination, source];
    initiators.push(addressKey(header, from, version));
    responders.push(addressKey(header, to, version));
    if (a >= 0 && b >= 0 && (calls.has(a, b) || calls.has(b, a))) pairKnown[i] = 1;
    const port = start + transport[row]! + (fromInitiator[row] === 1 ? 2 : 0);
    return applicationOf(protocol[session]!, (header[port]! << 8) | header[port + 1]!);
  });
  const starts = Float64Array.from(test, (session) => sessions.seconds[firstRow[session]!]!);
  return { applications, pairKnown, starts, clusterings: clusteringsOf(initiators, responders, test) };
}

/** The bytes of an address, one a character. */
const addressKey = (header: Uint8Array, at: number, version: 4 | 6): string =>
  String.fromCharCode(...header.subarray(at, at + addressSize(version)));
