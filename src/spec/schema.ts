/**
 * The one source of what a spec may say: the TypeScript type, the JSON Schema for editors and validation, the defaults
 * and the reference text all come from here.
 *
 * The schema describes the spec with all defaults filled in; `relax` (defaults.ts) makes of it the schema of what users
 * write. Three annotations are ours: `x-expected` words what is allowed where the keywords cannot, `x-limit` says why an
 * upper limit is where it is, and `x-closed` why an object has no other fields.
 */
import Type from 'typebox';
import { dataset } from './schema-data.ts';
import { network } from './schema-network.ts';
import { byName, count, type DeepReadonly, name, object, seed } from './schema-parts.ts';
import { presentations } from './schema-presentations.ts';
import { protocol } from './schema-protocol.ts';
import { slurm } from './schema-slurm.ts';
import { hypotheses, vary } from './schema-study.ts';
import { training } from './schema-training.ts';
import { MOST_SEEDS } from './sweep.ts';

/** Names that a spec may use and that folders further down the data flow own. */
export interface KnownNames {
  readonly anomalyKinds: readonly string[];
  readonly hideableFields: readonly string[];
}

const PUBLISHED_METRICS = [
  'accuracy',
  'mcc',
  'recall',
  'falsePositiveRate',
  'falseDiscoveryRate',
  'precision',
  'f1',
  'rocAuc',
] as const;

const sessions = object(
  {
    protocols: Type.Array(Type.Enum(['tcp', 'udp']), {
      default: ['tcp', 'udp'],
      minItems: 1,
      uniqueItems: true,
      description: 'Transport protocols whose sessions are kept.',
    }),
    idleTimeout: Type.Union(
      [
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 31_622_400,
          'x-limit': 'a year of silence is as good as null',
        }),
        Type.Null(),
      ],
      {
        default: null,
        description: 'Seconds of silence after which the same endpoints start a new session; null: never.',
        'x-expected': 'a number of seconds above 0, or null',
      },
    ),
    minPackets: count(1, 1_000_000, {
      default: 1,
      description: 'Sessions with fewer packets in the capture are left out, and counted.',
    }),
    maxPackets: count(1, 255, {
      default: 8,
      description: 'Packets of a session that are read, from its start.',
      'x-limit': 'a batch counts the packets of a session in one byte',
    }),
    defects: Type.Optional(
      Type.Array(Type.Enum(['first-packet', 'short-packets', 'one-direction']), {
        uniqueItems: true,
        description:
          'Faults of the code of the Deep Session Learning article, to measure what they do to a score: the first packet of the captures is lost (first-packet), sessions with a packet of less than 40 header bytes are dropped (short-packets), of sessions in one direction only the last packet that is read is kept (one-direction).',
        'x-expected': 'a list of first-packet, short-packets, one-direction',
      }),
    ),
    tunnels: Type.Enum(['outer', 'inner'], {
      default: 'outer',
      description:
        'Whose headers count where a packet is carried by another (GRE, ERSPAN, IP in IP, VXLAN, GENEVE, GTP-U, TZSP): those outside or those inside.',
    }),
    key: Type.Optional(
      Type.Enum(['endpoints', 'networks'], {
        description:
          'Whether the same endpoints in two VLANs or virtual networks (VXLAN, GENEVE) are two sessions (networks) or one, since a mirror often shows the two directions of a session in two VLANs (endpoints, also when not given).',
      }),
    ),
    duplicates: Type.Optional(
      Type.Enum(['keep', 'drop'], {
        description:
          'What becomes of copies of a packet within a millisecond, as mirror ports make them: they are packets like others (keep, also when not given), or left out and counted (drop).',
      }),
    ),
  },
  { description: 'How packets become sessions.' },
);

