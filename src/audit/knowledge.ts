/** What morphs know that nobody could know when their sessions are presented, and what they should know and do not. */
import { type Contacts, familyOf } from '../anomaly/index.ts';
import { addressSize, destinationAddress, sourceAddress } from '../capture/index.ts';
import type { SessionTable } from '../session/index.ts';
import { formatCount, plural } from '../text/index.ts';
import { type Check, check } from './audit.ts';

/** Contacts, and the sessions that they should be of. */
export interface Knowledge {
  readonly whose: 'training' | 'test';
  readonly contacts: Contacts;
  /** Indices in the table. */
  readonly from: Uint32Array;
}

/** Pairs of hosts that are known and were never seen, and those that were seen and are not known. */
interface Reach {
  readonly pairs: number;
  readonly beyond: number;
  readonly lacking: number;
}

/** Whether the morphs of one side know who talks to whom in the sessions before them, no more and no less. */
export function checkKnowledge(sessions: SessionTable, { whose, contacts, from }: Knowledge): Check {
  const { pairs, beyond, lacking } = reach(sessions, contacts, from);
  const of = { area: 'knowledge', name: `${whose}-contacts` } as const;
  if (beyond > 0)
    return check({
      ...of,
      status: 'finding',
      says: `${whose} morphs know ${formatCount(beyond)} of ${plural(pairs, 'pair')} of hosts from sessions that come later, so that their strangers are strangers of the future, too`,
      cure: '"anomalies": {"lookAhead": false}',
    });
  if (lacking > 0)
    return check({
      ...of,
      status: 'finding',
      says: `${whose} morphs do not know ${plural(lacking, 'pair')} of hosts that were there before: what is a stranger depends on the cell, and so do the ${whose} sessions`,
    });
  return check({
    ...of,
    status: 'checked',
    says: `${whose} morphs know the ${plural(pairs, 'pair')} of hosts of the sessions before them, and no other`,
  });
}

function reach(sessions: SessionTable, contacts: Contacts, from: Uint32Array): Reach {
  const { header, headerStart, firstRow, network } = sessions;
  const seen = { 4: new Set<number>(), 6: new Set<number>() };
  const unknown = new Set<string>();
  for (const session of from) {
    const row = firstRow[session]!;
    const start = headerStart[row]!;
    const version = header[start + network[row]!]! >> 4 === 6 ? 6 : 4;
    const { addresses, pairs } = familyOf(contacts, version);
    const [at, to] = [sourceAddress, destinationAddress].map((of) => start + of(version, network[row]!));
    const [a, b] = [addresses.find(header, at!), addresses.find(header, to!)];
    if (a === b && a >= 0) continue;
    const entry = a < 0 || b < 0 ? -1 : pairs.find(Math.min(a, b), Math.max(a, b));
    if (entry >= 0) seen[version].add(entry);
    else {
      const size = addressSize(version);
      const ends = [at!, to!].map((i) => header.subarray(i, i + size).join('.'));
      if (ends[0] !== ends[1]) unknown.add(ends.sort().join(' '));
    }
  }
  const pairs = contacts.ipv4.pairs.count + contacts.ipv6.pairs.count;
  return { pairs, beyond: pairs - seen[4].size - seen[6].size, lacking: unknown.size };
}
