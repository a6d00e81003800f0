/** Which sessions training has met already: by time, by endpoints, by hosts. */
import type { SessionTable } from '../session/index.ts';

/**
 * Training sessions that are over well before testing begins.
 *
 * @param gap seconds between the last kept packet of a training session and the first packet of all test sessions
 */
export function purgeBefore(
  sessions: SessionTable,
  train: Uint32Array,
  test: Uint32Array,
  gap: number,
): Uint32Array {
  const { firstRow, seconds, nanoseconds } = sessions;
  const time = (row: number): number => seconds[row]! + nanoseconds[row]! / 1e9;
  let border = Number.POSITIVE_INFINITY;
  for (const session of test) border = Math.min(border, time(firstRow[session]!));
  return train.filter((session) => {
    for (let row = firstRow[session]!; row < firstRow[session + 1]!; row++)
      if (time(row) >= border - gap) return false;
    return true;
  });
}

/** What makes two sessions count as met: the same endpoints over the same protocol, or the same two hosts. */
export type Meeting = 'endpoints' | 'pair';

/** Test sessions of which training has no other with the same endpoints, or hosts, in either direction. */
export function withoutMet(
  sessions: SessionTable,
  train: Uint32Array,
  test: Uint32Array,
  meeting: Meeting,
): Uint32Array {
  const known = new Set<string>();
  for (const session of train) known.add(keyOf(sessions, session, meeting));
  return test.filter((session) => !known.has(keyOf(sessions, session, meeting)));
}

/** One character a byte; the same for both directions. */
function keyOf(sessions: SessionTable, session: number, meeting: Meeting): string {
  const { header, headerStart, firstRow, network, transport, protocol } = sessions;
  const row = firstRow[session]!;
  const ip = headerStart[row]! + network[row]!;
  const [first, size] = header[ip]! >> 4 === 6 ? [8, 16] : [12, 4];
  const ports = headerStart[row]! + transport[row]!;
  const end = (address: number, port: number): string =>
    String.fromCharCode(...header.subarray(address, address + size)) +
    (meeting === 'pair' ? '' : String.fromCharCode(header[port]!, header[port + 1]!));
  const ends = [end(ip + first, ports), end(ip + first + size, ports + 2)].sort();
  return `${meeting === 'pair' ? '' : String.fromCharCode(protocol[session]!)}${ends.join('')}`;
}
