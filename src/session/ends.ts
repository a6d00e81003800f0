/** The two ends of a session as a key. */
import type { SessionTable } from './table.ts';

/** What sessions may share: their endpoints and protocol, or their two hosts. */
export type Shared = 'endpoints' | 'pair';

/** One character a byte; the same for both directions. */
export function endsKey(sessions: SessionTable, session: number, shared: Shared): string {
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
