/** Mutations of texts that know how the text is built. Case number and seed say everything about a case. */
import { type Stream, stream } from '../../src/random/index.ts';
import { type Structure, type ValidText, validTexts } from './texts.ts';

export interface TextCase extends ValidText {
  /** What was done. */
  readonly history: readonly string[];
}

const TEXTS = validTexts();
const KINDS = [...new Set(TEXTS.map(({ kind }) => kind))];
/** A text does not grow beyond, in bytes. */
const MOST = 1 << 18;

/** The case with this number: every kind of text has the same share. */
export function textCase(seed: number, number: number): TextCase {
  const random = stream(seed, 'fuzz texts', number);
  const kind = KINDS[number % KINDS.length]!;
  const original = pick(
    TEXTS.filter((text) => text.kind === kind),
    random,
  );
  const history = [original.name];
  let { bytes } = original;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const [what, mutate] = random.chance(0.7)
      ? STRUCTURED[original.structure]
      : pick(Object.entries(ON_BYTES), random);
    const mutated = mutate(bytes, random);
    if (mutated.length > MOST) continue;
    bytes = mutated;
    history.push(what);
  }
  return { ...original, bytes, history };
}

type Mutation = (bytes: Uint8Array, random: Stream) => Uint8Array;

const pick = <T>(list: readonly T[], random: Stream): T => list[random.below(list.length)]!;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Pieces of text that readers stumble over. */
const ODD = [
  ...['', ' ', '0', '-0', '-1', '1e999', '1e308', '9007199254740993', '0x10', 'NaN', 'Infinity', '١'],
  ...[
    '\0',
    '\u001b[2J',
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\u2028',
    '\ufeff',
    '\u202e',
    '\ud800',
    '😀',
    'ü',
    'u\u0308',
  ],
  ...['__proto__', 'constructor', 'toString', 'null', 'true', '[]', '{}', '"', "'", ',', ';', ':', '/', '\\'],
  ...['..', '*', '**', '{a,b}', '[', '[z-a]', '{1..99999999}', '%00', '~', '1970-01-01', '275761-01-01'],
  ...['2010-02-31T25:61:61', '10.0.0.256', '::', '10.0.0.0/33', '70000', '&', '<', '&#0;', ']]>', '<!--'],
  'x'.repeat(300),
  'ab,'.repeat(30_000),
  '{a,b}'.repeat(40),
  '**/'.repeat(100),
  '*a'.repeat(60),
  '('.repeat(5000),
];

const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e21, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, 5e-324],
  ...[[], {}, [[]], [null], [1, 2, 3], { a: 1 }, [{}], Array(1000).fill(0), Array(50).fill('a')],
  { ['__proto__']: { a: 1 } },
];

/** Changes one value, key or place anywhere in a value. */
function mutateValue(root: unknown, random: Stream): unknown {
  const places: { in: Record<string, unknown>; key: string }[] = [];
  const whole = { root };
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      places.push({ in: node as Record<string, unknown>, key });
      visit(value);
    }
  };
  visit(whole);
  const at = pick(places, random);
  const other = pick(places, random);
  // A copy, so that no value contains itself.
  const copy = <T>(value: T): T => structuredClone(value);
  const put = (key: string, value: unknown): void => {
    Object.defineProperty(at.in, key, { value, enumerable: true, configurable: true, writable: true });
  };
  const value = at.in[at.key];
  const choice = random.below(8);
  if (choice === 0) put(at.key, pick(VALUES, random));
  else if (choice === 1) put(at.key, pick(ODD, random));
  else if (choice === 2 && Array.isArray(at.in)) at.in.splice(Number(at.key), 1);
  else if (choice === 2) delete at.in[at.key];
  else if (choice === 3) put(at.key, copy(other.in[other.key]));
  else if (choice === 4 && Array.isArray(at.in)) at.in.push(copy(value));
  else if (choice === 4) put(pick([other.key, pick(ODD, random), `${at.key}x`], random), copy(value));
  else if (choice === 5)
    put(at.key, typeof value === 'number' ? value * pick([-1, 0.1, 1e3, 1e12], random) : [copy(value)]);
  else if (choice === 6 && typeof value === 'string') put(at.key, withOdd(value, random));
  else put(at.key, String(value));
  return whole.root;
}

/** A text with an odd piece somewhere. */
function withOdd(text: string, random: Stream): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + pick(ODD, random) + text.slice(at + random.below(3));
}

