/** Planted leaks, each with the check that must find it, and clean runs, in which nothing may be found. */
import { type Contacts, collectContacts } from '../../src/anomaly/index.ts';
import type { Audit, AuditInput, Check } from '../../src/audit/index.ts';
import { Ipv4, Protocol, Tcp } from '../../src/capture/index.ts';
import type { Prepared } from '../../src/data/index.ts';
import { changesBy, type PresentationRecord } from '../../src/evaluation/index.ts';
import { permutation, stream } from '../../src/random/index.ts';
import { concatSessions, type SessionTable } from '../../src/session/index.ts';
import type { Presentation } from '../../src/spec/index.ts';
import { type Material, withSides } from './material.ts';

/** A check of `area` and `name` (null: any) must be a finding; of a clean run no leak may be one. */
export interface Trial extends Material {
  readonly name: string;
  readonly expects: { readonly area: Check['area']; readonly name: string | null } | null;
}

const range = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to - from }, (_, i) => from + i);
const both = (...parts: readonly Uint32Array[]): Uint32Array =>
  Uint32Array.from(parts.flatMap((part) => [...part]));

/** A share of these, drawn. */
const some = (of: Uint32Array, share: number, seed: number): Uint32Array =>
  permutation(of.length, stream(seed, 'planted'))
    .slice(0, Math.round(share * of.length))
    .map((i) => of[i]!);

/** The same sessions later, so that they come after all others. */
const later = (table: SessionTable): SessionTable => {
  const shift = table.seconds.at(-1)! - table.seconds[0]! + 60;
  return { ...table, seconds: table.seconds.map((t) => t + shift) };
};

/** The same sessions with other IP ids, sequence numbers and client ports. */
function jittered(table: SessionTable): SessionTable {
  const header = table.header.slice();
  for (let row = 0; row < table.link.length; row++) {
    const start = table.headerStart[row]!;
    if (header[start + table.network[row]!]! >> 4 !== 4) continue;
    header[start + table.network[row]! + Ipv4.id + 1]! ^= 0x5a;
    const at = start + table.transport[row]!;
    for (const end of [at, at + 2]) if (header[end]! >= 0x80) header[end + 1]! ^= 0x2d;
  }
  return withSequences(table, header);
}

/** The same endpoints, other packets: what comes of a conversation that is cut in two. */
function continued(table: SessionTable): SessionTable {
  const header = table.header.slice();
  for (let row = 0; row < table.link.length; row++) {
    const start = table.headerStart[row]!;
    if (header[start + table.network[row]!]! >> 4 !== 4) continue;
    header[start + table.network[row]! + Ipv4.id]! ^= 0x33;
    header[start + table.network[row]! + Ipv4.length + 1]! ^= 0x14;
  }
  return withSequences(table, header);
}

function withSequences(table: SessionTable, header: Uint8Array): SessionTable {
  for (let s = 0; s < table.count; s++) {
    if (table.protocol[s] !== Protocol.tcp) continue;
    for (let row = table.firstRow[s]!; row < table.firstRow[s + 1]!; row++)
      header[table.headerStart[row]! + table.transport[row]! + Tcp.sequence + 1]! ^= 0x77;
  }
  return { ...table, header };
}

/** Training as it is; a share of the test sessions are training sessions, seen again in this way. */
const replayed = (share: number, as: (table: SessionTable) => SessionTable): Material => ({
  data(prepared, seed) {
    const { sessions, split } = prepared;
    const again = some(split.train, (share * split.test.length) / split.train.length, seed);
    return withSides(prepared, {
      sessions: concatSessions([sessions, later(as(sessions))]),
      train: split.train,
      test: both(
        some(split.test, 1 - share, seed),
        again.map((s) => s + sessions.count),
      ),
    });
  },
});

/** So many test sessions train, too. */
const onBothSides = (share: number): Material => ({
  data: (prepared, seed) =>
    withSides(prepared, {
      train: both(prepared.split.train, some(prepared.split.test, share, seed)),
      test: prepared.split.test,
    }),
});

