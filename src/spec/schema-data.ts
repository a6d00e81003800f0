/** The schemas of data: what a spec reads, and manifests in datasets/. */
import Type from 'typebox';
import { labelOffset, MOST_SESSIONS, recipeDays } from './schema-days.ts';
import {
  choice,
  count,
  type DeepReadonly,
  date,
  name,
  object,
  seed,
  share,
  unknown,
} from './schema-parts.ts';

const optionalShare = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 1, description }));

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
    administrators: optionalShare(
      'Share of the workstations from which servers and other workstations are administered; none where not given.',
    ),
    devices: Type.Optional(
      count(1, 200, {
        description:
          'Printers and things that report to a site of their maker, a third of them printers; none where not given.',
        'x-limit': 'they share a block of addresses',
      }),
    ),
    sites: Type.Optional(
      count(1, 1000, {
        description:
          'Sites, at most, that each workstation visits beside those of its department, by popularity; none where not given.',
      }),
    ),
    applications: Type.Optional(
      count(1, 1000, {
        description:
          'Applications beside the usual ones, each with a port of its own, few of them popular; none where not given.',
      }),
    ),
    retransmissions: optionalShare(
      'Share of the TCP segments with data that are sent twice; none where not given.',
    ),
    pauses: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 1000,
        description:
          'How many times longer than usual the client of a session pauses, at most; few come near. 1 where not given.',
      }),
    ),
    cut: Type.Optional(
      Type.Boolean({
        description:
          'Whether the capture ends with "duration", in the middle of sessions; they run to their end where not given.',
      }),
    ),
    days: Type.Optional(recipeDays),
    clockOffset: Type.Optional(labelOffset),
  },
  { description: 'A seeded network that writes a capture: no download, the same bytes everywhere.' },
);

/** The formats of label files. */
const labelFormat = choice(['iscx2012', 'cicids2017', 'ctu13', 'table', 'rules'], {
  description: 'The format of the label files.',
});

const clockOffset = Type.Union([Type.Number({ minimum: -200_000, maximum: 200_000 }), Type.Null()], {
  default: null,
  description: 'Seconds to be added to the clock of the labels to get that of the captures; null: estimated.',
  'x-expected': 'a number of seconds, or null',
});

const labelNames = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ 'x-expected': 'a name of a label' }), {
      maxItems: 1000,
      uniqueItems: true,
      description,
      'x-expected': 'a list of names of labels',
    }),
  );

/** Optional without defaults: a spec that says nothing of them keeps its hash. */
const labelReading = {
  normal: labelNames(
    'Labels that say that nothing is wrong, such as "0"; all others are attacks then. Where not given normal and benign are, and what may be either is asked for.',
  ),
  background: labelNames(
    'Labels of traffic that nobody looked into: neither normal nor an attack, so that it is in no rate. Where not given "background" is.',
  ),
  timeFormat: Type.Optional(
    choice(['day-first', 'month-first', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds'], {
      description:
        'How a table writes its times where they do not tell it: what a date such as 03/04/2018 begins with, or the unit of numbers since 1970.',
    }),
  ),
};

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
      labels: Type.Optional(
        object(
          {
            format: labelFormat,
            files: Type.Array(Type.String({ minLength: 1, 'x-expected': 'a file' }), {
              minItems: 1,
              maxItems: 10_000,
              description: 'Label files, relative to the spec.',
              'x-expected': 'a list of files',
            }),
            clockOffset,
            ...labelReading,
          },
          { description: 'What is known about the sessions; used where `protocol` says so.' },
        ),
      ),
    }),
    object({ synthetic: recipe }),
  ],
  {
    description: 'What is read: a manifest by its name, captures by their paths, or a synthetic network.',
    'x-expected': 'the name of a data set, { "captures": […] } or { "synthetic": {…} }',
  },
);

const text = (description: string) => Type.String({ minLength: 1, description });

const relativePath = (description: string) =>
  Type.String({
    description,
    pattern: '^(?!/)(?!.*(?:^|/)\\.\\.?(?:/|$))[^\\\\]+[^/\\\\]$',
    maxLength: 200,
    'x-expected': 'a path below the folder of the data set, with / and without . or ..',
  });

