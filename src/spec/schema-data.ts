/** The schemas of data: what a spec reads, and manifests in datasets/. */
import Type from 'typebox';
import { clockOffset, days, MOST_SESSIONS } from './schema-days.ts';
import { count, type DeepReadonly, name, object, seed, share } from './schema-parts.ts';

export const recipe = object(
  {
    seed: seed({
      default: 1,
      description: 'Seed of everything in the network; independent of the seeds of runs.',
    }),
    sessions: count(1, MOST_SESSIONS, {
      default: 4000,
      description: 'Sessions in the capture, at most 10 000 for each workstation.',
      'x-limit': 'the captures of larger networks are better measured than made up',
    }),
    workstations: count(1, 1200, {
      default: 18,
      description: 'Hosts that people sit at; each keeps a stable set of servers that it talks to.',
      'x-limit': 'addresses are dealt out by department',
    }),
    internalServers: count(1, 200, { default: 8, description: 'Servers inside the office.' }),
    externalServers: count(1, 5000, { default: 25, description: 'Servers behind the gateway.' }),
    ipv6: share(0.05, 'Share of the sessions that run over IPv6.'),
    noise: share(0.05, 'ARP, ICMP and ICMPv6 exchanges for each session: packets that are no part of any.'),
    novelty: share(0.01, 'Share of a workstation’s undertakings that go to a server outside its habits.'),
    failures: share(0.03, 'Share of the sessions that fail: refused, or never answered.'),
    start: Type.String({
      default: '2018-03-05T09:00:00Z',
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$',
      description: 'Time of the first second, UTC; the hour of the day sets how busy it is.',
      'x-expected': 'a UTC time such as 2018-03-05T09:00:00Z',
    }),
    duration: Type.Number({
      minimum: 1,
      maximum: 31 * 86_400,
      default: 1800,
      description: 'Seconds in which sessions begin.',
    }),
    snapLength: count(98, 65_535, {
      default: 112,
      description: 'Bytes kept of a frame; 98 is the longest header.',
      'x-limit': 'an IP packet is no longer',
    }),
    administrators: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'Share of the workstations from which servers and other workstations are administered; none where not given.',
      }),
    ),
    days: Type.Optional(days),
    clockOffset: Type.Optional(clockOffset),
  },
  { description: 'A seeded network that writes a capture: no download, the same bytes everywhere.' },
);

export const dataset = Type.Union(
  [
    name('A manifest: datasets/<name>.json in a folder above the spec, or one that comes with sessionlab.'),
    object({
      captures: Type.Array(Type.String({ minLength: 1, 'x-expected': 'a file, folder or glob' }), {
        minItems: 1,
        maxItems: 10_000,
        description: 'Files, folders (with all below them) and globs, relative to the spec.',
        'x-expected': 'a list of files, folders and globs',
      }),
      source: Type.Optional(
        Type.String({ description: 'Where to get the captures; shown where they are missing.' }),
      ),
    }),
    object({ synthetic: recipe }),
  ],
  {
    description: 'What is read: a manifest by its name, captures by their paths, or a synthetic network.',
    'x-expected': 'the name of a data set, { "captures": […] } or { "synthetic": {…} }',
  },
);

/** The schema of a manifest in datasets/. */
export const manifestSchema = object(
  {
    $schema: Type.Optional(Type.String({ description: 'Path or URL of a schema, for editors.' })),
    name: name('The name that specs use; the file is called like it.'),
    kind: Type.Literal('synthetic', { description: 'Where the data comes from: a synthetic network.' }),
    description: Type.String({ minLength: 1, description: 'What the data set is, in a sentence or two.' }),
    recipe,
  },
  { title: 'sessionlab data set', description: 'A data set that specs can name.' },
);

/** The seeded network that a synthetic data set is made by. */
export type Recipe = DeepReadonly<Type.Static<typeof recipe>>;

export type Manifest = DeepReadonly<Type.Static<typeof manifestSchema>>;