/** Every capture is there twice. */
const captured: Material = {
  data(prepared, seed) {
    const { sessions } = prepared;
    const all = permutation(2 * sessions.count, stream(seed, 'twice'));
    const border = Math.round(0.8 * all.length);
    return withSides(prepared, {
      sessions: concatSessions([sessions, sessions]),
      train: all.slice(0, border),
      test: all.slice(border),
    });
  },
};

/** Training sessions after the first so many test sessions, and none of both sides. */
const overlappingTimes = (share: number): Material => ({
  data(prepared) {
    const n = prepared.sessions.count;
    const border = Math.round(0.8 * n);
    const late = Math.max(1, Math.round(share * n));
    return withSides(prepared, {
      train: both(range(0, border - late), range(n - late, n)),
      test: range(border - late, n - late),
    });
  },
});

const backwards: Material = {
  data(prepared) {
    const n = prepared.sessions.count;
    const border = Math.round(0.2 * n);
    return withSides(prepared, { train: range(border, n), test: range(0, border) });
  },
};

/** Morphs know others than those that they should. */
const knowing = (side: 'training' | 'test', of: (prepared: Prepared) => Uint32Array): Material => ({
  data: (prepared) => ({
    ...prepared,
    contacts: { ...prepared.contacts, [side]: collectContacts(prepared.sessions, of(prepared)) },
  }),
});

/** Strangers that no session of this network has: contacts of the same sessions with other addresses. */
const foreign: Material = {
  data(prepared) {
    const { sessions, split, contacts } = prepared;
    const header = sessions.header.slice();
    for (let row = 0; row < sessions.link.length; row++) {
      const ip = sessions.headerStart[row]! + sessions.network[row]!;
      if (header[ip]! >> 4 !== 4) continue;
      for (const at of [Ipv4.source, Ipv4.destination]) header[ip + at + 1]! ^= 0x40;
    }
    const away = concatSessions([sessions, { ...sessions, header }]);
    const test = collectContacts(
      away,
      both(
        split.train,
        split.train.map((s) => s + sessions.count),
      ),
    );
    return { ...prepared, contacts: { ...contacts, test } };
  },
};

/** Every stranger is a multicast group or a broadcast address, as if they were hosts. */
const groupsAsHosts: Material = {
  data(prepared) {
    const { sessions, split, contacts } = prepared;
    const header = sessions.header.slice();
    for (let row = 0; row < sessions.link.length; row++) {
      const ip = sessions.headerStart[row]! + sessions.network[row]!;
      if (header[ip]! >> 4 !== 4) continue;
      for (const at of [Ipv4.source, Ipv4.destination]) header[ip + at] = 224 | (header[ip + at]! & 0x0f);
    }
    const made = collectContacts({ ...sessions, header }, split.train);
    // They can be exchanged for any host.
    const hosts = (family: Contacts['ipv4']): Contacts['ipv4'] => {
      const members = range(0, family.addresses.count);
      const start = Uint32Array.from({ length: 16 }, (_, g) => (g > 4 ? members.length : 0));
      return { ...family, scope: family.scope.map(() => 4), byReach: { start, members } };
    };
    return { ...prepared, contacts: { ...contacts, test: { ...made, ipv4: hosts(made.ipv4) } } };
  },
  set: [
    'anomalies.contacts=pair',
    'anomalies.addresses=uniform',
    'anomalies.kinds={"destination-ip-swap":1}',
  ],
};

/** Labels of so many sessions are those of others. */
const shuffledLabels = (share: number): Material => ({
  input(input, seed) {
    const kinds = input.presented.kinds.slice();
    const drawn = some(range(0, kinds.length), share, seed);
    const before = Array.from(drawn, (i) => kinds[i]!);
    drawn.forEach((i, n) => {
      kinds[i] = before[(n + 1) % before.length]!;
    });
    return { ...input, presented: { ...input.presented, kinds } };
  },
});

