/** What the weights stand on: kinds whose recall falls when a trace is taken from the test sessions. */
import { anomalyKindNames, kindOf, type Repair } from '../anomaly/index.ts';
import type { PresentationRecord } from '../evaluation/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';
import { interval } from '../text/index.ts';
import { resolveHide } from '../token/index.ts';
import { type Check, check } from './audit.ts';
import { points, share } from './means.ts';

type Anomalies = Pick<
  ExperimentSpec['anomalies'],
  'kinds' | 'repair' | 'contacts' | 'addresses' | 'lookAhead'
>;

/** What a presentation takes away, and how a spec asks for it. */
interface Trace {
  readonly name: string;
  /** Kinds that can have it. */
  readonly kinds: readonly string[];
  /** The presentation of the test sessions without it. */
  readonly anomalies: Partial<Anomalies>;
}

/** By so much recall must fall, for sure, to count. */
const LEAST_LOSS = 0.02;
const REPAIRS: readonly Repair[] = ['checksum', 'mac', 'ttl', 'tcp-options'];

/** @param labelled whether test sessions are labelled attacks, which have no traces of an edit */
export function checkReliance(
  anomalies: Anomalies,
  presentations: readonly PresentationRecord[],
  labelled: boolean,
): readonly Check[] {
  if (labelled)
    return [
      check({
        area: 'reliance',
        name: 'traces',
        status: 'not applicable',
        says: 'nobody edited the test sessions: they are what their labels say',
      }),
    ];
  return tracesOf(anomalies).flatMap((trace) => {
    const asked = presentations.filter((one) => takesAway(one, anomalies, trace));
    return asked.length === 0 ? [untold(trace)] : asked.flatMap((one) => told(one, trace));
  });
}

/** Traces that the test sessions of a spec can have. */
export function tracesOf({
  kinds,
  repair,
  contacts,
  addresses,
  lookAhead = false,
}: Anomalies): readonly Trace[] {
  const used = anomalyKindNames.filter((name) => (kinds[name] ?? 0) > 0);
  const having = (is: (name: string) => boolean): readonly string[] => used.filter(is);
  const repairs = REPAIRS.filter((one) => !repair.includes(one)).map((one) => ({
    name: one,
    kinds: having((name) => kindOf(name)?.traces.some((trace) => trace.repair === one) === true),
    anomalies: { repair: [...repair, one] },
  }));
  const swaps = having((name) => kindOf(name)?.families.includes('addresses') === true);
  return [
    ...repairs,
    ...(addresses === 'uniform'
      ? [{ name: 'strangers', kinds: swaps, anomalies: { addresses: 'popularity' } } as const]
      : []),
    ...(contacts === 'pair-and-port'
      ? []
      : [{ name: 'service', kinds: swaps, anomalies: { contacts: 'pair-and-port' } } as const]),
    ...(lookAhead ? [{ name: 'look-ahead', kinds: used, anomalies: { lookAhead: false } }] : []),
  ].filter((trace) => trace.kinds.length > 0);
}

/** Whether a presentation is without the trace, and takes nothing else from what the network reads. */
function takesAway({ otherwise }: PresentationRecord, spec: Anomalies, { anomalies }: Trace): boolean {
  const { anomalies: other = {}, ...rest } = otherwise;
  if (Object.keys(rest).length > 0 || other.kinds !== undefined) return false;
  const repair = other.repair ?? spec.repair;
  // One that brings another trace back says nothing of this one.
  if (spec.repair.some((one) => !repair.includes(one))) return false;
  if (anomalies.repair !== undefined) return anomalies.repair.every((one) => repair.includes(one));
  return Object.entries(anomalies).every(([key, value]) => other[key as keyof typeof other] === value);
}

const untold = ({ name, kinds, anomalies }: Trace): Check =>
  check({
    area: 'reliance',
    name,
    status: 'open',
    says: `nobody asked what becomes of ${kinds.join(', ')} without the trace "${name}"`,
    cure: JSON.stringify({ evaluation: { presentations: { [`without-${name}`]: { anomalies } } } }),
  });

function told({ name: presentation, changes }: PresentationRecord, { name, kinds }: Trace): readonly Check[] {
  return kinds.flatMap((kind) => {
    const change = changes.find(({ measure }) => measure === `detected ${kind}`);
    if (change === undefined || change.difference.value === null) return [];
    const { difference, before, after } = change;
    const { value, high } = difference;
    const stands = high !== null && high < 0 && value! <= -LEAST_LOSS;
    const range = interval(difference, points);
    const numbers = `recall ${share(before)} with it, ${share(after)} without, ${points(value)} points${range === '' ? '' : ` (${range})`}, presented as "${presentation}"`;
    return [
      check({
        ...{ area: 'reliance', name, kind, size: difference },
        status: stands ? 'finding' : high === null ? 'open' : 'checked',
        says: stands
          ? `${kind} stands on the trace "${name}": ${numbers}`
          : `${kind} ${high === null ? 'has too few hosts to tell whether it stands' : 'does not stand'} on the trace "${name}": ${numbers}`,
      }),
    ];
  });
}

/** What hiding fields may say, which only a network can answer that has met hidden fields. */
export function checkOcclusion(
  tokenDropout: number,
  hide: readonly string[],
  presentations: readonly PresentationRecord[],
): readonly Check[] {
  const of = { area: 'occlusion', name: 'hidden-fields' } as const;
  if (tokenDropout === 0)
    return [
      check({
        ...of,
        status: 'not applicable',
        says: 'the network never met a hidden field: what it makes of one is surprise, and is not reported',
        cure: '{"training":{"tokenDropout":0.5}}',
      }),
    ];
  const hiding = presentations.filter(
    ({ otherwise }) =>
      Object.keys(otherwise).join() === 'tokens' && addsHidden(otherwise.tokens?.hide ?? [], hide),
  );
  if (hiding.length === 0)
    return [
      check({
        ...of,
        status: 'open',
        says: 'nobody asked what the network makes of sessions without some of their fields',
        cure: '{"evaluation":{"presentations":{"no-mac":{"tokens":{"hide":["mac"]}}}}}',
      }),
    ];
  return hiding.flatMap(({ name, changes, otherwise }) => {
    const change = changes.find(({ measure }) => measure === 'accuracy');
    if (change === undefined) return [];
    const range = interval(change.difference, points);
    return [
      check({
        ...{ area: 'occlusion', name, status: 'checked', size: change.difference },
        says: `without ${otherwise.tokens!.hide!.join(', ')} accuracy is ${share(change.after)} instead of ${share(change.before)}, ${points(change.difference.value)} points${range === '' ? '' : ` (${range})`}`,
      }),
    ];
  });
}

function addsHidden(other: readonly string[], own: readonly string[]): boolean {
  const hidden = resolveHide(other);
  return other.length > 0 && [...resolveHide(own)].every((name) => hidden.has(name));
}
