/** Mutations of captures that know what they change. Case number and seed say everything about a case. */
import { gzipSync } from 'node:zlib';
import { type Stream, stream } from '../../src/random/index.ts';
import { concat, hex, pack } from '../capture/build.ts';
import { corpus, stored } from './corpus.ts';
import { type Anatomy, anatomyOf, type Field } from './fields.ts';

/** A capture that is read, and how. */
export interface FuzzCase {
  readonly bytes: Uint8Array;
  /** What was done. */
  readonly history: readonly string[];
  readonly tunnels: 'outer' | 'inner';
  readonly key: 'endpoints' | 'networks';
  readonly duplicates: 'keep' | 'drop';
  readonly maxPackets: number;
  readonly idleTimeout: number | null;
}

const SEEDS = corpus();
/** A capture does not grow beyond. */
const MOST = 1 << 16;

/** The case with this number. */
export function fuzzCase(seed: number, number: number): FuzzCase {
  const random = stream(seed, 'fuzz', number);
  const [name, original] = SEEDS[random.below(SEEDS.length)]!;
  const history = [name];
  let bytes = Uint8Array.from(original);
  for (let left = 1 + random.below(5); left > 0; left--) {
    const [what, mutate] = MUTATIONS[random.below(MUTATIONS.length)]!;
    const mutated = mutate(bytes, anatomyOf(bytes), random);
    if (mutated.length > MOST) continue;
    bytes = mutated;
    history.push(what);
  }
  return {
    bytes,
    history,
    tunnels: random.chance(0.5) ? 'inner' : 'outer',
    maxPackets: 1 + random.below(8),
    idleTimeout: random.chance(0.5) ? null : 1,
    key: random.chance(0.5) ? 'endpoints' : 'networks',
    duplicates: random.chance(0.5) ? 'keep' : 'drop',
  };
}

type Bytes = Uint8Array<ArrayBuffer>;
type Mutation = (bytes: Bytes, anatomy: Anatomy, random: Stream) => Bytes;

const own = (bytes: Uint8Array): Bytes => Uint8Array.from(bytes);
const pick = <T>(list: readonly T[], random: Stream): T | undefined => list[random.below(list.length || 1)];

const INTERESTING = [
  0, 1, 2, 3, 4, 7, 8, 11, 12, 15, 16, 20, 0x3f, 0x40, 0x7f, 0x80, 0xff, 0x100, 0x5dc, 0x5ff, 0x600, 0x7fff,
  0x8000, 0xffff, 0x10000, 0x3ffff, 0x40000, 0x40001, 0x7ffffff, 0x8000000, 0x7fffffff, 0x80000000,
  0xfffffff0, 0xfffffffc, 0xffffffff, 0x1a2b3c4d, 0x0a0d0d0a, 0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34,
];

function setField(bytes: Bytes, field: Field, value: number): Bytes {
  const result = own(bytes);
  const view = new DataView(result.buffer);
  // Fields of what is cut or nested wrongly may be anywhere.
  if (!(field.at >= 0 && field.at + field.size <= result.length)) return result;
  if (field.size === 1) view.setUint8(field.at, value);
  else if (field.size === 2) view.setUint16(field.at, value, field.little);
  else view.setUint32(field.at, value, field.little);
  return result;
}

function fieldValue(bytes: Bytes, { at, size, little }: Field): number {
  const view = new DataView(bytes.buffer);
  if (!(at >= 0 && at + size <= bytes.length)) return 0;
  return size === 1
    ? view.getUint8(at)
    : size === 2
      ? view.getUint16(at, little)
      : view.getUint32(at, little);
}

/** Puts bytes into a packet of plain pcap, with the lengths of its record following. */
function grow(
  bytes: Bytes,
  anatomy: Anatomy,
  random: Stream,
  make: (packet: Uint8Array) => Uint8Array,
): Bytes {
  const packet = pick(anatomy.packets, random);
  if (packet === undefined) return bytes;
  const { at, length, header } = packet;
  const changed = make(bytes.subarray(at, at + length));
  const lengths = pack(anatomy.little, [32, changed.length], [32, changed.length]);
  return own(
    concat(
      bytes.subarray(0, header + 8),
      lengths,
      bytes.subarray(header + 16, at),
      changed,
      bytes.subarray(at + length),
    ),
  );
}

const TAGS = ['8100 0001', '88a8 0002', '9100 0003'].map(hex);

function tagged(packet: Uint8Array, random: Stream): Uint8Array {
  const tags = Array.from(
    { length: 1 + random.below(random.chance(0.1) ? 3000 : 6) },
    () => pick(TAGS, random)!,
  );
  return concat(packet.subarray(0, 12), ...tags, packet.subarray(12));
}