/** A presentation in which the network finds fewer of a kind. */
export function presentation(
  input: Pick<AuditInput, 'presented' | 'predictions' | 'clusterings' | 'evaluation'>,
  otherwise: Presentation,
  loss: number,
  seed: number,
): PresentationRecord {
  const { presented, predictions, clusterings, evaluation } = input;
  const { labels, kinds, kindNames } = presented;
  const drawn = stream(seed, 'presentation');
  const judged = { labels, predictions, kinds, kindNames };
  const fewer = predictions.map((p, i) => (kinds[i]! > 0 && drawn.uniform() < loss ? 0 : p));
  return {
    ...{ name: 'otherwise', otherwise, evaluation, detection: [], threshold: null, unseen: 0 },
    ...{ morphs: presented.counts, untrainedToken: false, supervised: null },
    changes: changesBy(judged, { ...judged, predictions: fewer }, clusterings),
  };
}

const standingOn = (otherwise: Presentation, loss: number, set: readonly string[]): Material => ({
  set,
  input: (input, seed) => ({ ...input, presentations: [presentation(input, otherwise, loss, seed)] }),
});

const traces = (repair: readonly string[]) => [`anomalies.repair=${JSON.stringify(repair)}`];
const only = (kind: string) => `anomalies.kinds={"${kind}":1}`;
const CHECKSUM_KINDS = [
  ...['destination-ip-swap', 'source-ip-spoof', 'ip-direction-switch', 'sequence-jump'],
  ...['new-service', 'unused-server-port', 'ttl-shift', 'covert-ip-id', 'covert-tos', 'length-inflation'],
];

const split = (name: string) => ({ area: 'split', name }) as const;
const knowledge = (name: string) => ({ area: 'knowledge', name }) as const;

