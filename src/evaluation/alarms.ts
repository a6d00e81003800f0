/** False alarms per host and hour: what somebody who watches the network would have to look at. */
import { type Clustering, carried, clusteredRate, type Estimate } from '../statistics/index.ts';

/** Of the normal test sessions. JSON-able. */
export interface Alarms {
  /** Sessions with P(normal) up to this are called anomalous; null: those whose most probable class is not normal. */
  readonly normalProbability: number | null;
  /** Hosts that began a session that was normal when it was captured, and hours from the start of the first to that of the last. */
  readonly hosts: number;
  readonly hours: number;
  /** False alarms, of as many normal sessions. */
  readonly falseAlarms: number;
  readonly sessions: number;
  /**
   * False alarms per host and hour, if as many sessions were normal as were when they were captured. Hosts and hours count as
   * known; the interval is that of the false positive rate.
   */
  readonly perHostHour: Estimate;
  /** Hosts with a false alarm, and how many the one with most of them has. */
  readonly alarmedHosts: number;
  readonly most: number;
}

interface AlarmInput {
  /** [N]: 0 is normal. */
  readonly labels: Uint8Array;
  /** [N]: 0 is what was called normal. */
  readonly called: Uint8Array;
  readonly normalProbability: number | null;
  /** [N]: ids; one that was presented several times is there as often. */
  readonly sessions: Uint32Array;
  /** [N]: whole seconds since 1970 of the first packet. */
  readonly starts: Float64Array;
  readonly clusterings: readonly Clustering[];
  /** Whether sessions that are anomalous were captured so; others were normal before they were morphed. */
  readonly labelled: boolean;
}

/** null where nobody knows who began the sessions, none is normal, or all begin at once. */
export function alarmsOf(input: AlarmInput): Alarms | null {
  const { labels, called, sessions, starts, clusterings, labelled, normalProbability } = input;
  const initiators = clusterings.find(({ by }) => by === 'initiator');
  const normal = labels.map((label) => (label === 0 ? 1 : 0));
  const hits = called.map((one) => (one === 0 ? 0 : 1));
  const rate = clusteredRate(hits, normal, clusterings);
  if (initiators === undefined || rate.denominator === 0) return null;
  const hosts = new Set<number>();
  const traffic = new Set<number>();
  const alarms = new Uint32Array(initiators.count);
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < labels.length; i++) {
    if (labelled && normal[i] === 0) continue;
    const host = initiators.clusterOf[i]!;
    hosts.add(host);
    traffic.add(sessions[i]!);
    alarms[host]! += normal[i]! & hits[i]!;
    first = Math.min(first, starts[i]!);
    last = Math.max(last, starts[i]!);
  }
  const hours = (last - first) / 3600;
  if (!(hours > 0)) return null;
  const { numerator, denominator, ...share } = rate;
  return {
    normalProbability,
    hosts: hosts.size,
    hours,
    falseAlarms: numerator,
    sessions: denominator,
    perHostHour: carried<Estimate>(share, (x) => (x * traffic.size) / (hosts.size * hours)),
    alarmedHosts: alarms.filter((count) => count > 0).length,
    most: alarms.reduce((most, count) => Math.max(most, count), 0),
  };
}
