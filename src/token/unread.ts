/** Kinds of anomaly that edit what is not read: of the commonest headers, before any session was morphed. */
import { createSessionBytes, type Kind, loadSession, longestHeader } from '../anomaly/index.ts';
import { Ethernet, type HeaderLayout, Ipv4, Link, Protocol, Tcp, Udp } from '../capture/index.ts';
import type { SessionTable } from '../session/index.ts';
import type { EncodeOptions } from './encode.ts';
import { fieldNames } from './fields.ts';
import { hiddenFields, resolveHide } from './hide.ts';

/** How the headers of a packet follow each other. */
export interface HeaderFields {
  /** "Ethernet/IPv4/TCP". */
  readonly name: string;
  /** The field of every header byte. */
  readonly fields: readonly string[];
  /** Offset of the IP header. */
  readonly network: number;
}

const withoutData = (name: string, ...headers: readonly HeaderLayout[]): HeaderFields => ({
  name,
  fields: headers.flatMap(({ fields }) =>
    fields.flatMap(([field, bytes]) => new Array<string>(bytes).fill(field)),
  ),
  network: Ethernet.size,
});

/** The headers of most packets in most captures, by their protocol: what is known without data. */
export const COMMONEST: Readonly<Record<'tcp' | 'udp', HeaderFields>> = {
  tcp: withoutData('Ethernet/IPv4/TCP', Ethernet, Ipv4, Tcp),
  udp: withoutData('Ethernet/IPv4/UDP', Ethernet, Ipv4, Udp),
};

/** The commonest layout of the first packets of TCP sessions, and that of UDP sessions, as far as there are such. */
export function commonestLayouts(sessions: SessionTable): readonly HeaderFields[] {
  const { count, firstRow, link, network, transport, protocol } = sessions;
  return [Protocol.tcp, Protocol.udp].flatMap((wanted) => {
    // By link type and offsets: the first session that has them, and how many do.
    const seen = new Map<string, { readonly first: number; times: number }>();
    for (let s = 0; s < count; s++) {
      if (protocol[s] !== wanted) continue;
      const row = firstRow[s]!;
      const key = `${link[row]} ${network[row]} ${transport[row]}`;
      const entry = seen.get(key);
      if (entry === undefined) seen.set(key, { first: s, times: 1 });
      else entry.times++;
    }
    let best: { readonly first: number; times: number } | undefined;
    for (const entry of seen.values()) if (best === undefined || entry.times > best.times) best = entry;
    return best === undefined ? [] : [layoutOf(sessions, best.first)];
  });
}

const linkNames = new Map<number, string>([
  [Link.ethernet, 'Ethernet'],
  [Link.sll, 'Linux cooked'],
  [Link.sll2, 'Linux cooked v2'],
  [Link.ppp, 'PPP'],
  [Link.loopback, 'loopback'],
  [Link.wifi, '802.11'],
]);

/** Of the first packet of a session. */
function layoutOf(sessions: SessionTable, session: number): HeaderFields {
  const bytes = createSessionBytes(1, longestHeader(sessions));
  loadSession(sessions, session, bytes);
  const fields = fieldNames(bytes, 0);
  const link = linkNames.get(bytes.link[0]!);
  const names = [
    ...(link === undefined ? [] : [link]),
    ...(fields.includes('vlan.tag') ? ['VLAN'] : []),
    bytes.version[0] === 6 ? 'IPv6' : 'IPv4',
    bytes.protocol === Protocol.udp ? 'UDP' : 'TCP',
  ];
  return { name: names.join('/'), fields, network: bytes.network[0]! };
}

/** A kind of which nothing is read, where it edits fields of such a packet at all. */
export interface UnreadKind {
  readonly kind: string;
  readonly layout: string;
  /** Its fields in such a packet. */
  readonly fields: readonly string[];
  /** Offsets in the packet of their bytes: the first and the last of each run. */
  readonly runs: readonly (readonly [number, number])[];
  /** Whether more bytes would not help, because the fields are hidden. */
  readonly hidden: boolean;
  /** Whether at least missing, added or moved packets can be seen. */
  readonly packets: boolean;
}

/** Those of these kinds whose every field in a packet of such a layout is beyond what is read, or hidden. */
export function unreadKinds(
  options: EncodeOptions,
  kinds: readonly Kind[],
  { name, fields, network }: HeaderFields,
): readonly UnreadKind[] {
  const hidden = hiddenFields(options);
  const begin = options.from === 'ip' ? network : 0;
  const isWithin = (offset: number): boolean => offset >= begin && offset < begin + options.bytes;
  return kinds.flatMap((kind) => {
    const wanted = resolveHide(kind.fields);
    const offsets = fields.flatMap((field, offset) => (wanted.has(field) ? [offset] : []));
    if (offsets.length === 0) return [];
    if (offsets.some((offset) => isWithin(offset) && !hidden.has(fields[offset]!))) return [];
    return [
      {
        kind: kind.name,
        layout: name,
        fields: [...new Set(offsets.map((offset) => fields[offset]!))],
        runs: runsOf(offsets),
        hidden: offsets.some(isWithin),
        packets: kind.packets,
      },
    ];
  });
}

/** The first and the last number of each run of ascending numbers. */
function runsOf(numbers: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs;
}
