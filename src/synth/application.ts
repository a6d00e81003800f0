/**
 * Applications beside those that every office has: each has a port and a shape of its own and a few servers, and few are
 * popular. They depend on the seed and their number only.
 */
import { choose, type Stream, stream } from '../random/index.ts';
import type { Host, Population } from './host.ts';
import { type Service, services } from './service.ts';

/** One of them. */
export interface Application {
  readonly service: Service;
  readonly servers: readonly Host[];
  /** Relative to the others: Zipf's law, 1 / (rank + 2). */
  readonly popularity: number;
}

/** Shares of the shapes: short questions, conversations, transfers, streams, and what is only reported. */
const SHAPES = [2, 6, 2, 2, 2] as const;

/** The applications 0 … count − 1. */
export function applicationsOf(count: number, population: Population, seed: number): readonly Application[] {
  const taken = new Set(Object.values(services).map(({ port }) => port));
  const sites = population.external.filter(({ role }) => role === 'site');
  return Array.from({ length: count }, (_, n) => {
    const source = stream(seed, 'synth', 'application', n);
    let port: number;
    do port = portOf(source);
    while (taken.has(port));
    taken.add(port);
    const service = shapeOf(choose(SHAPES, source), `application${n + 1}`, port, source);
    // One in four runs inside.
    const hosts = sites.length === 0 || source.chance(0.25) ? population.internal : sites;
    const servers = Array.from({ length: 1 + source.below(3) }, () => hosts[source.below(hosts.length)]!);
    return { service, servers: [...new Set(servers)], popularity: 1 / (n + 2) };
  });
}

/** Well-known ports seldom, registered ones mostly, and some of the range that clients use, too (RFC 6335). */
function portOf(source: Stream): number {
  const range = choose([2, 7, 1], source);
  if (range === 0) return 20 + source.below(1004);
  return range === 1 ? 1024 + source.below(48_128) : 49_152 + source.below(16_384);
}

function shapeOf(shape: number, name: string, port: number, source: Stream): Service {
  const scale = 0.5 + source.uniform();
  const upTo = (bytes: number): number => Math.ceil(bytes * scale);
  const common = {
    name,
    port,
    trafficClass: choose([9, 1], source) === 0 ? 0 : 0x28,
    content: source.chance(0.8) ? 'opaque' : 'text',
    parallel: [1, 1 + source.below(3)],
    opening: [],
    endings: [4, 2, source.below(3)],
    work: upTo(3000),
  } as const;
  const protocol = source.chance(0.75) ? 'tcp' : 'udp';
  const one = [1, 1] as const;
  switch (shape) {
    case 0:
      return {
        ...common,
        protocol,
        rounds: [1, 3],
        request: [24, upTo(300)],
        response: [40, upTo(1500)],
        pause: upTo(20_000),
      };
    case 1:
      return {
        ...common,
        protocol,
        opening: services.https.opening,
        rounds: [4, upTo(145)],
        request: [40, upTo(500)],
        response: [40, upTo(900)],
        pause: upTo(200_000),
      };
    case 2: {
      const large = [4000, upTo(342_000)] as const;
      const small = [60, 600] as const;
      // Backups go up, updates come down.
      const up = source.chance(0.3);
      return {
        ...common,
        protocol: 'tcp',
        rounds: one,
        request: up ? large : small,
        response: up ? small : large,
        pause: 0,
      };
    }
    case 3:
      return {
        ...common,
        protocol,
        parallel: one,
        rounds: [6, upTo(90)],
        request: [40, 90],
        response: [300, upTo(7000)],
        pause: upTo(120_000),
      };
    default:
      return {
        ...common,
        protocol: 'udp',
        rounds: [1, 8],
        request: [40, upTo(900)],
        response: [0, 0],
        work: 0,
        pause: upTo(40_000),
      };
  }
}
