/** Whom a run was trained on, so that it can be said of other captures whether they are of the same network. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contacts, familyOf } from '../anomaly/index.ts';
import { addressSize } from '../capture/index.ts';
import { addressText } from '../evaluation/index.ts';
import { csvCells, csvLine } from '../text/index.ts';
import { CONTACTS_FILE } from './files.ts';
import { damaged } from './record.ts';
import { checkFiles } from './verify.ts';

/** Of the sessions that trained: addresses, who was seen with whom, and what was asked of whom. */
export interface KnownContacts {
  hasHost(address: string): boolean;
  /** In either direction. */
  hasPair(a: string, b: string): boolean;
  /** @param service `443/tcp` */
  hasService(responder: string, service: string): boolean;
  readonly hosts: number;
}

const WHATS = ['host', 'pair', 'service'] as const;

/** A header line, then one for each host, pair and service, in the order of their first packets. */
export function* contactLines(contacts: Contacts): Generator<string, void, void> {
  yield csvLine(['what', 'address', 'other']);
  for (const version of [4, 6]) {
    const { addresses, pairs, services } = familyOf(contacts, version);
    const size = addressSize(version);
    const text = (n: number) => addressText(addresses.keys.subarray(n * size, (n + 1) * size));
    for (let n = 0; n < addresses.count; n++) yield csvLine(['host', text(n), '']);
    for (let e = 0; e < pairs.count; e++)
      yield csvLine(['pair', text(pairs.first[e]!), text(pairs.second[e]!)]);
    for (let e = 0; e < services.count; e++) {
      const code = services.second[e]!;
      const protocol = code >> 16 === 6 ? 'tcp' : 'udp';
      yield csvLine(['service', text(services.first[e]!), `${code & 0xffff}/${protocol}`]);
    }
  }
}

/** @throws FaultError (data) where a run has no such file, or a changed or damaged one */
export async function readContacts(folder: string): Promise<KnownContacts> {
  await checkFiles(folder, [CONTACTS_FILE]);
  const path = join(folder, CONTACTS_FILE);
  const content = await readFile(path, 'utf8').catch(() => null);
  if (content === null)
    throw damaged(path, 'is missing: an older version made this run, which has to be repeated for it');
  const known = { host: new Set<string>(), pair: new Set<string>(), service: new Set<string>() };
  for (const [i, line] of content.trimEnd().split('\n').slice(1).entries()) {
    const [what, address, other] = csvCells(line) ?? [];
    const kind = WHATS.find((name) => name === what);
    if (kind === undefined || address === undefined || other === undefined)
      throw damaged(path, `is damaged in line ${i + 2}`);
    known[kind].add(kind === 'host' ? address : `${address} ${other}`);
  }
  return {
    hosts: known.host.size,
    hasHost: (address) => known.host.has(address),
    hasPair: (a, b) => known.pair.has(`${a} ${b}`) || known.pair.has(`${b} ${a}`),
    hasService: (responder, service) => known.service.has(`${responder} ${service}`),
  };
}
