/** Sessions that go on from one day into the next: each day is read by itself, and has a part of them. */
import { Tcp } from '../capture/index.ts';
import { Protocol, type SessionTable } from '../session/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import { keyOf } from './disjoint.ts';
import type { Part } from './read.ts';

/**
 * The sessions of days that the capture of all days in one would have made part of a session of a day before: the first of
 * its endpoints on its day, not begun by a SYN, and within the idle timeout (an hour where there is none) of what was
 * before. Of a session whose last packets are not kept the end of its day stands for its own.
 *
 * @param days of one data set
 */
export function continuations(
  sessions: SessionTable,
  days: readonly Part[],
  { idleTimeout }: Pick<ExperimentSpec['sessions'], 'idleTimeout'>,
): ReadonlySet<number> {
  const { firstRow, seconds, nanoseconds, packetsSeen } = sessions;
  const time = (row: number): number => seconds[row]! + nanoseconds[row]! / 1e9;
  const begin = ({ from }: Part): number => time(firstRow[from]!);
  const found = new Set<number>();
  /** The last time of the endpoints of all days before. */
  const lastOf = new Map<string, number>();
  const inOrder = days.filter(({ from, to }) => to > from).sort((a, b) => begin(a) - begin(b));
  for (const { from, to } of inOrder) {
    const own = new Map<string, number[]>();
    let end = Number.NEGATIVE_INFINITY;
    for (let s = from; s < to; s++) {
      end = Math.max(end, time(firstRow[s + 1]! - 1));
      const key = keyOf(sessions, s, 'endpoints');
      const known = own.get(key);
      if (known !== undefined) known.push(s);
      else {
        own.set(key, [s]);
        const gap = time(firstRow[s]!) - (lastOf.get(key) ?? Number.NEGATIVE_INFINITY);
        if (gap <= (idleTimeout ?? HOUR) && !opens(sessions, s)) found.add(s);
      }
    }
    for (const [key, list] of own) {
      const s = list.at(-1)!;
      const whole = firstRow[s + 1]! - firstRow[s]! === packetsSeen[s];
      lastOf.set(key, whole ? time(firstRow[s + 1]! - 1) : end);
    }
  }
  return found;
}

/** Whether a session begins with the SYN of its initiator. */
function opens({ firstRow, headerStart, header, transport, protocol }: SessionTable, s: number): boolean {
  if (protocol[s] !== Protocol.tcp) return false;
  const row = firstRow[s]!;
  return (header[headerStart[row]! + transport[row]! + Tcp.flags]! & (SYN | ACK)) === SYN;
}

const HOUR = 3600;
const SYN = 0x02;
const ACK = 0x10;