const url = Type.String({
  pattern: '^https?://',
  'x-expected': 'a URL that begins with http:// or https://',
});

const wholeBytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const dataFile = object({
  path: relativePath('Where it goes below the folder of the data set.'),
  url: unknown(url, 'Where it is downloaded from; null where that is not possible without asking for it.'),
  bytes: unknown(wholeBytes, 'Its size; null where it is not known exactly.'),
  about: unknown(wholeBytes, 'About how many bytes, where it is not known exactly; only shown.'),
  sha256: unknown(
    Type.String({ pattern: '^[0-9a-f]{64}$', 'x-expected': 'a SHA-256 in 64 hexadecimal digits' }),
    'Its SHA-256; null where none is published: what arrives first is pinned beside the data.',
  ),
  unpack: unknown(
    object({
      from: relativePath('The file of the data set that it comes out of.'),
      command: text('What to type in the folder of the data set.'),
    }),
    'How it comes about where it is not downloaded itself.',
  ),
  note: unknown(text('A remark.'), 'What else there is to know.'),
});

const paths = (description: string) =>
  Type.Array(relativePath('A path of "files".'), { maxItems: 1000, default: [], description });

const dataDay = object({
  name: name('The name of the day or scenario, for --day.'),
  date: unknown(date('2010-06-11'), 'The day, in the clock of the labels.'),
  captures: paths('Its captures; globs are found among the files that are there.'),
  labels: paths('The label files that are for it.'),
  otherwise: unknown(
    text('A label.'),
    'The label of all sessions that no label file speaks of; null: they have none.',
  ),
  article: unknown(
    choice(['train', 'test']),
    'What the Deep Session Learning article used it for; null: it did not.',
  ),
  flows: unknown(wholeBytes, 'Flows in its label files, as published.'),
  attackFlows: unknown(wholeBytes, 'Flows of attacks among them, as published.'),
  note: unknown(text('A remark.'), 'What happened on the day.'),
});

const meta = {
  $schema: Type.Optional(Type.String({ description: 'Path or URL of a schema, for editors.' })),
  name: name('The name that specs use; the file is called like it.'),
};
const description = text('What the data set is, in a sentence or two.');

const syntheticManifest = object({
  ...meta,
  kind: Type.Literal('synthetic', { description: 'Where the data comes from: a synthetic network.' }),
  description,
  recipe,
});

const capturesManifest = object({
  ...meta,
  kind: Type.Literal('captures', { description: 'Where the data comes from: captures that somebody made.' }),
  description,
  source: object(
    {
      page: unknown(url, 'The page of its makers.'),
      licence: unknown(
        text('A licence.'),
        'Under which terms it may be used; null where none are published.',
      ),
      citation: unknown(text('A citation.'), 'What to cite.'),
      byHand: unknown(
        text('What to do.'),
        'What to do where it cannot be downloaded: a form to fill in, for example.',
      ),
    },
    { description: 'Where it comes from.' },
  ),
  files: Type.Array(dataFile, {
    maxItems: 10_000,
    default: [],
    description:
      'All files, also archives. Where there are none, those of "days" are the files, and somebody puts them there.',
  }),
  days: Type.Array(dataDay, {
    minItems: 1,
    maxItems: 1000,
    description: 'The days or scenarios that the captures and labels are of.',
  }),
  labels: unknown(
    object({
      format: labelFormat,
      clockOffset,
      ...labelReading,
    }),
    'How the label files are to be read; null where there are none.',
  ),
  notes: Type.Array(text('A remark.'), {
    maxItems: 100,
    default: [],
    description: 'Known faults, and where facts come from.',
  }),
});

/** The schema of a manifest in datasets/. */
export const manifestSchema = Type.Union([syntheticManifest, capturesManifest], {
  title: 'sessionlab data set',
  description: 'A data set that specs can name.',
});

/** The seeded network that a synthetic data set is made by. */
export type Recipe = DeepReadonly<Type.Static<typeof recipe>>;

export type Manifest = DeepReadonly<Type.Static<typeof manifestSchema>>;

/** The manifest of captures that somebody made. */
export type CapturesManifest = Extract<Manifest, { kind: 'captures' }>;

/** A file of it. */
export type DataFile = CapturesManifest['files'][number];