const tokens = (names: KnownNames) =>
  object(
    {
      bytes: count(1, 255, {
        default: 43,
        description: 'Header bytes of a packet that are read, see "from"; an END token follows.',
        'x-limit': 'headers from link to transport are rarely half as long',
      }),
      from: Type.Optional(
        Type.Enum(['link', 'ip'], {
          description:
            'Where reading begins: with the link header (link, which is so without this field) or with the IP header (ip), so that VLAN tags and other link headers take no bytes from those behind them. 60 bytes from there hold IPv6 with TCP, ports included.',
        }),
      ),
      hide: Type.Array(
        Type.Unsafe<string>({
          type: 'string',
          enum: [...names.hideableFields],
          'x-expected': 'a header field',
        }),
        {
          default: [],
          uniqueItems: true,
          description:
            'Header fields (or groups of them) whose bytes the network does not see; with them, what is computed from them, see "derived".',
        },
      ),
      unit: Type.Optional(
        Type.Enum(['byte', 'character'], {
          description:
            'A token is a byte (which is so without this field), or each byte is two tokens, its hexadecimal digits, as in a variant of the Deep Session Learning article.',
        }),
      ),
      order: Type.Optional(
        Type.Enum(['forward', 'reversed'], {
          description:
            'The bytes of a packet are read from first to last (forward, which is so without this field), or from last to first, as in a variant of the article.',
        }),
      ),
      publicAddresses: Type.Optional(
        Type.Enum(['shown', 'one-token'], {
          description:
            'The bytes of public addresses are shown (which is so without this field), or all are one and the same token, that of hidden fields, as in a variant of the article.',
        }),
      ),
      derived: Type.Optional(
        Type.Enum(['hide', 'show'], {
          description:
            'What becomes of fields that are a function of hidden ones, such as the checksums of addresses and ports: hidden, too (hide, which is so without this field), or shown, to measure what they give away (show).',
        }),
      ),
    },
    { description: 'What of a packet the network reads.' },
  );

const weight = { exclusiveMinimum: 0, maximum: 1_000_000, description: 'Relative weight among the kinds.' };

const anomalies = (names: KnownNames) =>
  object(
    {
      normal: Type.Number({
        default: 0.5,
        minimum: 0,
        maximum: 1,
        description: 'Probability that a session is presented as it is.',
      }),
      // Sorted: the order of the kinds is the order of the classes, and must not depend on who wrote the spec.
      kinds: byName(names.anomalyKinds.toSorted(), weight, {
        default: { 'destination-ip-swap': 1, 'ip-direction-switch': 1, 'port-direction-switch': 1 },
        description:
          'Kinds of anomaly by name, with their relative weights among the sessions that are not normal.',
      }),
      testKinds: Type.Union([byName(names.anomalyKinds.toSorted(), weight), Type.Null()], {
        default: null,
        description:
          'Kinds that test sessions become instead, with their weights, for the task "anomalous": does what was learnt of some kinds find others? null: the same kinds as in training.',
        'x-expected': 'an object of kinds and weights, or null',
      }),
      repair: Type.Array(Type.Enum(['checksum', 'mac', 'ttl', 'vlan', 'tcp-options']), {
        default: [],
        uniqueItems: true,
        description:
          'Traces of the edit that are mended: checksums follow it (one that was wrong stays wrong by the same amount); MAC addresses, TTLs, VLAN ids, and the MSS and window scale of handshakes (tcp-options) follow their IP address, as training knows it. `sessionlab kinds` lists what each kind leaves.',
      }),
      invisible: Type.Optional(
        Type.Enum(['replace', 'keep'], {
          description:
            'What becomes of a session that a kind changed in bytes only that are not read (tokens): another kind takes its place, as where a kind cannot apply (replace, which is so without this field), or it stays, labelled with the kind (keep). Either is counted.',
        }),
      ),
      contacts: Type.Enum(['pair', 'direction', 'pair-and-port'], {
        default: 'pair',
        description:
          'Who is no stranger to a host, and so never takes the place of another: whoever it had a training session with (pair), only whom it called or who called it, as in the session at hand (direction), or only whom it met at the same service (pair-and-port).',
      }),
      lookAhead: Type.Optional(
        Type.Boolean({
          description:
            'Contacts are taken of the test sessions, too, as in the code of the Deep Session Learning article: a fault, to measure what it does to a score.',
        }),
      ),
      addresses: Type.Enum(['uniform', 'popularity', 'subnet', 'side'], {
        default: 'uniform',
        description:
          'How a new address is chosen among strangers: all alike, by the number of their training sessions (popularity), in the subnet of the old one, or on its side, private or public. A host takes the place of a host, a group that of a group of the same scope.',
      }),
    },
    { description: 'What is done to sessions to make anomalies of them.' },
  );

