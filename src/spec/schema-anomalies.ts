/** The part `anomalies` of a spec. */
import Type from 'typebox';
import { byName, type KnownNames, object } from './schema-parts.ts';

const weight = { exclusiveMinimum: 0, maximum: 1_000_000, description: 'Relative weight among the kinds.' };

export const anomalies = (names: KnownNames) =>
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