function mutateJson(text: string, random: Stream): string {
  try {
    return JSON.stringify(mutateValue(JSON.parse(text), random), null, random.chance(0.5) ? 2 : 0) ?? text;
  } catch {
    return withOdd(text, random);
  }
}

/** Changes the order, the number or one of some parts. */
function mutateList(
  list: readonly string[],
  random: Stream,
  one: (part: string) => string,
): readonly string[] {
  const [at, other] = [random.below(list.length), random.below(list.length)];
  const choice = random.below(6);
  if (choice === 0) return list.toSpliced(at, 1);
  if (choice === 1) return list.toSpliced(other, 0, list[at]!);
  if (choice === 2) return list.with(at, list[other]!).with(other, list[at]!);
  return list.with(at, one(list[at]!));
}

const onText =
  (mutate: (text: string, random: Stream) => string): Mutation =>
  (bytes, random) =>
    utf8(mutate(textOf(bytes), random));

const mutateLines = (text: string, random: Stream): string =>
  mutateList(text.split('\n'), random, (line) => mutateJson(line, random)).join('\n');

function mutateTable(text: string, random: Stream): string {
  const separator = text.includes('\t') ? '\t' : ',';
  const odd = (cell: string): string => pick([pick(ODD, random), withOdd(cell, random), `"${cell}`], random);
  const line = (cells: string): string => mutateList(cells.split(separator), random, odd).join(separator);
  return mutateList(text.split('\n'), random, line).join('\n');
}

const DOCTYPE = `<!DOCTYPE d [<!ENTITY a "${'b'.repeat(1000)}"><!ENTITY c "${'&a;'.repeat(1000)}">]>`;

function mutateXml(text: string, random: Stream): string {
  if (random.chance(0.05)) return text.replace('<dataroot', `${DOCTYPE}<dataroot`).replace('Normal', '&c;');
  const parts = text.split(/(<[^>]*>)/);
  return mutateList(parts, random, (part) => pick([pick(ODD, random), withOdd(part, random)], random)).join(
    '',
  );
}

const STRUCTURED: Readonly<Record<Structure, readonly [string, Mutation]>> = {
  json: ['value', onText(mutateJson)],
  lines: ['line', onText(mutateLines)],
  table: ['cell', onText(mutateTable)],
  xml: ['element', onText(mutateXml)],
  names: [
    'name',
    onText((text, random) =>
      mutateList(text.split('\n'), random, (name) => withOdd(name, random)).join('\n'),
    ),
  ],
  // The head of safetensors: its length in eight bytes, then JSON.
  binary: [
    'head',
    (bytes, random) => {
      const length = bytes.length < 8 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      const head = utf8(mutateJson(textOf(bytes.subarray(8, 8 + length)), random));
      const size = new Uint8Array(8);
      new DataView(size.buffer).setUint32(0, random.chance(0.05) ? 0xffffffff : head.length, true);
      return Buffer.concat([size, head, bytes.subarray(8 + length)]);
    },
  ],
};

const ON_BYTES: Readonly<Record<string, Mutation>> = {
  flip(bytes, random) {
    if (bytes.length === 0) return bytes;
    const at = random.below(bytes.length);
    return bytes.with(at, bytes[at]! ^ (1 << random.below(8)));
  },
  truncate: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  remove(bytes, random) {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.below(40))]);
  },
  repeat(bytes, random) {
    const at = random.below(bytes.length + 1);
    const piece = bytes.subarray(at, at + 1 + random.below(100));
    return Buffer.concat([
      bytes.subarray(0, at),
      ...Array<Uint8Array>(1 + random.below(300)).fill(piece),
      bytes.subarray(at),
    ]);
  },
  'no UTF-8'(bytes, random) {
    const at = random.below(bytes.length + 1);
    const piece = pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8, 0x88], [0xe2, 0x82]], random);
    return Buffer.concat([bytes.subarray(0, at), Uint8Array.from(piece), bytes.subarray(at)]);
  },
  odd: onText(withOdd),
  'UTF-16': (bytes) => Buffer.from(`\ufeff${textOf(bytes)}`, 'utf16le'),
  'byte order mark': onText((text) => `\ufeff${text}`),
  'CR LF': onText((text) => text.replaceAll('\n', '\r\n')),
  deep: onText((text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + pick(['[', '{"a":', '<a>'], random).repeat(20_000) + text.slice(at);
  }),
  nothing: () => new Uint8Array(0),
};