const evaluationAlone = object({
  everyEpoch: Type.Boolean({
    default: false,
    description: 'Test after every epoch, not only after the last.',
  }),
  epoch: Type.Optional(
    Type.Enum(['last', 'best-on-test'], {
      description:
        'Which epoch is reported: the last, or what validation chose (last, which is so without this field), or the one with the best accuracy on the test sessions themselves, as in the notebook of the Deep Session Learning article: a fault, to measure what it does to a score.',
    }),
  ),
  redraw: Type.Optional(
    Type.Boolean({
      description:
        'The anomaly of a test session is drawn once more after its label was set, as in a version of the code of the Deep Session Learning article: a fault, to measure what it does to a score.',
    }),
  ),
  draws: Type.Optional(
    Type.Union(
      [
        Type.Literal('each'),
        object({
          each: count(1, 100, {
            description: 'Draws of every kind on every test session.',
            'x-limit': 'more draws cost more than they tell',
          }),
        }),
      ],
      {
        description:
          'Every test session is presented as it is and as every kind, so that kinds are compared on the same sessions: once (each), or with so many draws of every kind. A kind that cannot apply to a session is left out there, and counted. Without this field each test session is drawn one kind, or stays normal.',
        'x-expected': '"each", or an object with "each"',
      },
    ),
  ),
  baselines: Type.Optional(
    Type.Boolean({
      description:
        'Whether rules, logistic regressions and a nearest neighbour are tried on the same test sessions; without this field they are.',
    }),
  ),
  threshold: Type.Optional(
    Type.Union(
      [
        Type.Literal('f1'),
        object({
          falsePositiveRate: Type.Number({
            minimum: 0,
            exclusiveMaximum: 1,
            description: 'Share of the normal validation sessions that may be called anomalous.',
          }),
        }),
      ],
      {
        description:
          'What the threshold for "anomalous" that is chosen on the validation sessions (training.validation) is to do: give the highest F1 (f1, which is so without this field), or find as much as a false positive rate allows.',
        'x-expected': '"f1", or an object with "falsePositiveRate"',
      },
    ),
  ),
});

const evaluation = (names: KnownNames) =>
  object(
    {
      ...evaluationAlone.properties,
      presentations: Type.Optional(
        presentations({ sessions, tokens: tokens(names), anomalies: anomalies(names) }),
      ),
    },
    { description: 'When the test sessions are classified, and what else is said about them.' },
  );

const attention = object(
  {
    sessions: count(0, 100_000, {
      default: 8,
      description: 'Sessions of each group that are kept with their attention; "named" ignores it.',
    }),
    choose: Type.Enum(['per-kind', 'hits-and-misses', 'named'], {
      default: 'per-kind',
      description:
        'The groups, of each of which a sample is drawn: the test sessions of each actual kind (per-kind), those of each kind that were and were not recognised (hits-and-misses), or the sessions in "ids" (named).',
    }),
    ids: Type.Array(count(0, 4_294_967_295, { 'x-limit': 'sessions are numbered with 32 bits' }), {
      default: [],
      maxItems: 100_000,
      uniqueItems: true,
      description: 'Test sessions by id, for "named".',
    }),
  },
  { description: 'Of which test sessions the attention is kept, for `sessionlab explain`.' },
);

const test = object(
  {
    dataset,
    observe: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'Share of its sessions, the first in time, that are only watched: from them test morphs know who talks to whom in this network, and they do not test. Without it a fifth.',
      }),
    ),
  },
  {
    description:
      'Another data set to test on, all of it: `dataset` trains as `protocol` says. Without it, one data set does both.',
  },
);

const f1 = { minimum: 0, maximum: 1, description: 'F1 of the class.' };

