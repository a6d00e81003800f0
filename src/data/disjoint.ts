/** Keeps training and test apart: in time, by endpoints, by hosts. */
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

/** What two sessions must not share: their endpoints and protocol, or their two hosts. */
export type Shared = 'endpoints' | 'pair';

/** Test sessions of which training has no other with the same endpoints, or hosts, in either direction. */
export function withoutShared(
  sessions: SessionTable,
  train: Uint32Array,
  test: Uint32Array,
  shared: Shared,
): Uint32Array {
  const trained = new Set<string>();
  for (const session of train) trained.add(keyOf(sessions, session, shared));
  return test.filter((session) => !trained.has(keyOf(sessions, session, shared)));
}

/** One character a byte; the same for both directions. */
export function keyOf(sessions: SessionTable, session: number, shared: Shared): string {
  const { header, headerStart, firstRow, network, transport, protocol } = sessions;
  const row = firstRow[session]!;
  const ip = headerStart[row]! + network[row]!;
  const [first, size] = header[ip]! >> 4 === 6 ? [8, 16] : [12, 4];
  const ports = headerStart[row]! + transport[row]!;
  const end = (address: number, port: number): string =>
    String.fromCharCode(...header.subarray(address, address + size)) +
    (shared === 'pair' ? '' : String.fromCharCode(header[port]!, header[port + 1]!));
  const ends = [end(ip + first, ports), end(ip + first + size, ports + 2)].sort();
  return `${shared === 'pair' ? '' : String.fromCharCode(protocol[session]!)}${ends.join('')}`;
}
