/** What of a spec makes its kinds of anomaly other than they seem: said before anything is trained. */
import { type Kind, kindOf } from '../anomaly/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import {
  derivedFields,
  type HeaderFields,
  resolveHide,
  type UnreadKind,
  unreadKinds,
} from '../token/index.ts';

/** @param layouts how the headers of most packets follow each other, see COMMONEST and commonestLayouts */
export function adviceOn(spec: ExperimentSpec, layouts: readonly HeaderFields[]): readonly string[] {
  return [...derivedAdvice(spec), ...unreadAdvice(spec, layouts), ...familyAdvice(spec)];
}

function derivedAdvice({ tokens }: ExperimentSpec): readonly string[] {
  if (tokens.derived === 'show') return [];
  const derived = derivedFields(resolveHide(tokens.hide));
  if (derived.length === 0) return [];
  return [
    `tokens.hide also hides ${listed(derived)}, a function of what it names; "derived": "show" in tokens leaves ${derived.length === 1 ? 'it' : 'them'} to be read`,
  ];
}

function unreadAdvice(
  { tokens, anomalies }: ExperimentSpec,
  layouts: readonly HeaderFields[],
): readonly string[] {
  const names = new Set([...Object.keys(anomalies.kinds), ...Object.keys(anomalies.testKinds ?? {})]);
  const kinds = kindsOf([...names]);
  const told = new Set<string>();
  return layouts.flatMap((layout) =>
    unreadKinds(tokens, kinds, layout).flatMap((unread) => {
      if (told.has(unread.kind)) return [];
      told.add(unread.kind);
      return [unreadText(unread, tokens, layout)];
    }),
  );
}

function unreadText(
  { kind, fields, runs, hidden, packets, layout }: UnreadKind,
  { bytes, from: origin = 'link' }: ExperimentSpec['tokens'],
  { network }: HeaderFields,
): string {
  const last = runs.at(-1)![1];
  const range = listed(runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)));
  const where = `${runs.length === 1 && runs[0]![0] === last ? 'byte' : 'bytes'} ${range}`;
  const begin = origin === 'ip' ? network : 0;
  const why = hidden
    ? `tokens.hide hides ${runs.length === 1 && fields.length === 1 ? 'it' : 'them'}`
    : last < begin
      ? 'tokens.from is "ip"'
      : `tokens.bytes is ${bytes}${begin === 0 ? '' : ` from byte ${begin} on`}, of which ${last + 1 - begin} would be needed`;
  const left = packets
    ? 'all that can be seen of it is that packets are missing, added or moved'
    : 'no network can see it in such a packet';
  return `${kind} edits ${listed(fields)}, ${where} of an ${layout} packet; ${why}: ${left}`;
}

function familyAdvice({ anomalies: { kinds, testKinds } }: ExperimentSpec): readonly string[] {
  const trained = kindsOf(Object.keys(kinds));
  return kindsOf(Object.keys(testKinds ?? {}).filter((name) => !(name in kinds))).flatMap((kind) => {
    const relatives = trained.filter(({ families }) => families.some((name) => kind.families.includes(name)));
    if (relatives.length === 0) return [];
    const shared = kind.families.filter((name) => relatives.some(({ families }) => families.includes(name)));
    return [
      `anomalies.testKinds: ${kind.name} is new to training only by its name, its ${shared.length === 1 ? 'family' : 'families'} ${listed(shared)} ${shared.length === 1 ? 'trains' : 'train'} with ${listed(relatives.map(({ name }) => name))}: hold out families to learn how an unknown kind is found`,
    ];
  });
}

const kindsOf = (names: readonly string[]): readonly Kind[] => names.flatMap((name) => kindOf(name) ?? []);

/** `a`, `a and b`, `a, b and c`. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
