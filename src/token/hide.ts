/** Names that `hide` knows, and what they hide, compiled to offsets from the start of each header. */
import { type HeaderLayout, linkFields, packetHeaders } from '../capture/index.ts';
import { FaultError, suggest } from '../fault/index.ts';

/** Every field, in the order of the tables. */
const fields: readonly string[] = [
  ...linkFields,
  ...packetHeaders.flatMap(({ fields, rest }) => [...fields.map(([name]) => name), ...rest]),
];

const startingWith = (...prefixes: readonly string[]) =>
  fields.filter((field) => prefixes.some((prefix) => field.startsWith(`${prefix}.`)));

/** Fields of a MAC address, the sender's or another. */
const macs = [
  ...['ethernet.destination', 'ethernet.source', 'sll.address', 'sll2.address'],
  ...['wifi.address1', 'wifi.address2', 'wifi.address3', 'wifi.address4'],
];

/** Names that stand for several fields. */
const groups: Readonly<Record<string, readonly string[]>> = {
  /** Whole layers. */
  link: linkFields,
  network: startingWith('ip', 'ipv6'),
  transport: startingWith('tcp', 'udp'),
  /** The same thing in different headers. */
  mac: macs,
  address: ['ip.source', 'ip.destination', 'ipv6.source', 'ipv6.destination'],
  port: ['tcp.source-port', 'tcp.destination-port', 'udp.source-port', 'udp.destination-port'],
  checksum: ['ip.checksum', 'tcp.checksum', 'udp.checksum'],
  ttl: ['ip.ttl', 'ipv6.hops'],
  length: ['pppoe.length', 'ip.length', 'ipv6.length', 'udp.length'],
  options: ['ip.options', 'ipv6.extension', 'tcp.options'],
};

const checksums = groups.checksum!;
const covered = (...names: readonly string[]) => new Set(names.filter((name) => !checksums.includes(name)));

/** Fields that are a function of others, and of which; what is a function of a function comes behind it. */
const derivations: readonly { readonly derived: readonly string[]; readonly of: ReadonlySet<string> }[] = [
  // Lengths of the same packet, outside and inside of IP.
  { derived: ['pppoe.length', 'udp.length'], of: new Set(['ip.length', 'ipv6.length']) },
  // Checksums of what they cover (RFC 791 §3.1), TCP's and UDP's also of the pseudo-header (RFC 9293 §3.1, RFC 768,
  // RFC 8200 §8.1).
  { derived: ['ip.checksum'], of: covered(...startingWith('ip')) },
  ...['tcp', 'udp'].map((protocol) => ({
    derived: [`${protocol}.checksum`],
    of: covered(...startingWith(protocol), ...groups.address!, 'ip.length', 'ipv6.length'),
  })),
];

/** How fields are treated that are a function of hidden ones. */
export const derivedRules = ['hide', 'show'] as const;
export type DerivedRule = (typeof derivedRules)[number];

/** What of `tokens` of a spec says which fields are hidden. */
export interface HideOptions {
  readonly hide: readonly string[];
  readonly derived?: DerivedRule;
}

/**
 * The fields that are hidden: those named, and unless `derived` is "show" what is a function of one of them.
 *
 * @throws FaultError with a suggestion for every unknown name
 */
export function hiddenFields({ hide, derived }: HideOptions): ReadonlySet<string> {
  const named = resolveHide(hide);
  return derived === 'show' ? named : new Set([...named, ...derivedFields(named)]);
}

/** The fields that are a function of some of these and not among them, in the order of the headers. */
export function derivedFields(named: ReadonlySet<string>): readonly string[] {
  const found = new Set(named);
  for (const { derived, of } of derivations)
    if ([...found].some((name) => of.has(name))) for (const name of derived) found.add(name);
  return fields.filter((name) => found.has(name) && !named.has(name));
}

/** All names that `tokens.hide` of a spec may use: groups of fields, then fields. */
export const hideableFields: readonly string[] = [...Object.keys(groups), ...fields];

/** What of one header is hidden. */
export interface HeaderMask {
  /** Offsets of hidden bytes among the fields, ascending. */
  readonly offsets: readonly number[];
  /** Bytes of the fields. */
  readonly size: number;
  /** Whether what follows them (options) is hidden. */
  readonly rest: boolean;
}

/**
 * The fields that these names stand for.
 *
 * @throws FaultError with a suggestion for every unknown name
 */
export function resolveHide(hide: readonly string[]): ReadonlySet<string> {
  const faults = hide.flatMap((name, i) => {
    if (hideableFields.includes(name)) return [];
    const near = suggest(name, hideableFields);
    const problem = `"${name}" is no header field`;
    const cure = near === undefined ? `use one of ${hideableFields.join(', ')}` : `did you mean "${near}"?`;
    return [{ place: `tokens.hide[${i}]`, problem, cure }];
  });
  if (faults.length > 0) throw new FaultError(faults);
  return new Set(hide.flatMap((name) => groups[name] ?? [name]));
}

/** The mask of a header for these hidden fields. */
export function maskOf({ fields, size, rest }: HeaderLayout, hidden: ReadonlySet<string>): HeaderMask {
  const flags = fields.flatMap(([name, bytes]) => new Array<boolean>(bytes).fill(hidden.has(name)));
  const offsets = flags.flatMap((flag, i) => (flag ? [i] : []));
  return { offsets, size, rest: rest.some((name) => hidden.has(name)) };
}
