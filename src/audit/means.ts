/** Simpler means beside the network: which of them it is not for sure better than. */
import { kindOf } from '../anomaly/index.ts';

import { type BaselineScores, ruleNames } from '../baseline/index.ts';
import {
  type Clustering,
  clusteringOf,
  clusterSums,
  type Estimate,
  intervalBy,
  jackknife,
  widest,
} from '../statistics/index.ts';
import { interval } from '../text/index.ts';
import { resolveHide } from '../token/index.ts';
import { type Check, check, type Grade } from './audit.ts';

/** Rules that find what an edit leaves, and not what it means; and the fields by which they find it. */
export const TRACE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'wrong-ip-checksum': ['ip.checksum'],
  'wrong-transport-checksum': ['tcp.checksum', 'udp.checksum'],
  'new-mac': ['mac'],
  'new-ttl': ['ttl'],
  'new-fingerprint': ['tcp.window', 'tcp.options'],
  'wrong-length': ['length'],
  'group-source': [],
  'tcp-to-group': [],
  'new-scopes': [],
  'short-without-end': [],
  'syn-backwards': [],
};

/** Rules about which packets there are: no trace of a kind that is about that. */
const OF_PACKETS: ReadonlySet<string> = new Set(['short-without-end', 'syn-backwards', 'wrong-length']);

/** A rule or a kind that finds less than this over its false alarms says nothing. */
const LEAST = 0.1;
/** Sessions below which a kind is not judged by itself. */
const LEAST_SESSIONS = 10;

export interface MeansInput {
  readonly baselines: readonly BaselineScores[];
  /** [N]: what was done to each test session, 0 is normal. */
  readonly kinds: Uint8Array;
  readonly kindNames: readonly string[];
  /** [N]: what the network calls them, 0 is normal. */
  readonly predictions: Uint8Array;
  readonly clusterings: readonly Clustering[];
  /** Whether the kinds are labels of attacks, which nobody edited. */
  readonly labelled: boolean;
}

/** A trace that marks for sure so much of a kind gives it away, whatever the network makes of it. */
const GIVEN_AWAY = 0.5;

/** What a baseline does of one kind, or of all; shares of the kind less shares of the normal sessions (Youden's J). */
interface Against {
  readonly name: string;
  readonly own: Estimate & { readonly value: number };
  readonly network: number;
  /** The network's less its own. */
  readonly lead: Estimate;
}

/** The strongest means of each sort against every kind and against all of them, and every trace that is there. */
export function checkMeans(input: MeansInput): readonly Check[] {
  const { kinds, kindNames, baselines } = input;
  if (baselines.length === 0)
    return [
      check({
        area: 'baselines',
        name: 'baselines',
        status: 'open',
        grade: 'simple',
        says: 'no simpler means was asked what it finds in these sessions',
        cure: '"evaluation": {"baselines": true}',
      }),
    ];
  const there = kindNames.map((_, k) => kinds.reduce((sum, kind) => sum + (kind === k ? 1 : 0), 0));
  if (there[0]! < LEAST_SESSIONS) return [];
  const targets = kindNames.flatMap((_, k) => (k > 0 && there[k]! >= LEAST_SESSIONS ? [k] : []));
  return [
    ...[null, ...targets].flatMap((kind) => simplerThan(input, kind)),
    ...targets.flatMap((kind) => tracesOf(input, kind)),
  ];
}

function simplerThan(input: MeansInput, kind: number | null): readonly Check[] {
  const { baselines, kindNames } = input;
  const all = baselines
    .filter(({ name }) => input.labelled || !(name in TRACE_FIELDS))
    .map((baseline) => against(input, baseline, kind));
  const target = kind === null ? null : kindNames[kind]!;
  const strongest = (among: (name: string) => boolean): readonly Against[] => {
    const of = all.filter(({ name, own }) => among(name) && own.value >= LEAST);
    return of.length === 0 ? [] : [of.reduce((a, b) => (b.own.value > a.own.value ? b : a))];
  };
  return [...strongest((name) => ruleNames.has(name)), ...strongest((name) => !ruleNames.has(name))].map(
    (one) => asCheck(one, target, 'baselines', 'simple'),
  );
}