export const planted: readonly Trial[] = [
  // The ladder: what the article's code has.
  {
    name: 'protocol overlapping',
    expects: split('identical-sessions'),
    set: ['protocol={"kind":"overlapping","train":0.8}'],
  },
  { name: 'protocol random', expects: split('time-order'), set: ['protocol={"kind":"random","train":0.8}'] },
  {
    name: 'protocol k-fold',
    expects: split('time-order'),
    set: ['protocol={"kind":"k-fold","folds":5,"fold":2}'],
  },
  {
    name: 'look-ahead, training',
    expects: knowledge('training-contacts'),
    set: ['anomalies.lookAhead=true'],
  },
  { name: 'look-ahead, test', expects: knowledge('test-contacts'), set: ['anomalies.lookAhead=true'] },
  {
    name: 'redrawn target',
    expects: { area: 'labels', name: 'changed-normal-sessions' },
    set: ['evaluation.redraw=true'],
  },
  {
    name: 'epoch chosen on test',
    expects: { area: 'choice', name: 'epoch' },
    set: ['evaluation.epoch=best-on-test'],
  },
  ...(['first-packet', 'short-packets', 'one-direction'] as const).map((defect) => ({
    name: `sessions left out: ${defect}`,
    expects: split('left-out-sessions'),
    set: [`sessions.defects=["${defect}"]`],
  })),
  // Sessions on both sides.
  ...[0.15, 0.3, 1].map((share) => ({
    name: `${100 * share}% of the test sessions train, too`,
    expects: split('identical-sessions'),
    ...onBothSides(share),
  })),
  ...[0.15, 0.3, 1].map((share) => ({
    name: `${100 * share}% of the test sessions are replayed`,
    expects: split('identical-sessions'),
    ...replayed(share, (table) => table),
  })),
  { name: 'every capture twice', expects: split('identical-sessions'), ...captured },
  ...[0.5, 1].map((share) => ({
    name: `${100 * share}% are replayed with other ids, sequence numbers and ports`,
    expects: split('near-identical-sessions'),
    ...replayed(share, jittered),
  })),
  ...[0.25, 0.5].map((share) => ({
    name: `${100 * share}% go on with a conversation of training`,
    expects: split('endpoints-on-both-sides'),
    ...replayed(share, continued),
  })),
  ...[0.001, 0.05, 0.2].map((share) => ({
    name: `${100 * share}% of the sessions train after testing began`,
    expects: split('time-order'),
    ...overlappingTimes(share),
  })),
  { name: 'tested on the past', expects: split('time-order'), ...backwards },
  // Knowledge.
  {
    name: 'test morphs know the test sessions',
    expects: knowledge('test-contacts'),
    ...knowing('test', ({ sessions }) => range(0, sessions.count)),
  },
  {
    name: 'training morphs know the test sessions',
    expects: knowledge('training-contacts'),
    ...knowing('training', ({ sessions }) => range(0, sessions.count)),
  },
  {
    name: 'training morphs know the validation sessions',
    expects: knowledge('training-contacts'),
    set: ['training.validation=0.3'],
    ...knowing('training', ({ split: { train, validation } }) => both(train, validation)),
  },
  {
    name: 'test contacts depend on training.share',
    expects: knowledge('test-contacts'),
    set: ['training.share=0.3'],
    ...knowing('test', ({ split: { train } }) => train),
  },
  {
    name: 'test contacts depend on training.validation',
    expects: knowledge('test-contacts'),
    set: ['training.validation=0.4'],
    ...knowing('test', ({ split: { train } }) => train),
  },
  {
    name: 'training contacts are those of half of it',
    expects: knowledge('training-contacts'),
    ...knowing('training', ({ split: { train } }) => train.slice(train.length / 2)),
  },
  { name: 'foreign strangers', expects: knowledge('test-contacts'), ...foreign },
  // Labels.
  {
    name: 'invisible morphs, Ethernet alone',
    expects: { area: 'labels', name: 'unchanged-sessions' },
    set: ['tokens.bytes=14', 'anomalies.invisible=keep'],
  },
  {
    name: 'invisible morphs, hidden addresses',
    expects: { area: 'labels', name: 'unchanged-sessions' },
    set: ['tokens.hide=["address","mac","ttl"]', 'anomalies.invisible=keep'],
  },
  {
    name: 'invisible morphs, hidden ports',
    expects: { area: 'labels', name: 'unchanged-sessions' },
    set: ['tokens.hide=["port"]', 'anomalies.invisible=keep'],
  },
  ...[0.05, 0.3].map((share) => ({
    name: `${100 * share}% of the labels are those of others`,
    expects: { area: 'labels', name: 'changed-normal-sessions' } as const,
    ...shuffledLabels(share),
  })),
  // Traces.
  ...CHECKSUM_KINDS.map((kind) => ({
    name: `stale checksums of ${kind}`,
    expects: {
      area: 'traces',
      name:
        kind === 'sequence-jump' || kind === 'new-service' || kind === 'unused-server-port'
          ? 'wrong-transport-checksum'
          : 'wrong-ip-checksum',
    } as const,
    set: [...traces(['mac', 'ttl']), only(kind)],
  })),
  {
    name: 'checksum of a hidden field',
    expects: { area: 'traces', name: 'derived-fields' },
    set: ['tokens.hide=["address"]', 'tokens.derived=show'],
  },
  {
    name: 'length that is refilled from a hidden one',
    expects: { area: 'traces', name: 'derived-fields' },
    set: ['tokens.hide=["ip.length","ipv6.length"]', 'tokens.derived=show'],
  },
  {
    name: 'stale TTL',
    expects: { area: 'traces', name: 'new-ttl' },
    set: [
      ...traces(['checksum', 'mac']),
      only('destination-ip-swap'),
      'anomalies.addresses=uniform',
      'anomalies.contacts=pair',
    ],
  },
  { name: 'multicast responder', expects: { area: 'traces', name: 'tcp-to-group' }, ...groupsAsHosts },
  // What weights stand on.
  ...([0.2, 0.5, 0.9] as const).flatMap((loss) => [
    {
      name: `${100 * loss}% stand on checksums`,
      expects: { area: 'reliance', name: 'checksum' } as const,
      ...standingOn({ anomalies: { repair: ['mac', 'checksum'] } }, loss, [...traces(['mac'])]),
    },
    {
      name: `${100 * loss}% stand on TTLs`,
      expects: { area: 'reliance', name: 'ttl' } as const,
      ...standingOn({ anomalies: { repair: ['checksum', 'mac', 'ttl'] } }, loss, traces(['checksum', 'mac'])),
    },
    {
      name: `${100 * loss}% stand on strangers`,
      expects: { area: 'reliance', name: 'strangers' } as const,
      ...standingOn({ anomalies: { addresses: 'popularity' } }, loss, ['anomalies.addresses=uniform']),
    },
  ]),
  {
    name: 'half stand on MAC addresses',
    expects: { area: 'reliance', name: 'mac' },
    ...standingOn({ anomalies: { repair: ['checksum', 'mac'] } }, 0.5, traces(['checksum'])),
  },
  {
    name: 'half stand on the service',
    expects: { area: 'reliance', name: 'service' },
    ...standingOn({ anomalies: { contacts: 'pair-and-port' } }, 0.5, ['anomalies.contacts=pair']),
  },
  {
    name: 'half stand on the look-ahead',
    expects: { area: 'reliance', name: 'look-ahead' },
    ...standingOn({ anomalies: { lookAhead: false } }, 0.5, ['anomalies.lookAhead=true']),
  },
  // Simpler means.
  {
    name: 'a rule does as well',
    expects: { area: 'baselines', name: null },
    set: [only('ip-direction-switch')],
    network: { recall: 0.9, falsePositiveRate: 0.05 },
  },
  {
    name: 'ports alone do as well',
    expects: { area: 'baselines', name: null },
    set: [only('port-direction-switch')],
    network: { recall: 0.95, falsePositiveRate: 0.02 },
  },
];