const published = (names: KnownNames) =>
  object(
    {
      source: Type.String({ minLength: 1, description: 'Where the figures are from.' }),
      matrix: Type.Optional(
        Type.Array(Type.Array(count(0, 4_294_967_295, { 'x-limit': 'sessions are numbered with 32 bits' })), {
          minItems: 2,
          maxItems: 2,
          description: 'Confusion matrix of normal and anomalous: rows actual, columns predicted.',
          'x-expected': 'two rows of two counts',
        }),
      ),
      metrics: Type.Optional(
        object(
          Object.fromEntries(
            PUBLISHED_METRICS.map((metric) => [
              metric,
              Type.Optional(
                Type.Number({ minimum: -1, maximum: 1, description: `The ${metric} as published.` }),
              ),
            ]),
          ),
          { description: 'Single figures, by the names that run.json has for them.' },
        ),
      ),
      f1ByKind: Type.Optional(
        byName(['normal', 'anomalous', ...names.anomalyKinds.toSorted()], f1, {
          description: 'F1 of classes against the rest, by their names.',
        }),
      ),
    },
    { description: 'What others found on the same data, shown beside our own; it changes no result.' },
  );

/** The schema of a spec with all defaults filled in. */
export function experimentSchema(names: KnownNames) {
  return object(
    {
      $schema: Type.Optional(Type.String({ description: 'Path or URL of this schema, for editors.' })),
      extends: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'Path of another spec, relative to this one, whose fields hold where this one says nothing. Objects are merged, field by field; lists, the data set, the kinds of anomaly, the presentations and the sweep are taken as a whole.',
        }),
      ),
      name: name('Names the folder of the results.'),
      description: Type.Optional(Type.String({ description: 'What the experiment is for.' })),
      variant: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 100,
          description:
            'What a cell of a sweep is called in tables, in place of what it changes; it changes no result.',
        }),
      ),
      dataset,
      protocol,
      test: Type.Optional(test),
      sessions,
      tokens: tokens(names),
      anomalies: anomalies(names),
      task: Type.Enum(['kind', 'anomalous'], {
        default: 'kind',
        description:
          'What is told apart: every kind from every other (kind), or normal from all kinds (anomalous).',
      }),
      network,
      training: training(names.anomalyKinds),
      evaluation: evaluation(names),
      attention,
      published: Type.Optional(published(names)),
      seeds: Type.Unsafe<readonly number[]>({
        anyOf: [
          Type.Array(seed({}), { minItems: 1, maxItems: MOST_SEEDS, uniqueItems: true }),
          count(1, MOST_SEEDS, {}),
        ],
        default: [1],
        description:
          'One run for each: weights, order and anomalies all follow from the seed, see "vary". A number n stands for 1 … n.',
        'x-expected': `a list of seeds, or how many: a whole number from 1 to ${MOST_SEEDS}`,
      }),
      vary,
      hypotheses,
      sweep: Type.Optional(
        Type.Unsafe<unknown>({
          description:
            'Variants of this spec for `sessionlab sweep`: paths with lists of values, which multiply; "grid", "zip", "cases" and "except", nested in any order.',
        }),
      ),
      slurm: Type.Optional(slurm),
      tracking: Type.Optional(
        object(
          {
            uri: Type.String({
              pattern: '^https?://[^?#]+$',
              description: 'Address of an MLflow server, which follows the runs while they go on.',
              'x-expected': 'an address such as "http://127.0.0.1:5000"',
            }),
            experiment: Type.Optional(
              Type.String({ minLength: 1, description: 'Name of the experiment there (default: "name").' }),
            ),
          },
          {
            description:
              'Where runs are to be seen in MLflow. MLFLOW_TRACKING_URI, where it is set, is taken instead; user and password come from the environment. No result depends on it.',
          },
        ),
      ),
      engine: Type.Enum(['native', 'reference', 'tfjs'], {
        default: 'native',
        description:
          'What computes: native (fast), reference (plain TypeScript, the same bits) or tfjs (the same within rounding).',
      }),
    },
    {
      title: 'sessionlab experiment',
      description:
        'An experiment: data, anomalies, network, training. Only "name" and "dataset" must be given.',
    },
  );
}

/** A spec with all defaults filled in. */
export type ExperimentSpec = DeepReadonly<Type.Static<ReturnType<typeof experimentSchema>>>;
