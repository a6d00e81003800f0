/** The session table: captures to sessions, and who talks to whom. */
import { type Contacts, collectContacts } from '../../anomaly/index.ts';
import { assembleSessions, type SessionTable } from '../../session/index.ts';
import { type Suite, type Task, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { sessionOptions } from '../fixture.ts';
import { officeSessions, type SuiteContext } from './context.ts';

export function sessionSuite(context: SuiteContext): Suite {
  const { fixture } = context;
  const count = officeSessions(context);
  const assembly = (name: string, idleTimeout: number | null) =>
    timed(name, 'packets', async () => {
      const { path, packets } = await fixture.capture(count);
      return assemblyTask(path, packets, idleTimeout);
    });
  return {
    name: 'session',
    summary: 'captures to a session table, and the contacts of its sessions',
    benchmarks: () => [
      assembly('session/assemble', null),
      assembly('session/assemble, idle timeout 60 s', 60),
      timed('session/contacts', 'sessions', async () => {
        const { sessions, train } = await fixture.assembled(count);
        return contactsTask(sessions, train);
      }),
    ],
  };
}

/** Reads a capture and makes a session table of it. */
export function assemblyTask(
  path: string,
  amount: number,
  idleTimeout: number | null = null,
): Task<SessionTable> {
  return {
    amount,
    run: async () => (await assembleSessions([path], { ...sessionOptions, idleTimeout })).sessions,
    checksum: (table) => checksumOf(columnsOf(table)),
  };
}

/** Collects the contacts of these sessions. */
function contactsTask(sessions: SessionTable, indices: Uint32Array): Task<Contacts> {
  return {
    amount: indices.length,
    run: () => collectContacts(sessions, indices),
    checksum: ({ ipv4, ipv6, macs }) =>
      checksumOf([
        ipv4.scope,
        ipv4.mac,
        ipv4.pairs.count,
        ipv6.scope,
        ipv6.mac,
        ipv6.pairs.count,
        macs.count,
      ]),
  };
}

function columnsOf(table: SessionTable): readonly ArrayBufferView[] {
  return [
    table.firstRow,
    table.packetsSeen,
    table.protocol,
    table.headerStart,
    table.header,
    table.link,
    table.network,
    table.transport,
    table.fromInitiator,
    table.seconds,
    table.nanoseconds,
    table.originalLength,
  ];
}