/** Nothing of these leaks. Kinds that no rule is about have no simpler means either. */
export const clean: readonly Trial[] = [
  { name: 'as it should be' },
  { name: '54 bytes', set: ['tokens.bytes=54'] },
  { name: 'three packets', set: ['sessions.maxPackets=3'] },
  {
    name: 'hidden addresses',
    set: ['tokens.hide=["address"]', 'anomalies.kinds={"port-direction-switch":1,"new-service":1}'],
  },
  { name: 'validation', set: ['training.validation=0.2'] },
  { name: 'a share of training', set: ['training.share=0.5'] },
  { name: 'purged', set: ['protocol={"kind":"chronological","train":0.7,"purge":5}'] },
  { name: 'every kind', set: ['evaluation.draws=each'] },
  { name: 'invisible ones replaced', set: ['anomalies.invisible=replace', 'tokens.bytes=38'] },
  { name: 'task anomalous', set: ['task=anomalous'] },
  {
    name: 'covert channels',
    set: ['anomalies.kinds={"covert-ip-id":1,"covert-tos":1,"covert-urgent":1}', 'tokens.bytes=54'],
  },
  {
    name: 'sequence jumps',
    set: ['anomalies.kinds={"sequence-jump":1,"window-tampering":1}', 'tokens.bytes=54'],
  },
  { name: 'TTL shifts', set: [only('ttl-shift')] },
  { name: 'new services', set: ['anomalies.kinds={"new-service":1,"unused-server-port":1}'] },
  {
    name: 'presentations that change nothing',
    ...standingOn(
      { anomalies: { repair: ['checksum', 'mac', 'ttl'] } },
      0,
      traces(['checksum', 'mac', 'vlan']),
    ),
    set: [...traces(['checksum', 'mac', 'vlan']), only('port-direction-switch')],
  },
].map((trial) => ({ ...trial, expects: null }));

/** Whether the audit says of a trial what it must; of a leak that it was found, of a clean run what was found. */
export function judge({ expects }: Trial, { checks }: Audit): readonly Check[] {
  const found = checks.filter(({ status }) => status === 'finding');
  return expects === null
    ? found.filter(({ grade }) => grade === 'leak')
    : found.filter(({ area, name }) => area === expects.area && name === (expects.name ?? name));
}
