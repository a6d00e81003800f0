/** The part `sessions` of a spec. */
import Type from 'typebox';
import { count, object } from './schema-parts.ts';

export const sessions = object(
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
