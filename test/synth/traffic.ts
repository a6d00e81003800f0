/** Traffic as distributions: what two networks can be held beside each other by, whatever their addresses are. */
import { Protocol } from '../../src/capture/packet.ts';
import type { SessionTable } from '../../src/session/table.ts';

/** What sessions look like. Values are sorted ascending; shares are by what they are counted by. */
export interface Traffic {
  readonly sessions: number;
  /** Values by name, see NUMERIC. */
  readonly values: Readonly<Record<NumericName, Float64Array>>;
  /** How often each occurs, by name, see NAMED. */
  readonly counts: Readonly<Record<NamedName, ReadonlyMap<string, number>>>;
}

/** Distributions of numbers. */
export const NUMERIC = {
  packets: 'packets per session',
  bytes: 'bytes per packet',
  gaps: 'ms between packets',
  durations: 'seconds per session',
  contacts: 'contacts per host',
} as const;
export type NumericName = keyof typeof NUMERIC;

/** Distributions of names. */
export const NAMED = {
  ports: 'ports of services',
  openings: 'first TCP flags',
  endings: 'how TCP ends',
  hops: 'time to live',
} as const;
export type NamedName = keyof typeof NAMED;

/** Packets whose flags make an opening. */
const OPENING = 6;
const FLAGS = [
  [0x02, 'S'],
  [0x10, 'A'],
  [0x08, 'P'],
  [0x01, 'F'],
  [0x04, 'R'],
] as const;

/**
 * Describes sessions.
 *
 * Lengths, gaps, durations and endings are those of the packets that the table keeps of a session, so it should keep many.
 * The service is the responder's port. Gaps and durations of sessions of one packet do not exist.
 */
export function describeTraffic(sessions: SessionTable): Traffic {
  const { count, firstRow, header, headerStart, network, transport, fromInitiator } = sessions;
  const packets: number[] = [];
  const bytes: number[] = [];
  const gaps: number[] = [];
  const durations: number[] = [];
  const contacts = new Map<string, Set<string>>();
  const counts = {
    ports: new Map(),
    openings: new Map(),
    endings: new Map(),
    hops: new Map(),
  } satisfies Record<NamedName, Map<string, number>>;
  const time = (row: number): number => sessions.seconds[row]! * 1000 + sessions.nanoseconds[row]! / 1e6;
  for (let s = 0; s < count; s++) {
    const first = firstRow[s]!;
    const end = firstRow[s + 1]!;
    const tcp = sessions.protocol[s] === Protocol.tcp;
    packets.push(sessions.packetsSeen[s]!);
    for (let row = first; row < end; row++) {
      bytes.push(sessions.originalLength[row]!);
      if (row > first) gaps.push(Math.max(0, time(row) - time(row - 1)));
    }
    if (end - first > 1) durations.push(Math.max(0, time(end - 1) - time(first)) / 1000);

    const sent = fromInitiator[first] === 1;
    const at = headerStart[first]! + network[first]!;
    const ports = headerStart[first]! + transport[first]! + (sent ? 2 : 0);
    add(counts.ports, `${tcp ? 'tcp' : 'udp'}/${(header[ports]! << 8) | header[ports + 1]!}`);
    const six = header[at]! >> 4 === 6;
    add(counts.hops, String(header[at + (six ? 7 : 8)]!));
    const [source, destination] = six ? [at + 8, at + 24] : [at + 12, at + 16];
    const size = six ? 16 : 4;
    const address = (from: number): string => header.subarray(from, from + size).join('.');
    const [from, to] = sent ? [source, destination] : [destination, source];
    const known = contacts.get(address(from));
    if (known === undefined) contacts.set(address(from), new Set([address(to)]));
    else known.add(address(to));
    if (!tcp) continue;
    add(counts.openings, openingOf(sessions, first, Math.min(end, first + OPENING)));
    add(counts.endings, endingOf(sessions, first, end, sessions.packetsSeen[s]! > end - first));
  }
  const perHost = [...contacts.values()].map(({ size }) => size);
  return {
    sessions: count,
    values: {
      packets: sorted(packets),
      bytes: sorted(bytes),
      gaps: sorted(gaps),
      durations: sorted(durations),
      contacts: sorted(perHost),
    },
    counts,
  };
}

const flagsAt = ({ header, headerStart, transport }: SessionTable, row: number): number =>
  header[headerStart[row]! + transport[row]! + 13]!;

function openingOf(sessions: SessionTable, from: number, end: number): string {
  const parts: string[] = [];
  for (let row = from; row < end; row++) {
    const flags = flagsAt(sessions, row);
    const letters = FLAGS.flatMap(([bit, letter]) => ((flags & bit) === 0 ? [] : [letter])).join('');
    parts.push((sessions.fromInitiator[row] === 1 ? '>' : '<') + (letters === '' ? '-' : letters));
  }
  return parts.join(' ');
}

function endingOf(sessions: SessionTable, from: number, end: number, cut: boolean): string {
  let all = 0;
  for (let row = from; row < end; row++) all |= flagsAt(sessions, row);
  if ((all & 0x04) !== 0) return (all & 0x01) !== 0 ? 'FIN and RST' : 'RST';
  if ((all & 0x01) !== 0) return 'FIN';
  return cut ? 'not seen' : 'neither';
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/**
 * Kolmogorov–Smirnov distance: sup |F(x) − G(x)| of the empirical distribution functions, 0 … 1; NaN where one is empty.
 *
 * @param a sorted ascending
 * @param b sorted ascending
 */
export function distanceOfValues(a: Float64Array, b: Float64Array): number {
  if (a.length === 0 || b.length === 0) return Number.NaN;
  let most = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const x = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= x) i++;
    while (j < b.length && b[j]! <= x) j++;
    most = Math.max(most, Math.abs(i / a.length - j / b.length));
  }
  return most;
}

/** Total variation distance: ½ Σ |p − q|, 0 … 1; NaN where one is empty. */
export function distanceOfNames(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, n) => sum + n, 0);
  const [all, others] = [total(a), total(b)];
  if (all === 0 || others === 0) return Number.NaN;
  let sum = 0;
  for (const name of [...new Set([...a.keys(), ...b.keys()])].sort())
    sum += Math.abs((a.get(name) ?? 0) / all - (b.get(name) ?? 0) / others);
  return sum / 2;
}