function tracesOf(input: MeansInput, kind: number): readonly Check[] {
  if (input.labelled) return [];
  const name = input.kindNames[kind]!;
  return input.baselines
    .filter((baseline) => baseline.name in TRACE_FIELDS)
    .map((baseline) => against(input, baseline, kind))
    .filter(({ own }) => own.value >= LEAST)
    .map((one) => asCheck(one, name, 'traces', isPointOf(one.name, name) ? 'simple' : 'leak'));
}

/** Whether what a rule finds is what the kind is about. */
function isPointOf(rule: string, name: string): boolean {
  const kind = kindOf(name);
  if (kind === undefined) return false;
  const looks = resolveHide(TRACE_FIELDS[rule]!);
  const isAbout = [...resolveHide(kind.fields)].some((field) => looks.has(field));
  return isAbout || (kind.packets && OF_PACKETS.has(rule));
}

function asCheck(
  { name, own, network, lead }: Against,
  kind: string | null,
  area: 'traces' | 'baselines',
  grade: Grade,
): Check {
  const isClose = lead.low !== null && lead.low <= 0;
  // What may be chance finds nothing: hosts are too few then to say more. And who finds nothing stands on no trace.
  const isThere = own.low !== null && own.low > 0 && (area !== 'traces' || network >= LEAST);
  const givesAway = area === 'traces' && (own.low ?? 0) > GIVEN_AWAY;
  const range = lead.low === null ? 'too few hosts for an interval' : interval(lead, points);
  const says = `${name} finds ${share(own.value)} of ${kind ?? 'all anomalous sessions'} over its false alarms, the network ${share(network)}: ${points(lead.value)} points (${range})`;
  return check({
    ...{ area, name, kind, grade, says },
    size: area === 'traces' ? own : lead,
    status:
      givesAway || (isClose && isThere)
        ? 'finding'
        : (isClose && network >= LEAST) || lead.low === null
          ? 'open'
          : 'checked',
  });
}

function against(input: MeansInput, { name, called }: BaselineScores, kind: number | null): Against {
  const network = input.predictions.map((p) => (p === 0 ? 0 : 1));
  const none = new Uint8Array(called.length);
  const of = (first: Uint8Array, second: Uint8Array) => ahead(input, first, second, kind);
  const own = of(called, none);
  return {
    name,
    own: { ...own, value: own.value! },
    network: of(network, none).value!,
    lead: of(network, called),
  };
}

/**
 * Youden's J of what the first calls less that of the second, on the same sessions, with the widest of the clustered
 * intervals.
 */
function ahead(
  { kinds, clusterings }: MeansInput,
  first: Uint8Array,
  second: Uint8Array,
  kind: number | null,
): Estimate {
  const sides = [
    kinds.map((k) => (kind === null ? (k > 0 ? 1 : 0) : k === kind ? 1 : 0)),
    kinds.map((k) => (k === 0 ? 1 : 0)),
  ].map((of) => {
    const values = Int8Array.from(of, (one, i) => one * (first[i]! - second[i]!));
    return { of, count: sumOf(of), values, sum: sumOf(values) };
  });
  const [a, b] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const value = a.sum / a.count - b.sum / b.count;
  const by = (clustering: Clustering) => {
    const [sumsA, sumsB] = [clusterSums(clustering, a.values), clusterSums(clustering, b.values)];
    const [ofA, ofB] = [clusterSums(clustering, a.of), clusterSums(clustering, b.of)];
    const without = (g: number): number =>
      (a.sum - sumsA[g]!) / (a.count - ofA[g]!) - (b.sum - sumsB[g]!) / (b.count - ofB[g]!);
    const weights = ofA.map((w, g) => w / a.count + ofB[g]! / b.count);
    return intervalBy(clustering.by, jackknife(value, without, weights, []), (variance, _, quantile) => {
      const half = quantile * Math.sqrt(variance);
      return { low: value - half, high: value + half };
    });
  };
  const { low, high } = by(
    clusteringOf(
      'session',
      Array.from({ length: kinds.length }, (_, i) => i),
    ),
  );
  return widest({ value, low, high }, a.count + b.count, clusterings, by);
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

export const share = (x: number): string => `${(100 * x).toFixed(1)}%`;
export const points = (x: number | null): string =>
  x === null ? '–' : `${x < 0 ? '−' : '+'}${Math.abs(100 * x).toFixed(1)}`;