/** Ethernet into a tunnel in Ethernet, as deep as it goes. */
function tunnelled(packet: Uint8Array, random: Stream): Uint8Array {
  let inner = packet;
  for (let depth = 1 + random.below(random.chance(0.1) ? 60 : 3); depth > 0; depth--) {
    const gre = random.chance(0.5);
    const payload = gre ? concat(hex('0000 6558'), inner) : concat(hex('08000000 00000100'), inner);
    const udp = gre
      ? payload
      : concat(pack(false, [16, 4000], [16, 4789], [16, (8 + payload.length) & 0xffff], [16, 0]), payload);
    const head = pack(
      false,
      [16, 0x4500],
      [16, (20 + udp.length) & 0xffff],
      [32, 0],
      [16, 0x4000 | (gre ? 47 : 17)],
      [16, 0],
    );
    inner = concat(hex('020000000002 020000000001 0800'), head, hex('0a010101 0a010102'), udp);
  }
  return inner;
}

const LINK_TYPES = [
  0, 1, 6, 9, 10, 12, 14, 50, 51, 101, 104, 105, 108, 113, 119, 127, 147, 192, 228, 229, 239, 276, 65535,
];

const MUTATIONS: readonly (readonly [string, Mutation])[] = [
  [
    'a field to a value at a limit',
    (bytes, { fields }, random) => {
      const field = pick(fields, random);
      return field === undefined ? bytes : setField(bytes, field, pick(INTERESTING, random)!);
    },
  ],
  [
    'a field a little up or down',
    (bytes, { fields }, random) => {
      const field = pick(fields, random);
      return field === undefined
        ? bytes
        : setField(bytes, field, fieldValue(bytes, field) + random.below(33) - 16);
    },
  ],
  [
    'a field in the other byte order',
    (bytes, { fields }, random) => {
      const field = pick(fields, random);
      if (field === undefined) return bytes;
      return setField(bytes, { ...field, little: !field.little }, fieldValue(bytes, field));
    },
  ],
  [
    'bits flipped',
    (bytes, _, random) => {
      const result = own(bytes);
      for (let n = 1 + random.below(8); n > 0 && result.length > 0; n--) {
        const at = random.below(result.length);
        result[at] = result[at]! ^ (1 << random.below(8));
      }
      return result;
    },
  ],
  ['cut anywhere', (bytes, _, random) => own(bytes.subarray(0, random.below(bytes.length + 1)))],
  [
    'cut near a boundary',
    (bytes, { bounds }, random) =>
      own(bytes.subarray(0, Math.max(0, (pick(bounds, random) ?? 0) + random.below(41) - 20))),
  ],
  [
    'a record taken out, twice or moved',
    (bytes, { bounds }, random) => {
      if (bounds.length < 3) return bytes;
      const i = random.below(bounds.length - 1);
      const [from, to] = [bounds[i]!, bounds[i + 1]!];
      const [before, record, rest] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
      switch (random.below(3)) {
        case 0:
          return own(concat(before, rest));
        case 1:
          return own(concat(before, ...Array.from({ length: 2 + random.below(40) }, () => record), rest));
        default:
          return own(concat(before, rest, record));
      }
    },
  ],
  [
    'garbage between',
    (bytes, { bounds }, random) => {
      const at = random.chance(0.5) ? (pick(bounds, random) ?? 0) : random.below(bytes.length + 1);
      const garbage = Uint8Array.from({ length: 1 + random.below(64) }, () => random.below(256));
      return own(concat(bytes.subarray(0, at), garbage, bytes.subarray(at)));
    },
  ],
  [
    'the link type',
    (bytes, { little }, random) =>
      bytes.length < 24 || bytes[0] === 0x0a
        ? bytes
        : setField(bytes, { at: 20, size: 4, little }, pick(LINK_TYPES, random)!),
  ],
  [
    'a stack of tags',
    (bytes, anatomy, random) => grow(bytes, anatomy, random, (packet) => tagged(packet, random)),
  ],
  [
    'into tunnels',
    (bytes, anatomy, random) => grow(bytes, anatomy, random, (packet) => tunnelled(packet, random)),
  ],
  [
    'a packet shortened',
    (bytes, anatomy, random) =>
      grow(bytes, anatomy, random, (packet) => packet.subarray(0, random.below(packet.length + 1))),
  ],
  [
    'the rest of another capture',
    (bytes, { bounds }, random) => {
      const other = SEEDS[random.below(SEEDS.length)]![1];
      const at = pick(anatomyOf(Uint8Array.from(other)).bounds, random) ?? random.below(other.length + 1);
      return own(concat(bytes.subarray(0, pick(bounds, random) ?? bytes.length), other.subarray(at)));
    },
  ],
  [
    'another capture behind it',
    (bytes, _, random) => own(concat(bytes, SEEDS[random.below(SEEDS.length)]![1])),
  ],
  [
    'zeros between or behind records',
    (bytes, { bounds }, random) => {
      const at = random.chance(0.5) ? bytes.length : (pick(bounds, random) ?? bytes.length);
      return own(concat(bytes.subarray(0, at), new Uint8Array(random.below(100)), bytes.subarray(at)));
    },
  ],
  ['into gzip', (bytes) => own(gzipSync(bytes))],
  ['into zstd', (bytes) => own(stored(bytes))],
];
