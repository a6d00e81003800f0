/** Sessions in a few numbers, for people. */
import { type Quantiles, quantiles } from '../numeric/index.ts';
import { Protocol, type SessionTable } from './table.ts';

/** Numbers about all sessions of a table. */
export interface SessionSummary {
  readonly sessions: number;
  readonly tcp: number;
  readonly udp: number;
  /** Of packets seen, also those that are not kept. */
  readonly packetsPerSession: Quantiles | null;
}

export function summariseSessions(sessions: SessionTable): SessionSummary {
  let tcp = 0;
  for (let s = 0; s < sessions.count; s++) if (sessions.protocol[s] === Protocol.tcp) tcp++;
  const sorted = sessions.packetsSeen.slice().sort();
  return {
    sessions: sessions.count,
    tcp,
    udp: sessions.count - tcp,
    packetsPerSession: quantiles(sorted, new Uint8Array(sorted.length).fill(1)),
  };
}
