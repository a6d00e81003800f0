/**
 * Services: one entry each, the port and the shape of a conversation.
 */
import type { Stream } from '../random/index.ts';

/** A size or a count: from `least` to `most`, small ones far more often than large ones. */
export type Span = readonly [least: number, most: number];

/** Who says something, and how many bytes. */
type Turn = readonly [speaker: 'client' | 'server', bytes: Span];

/** What the payload looks like: ciphertext, printable text, or a well-formed message of the protocol. */
export type PayloadContent = 'opaque' | 'text' | 'dns' | 'ntp';

export interface Service {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Traffic class (DSCP and ECN) of its packets: ssh asks for low delay, time servers for expedited forwarding. */
  readonly trafficClass: number;
  readonly content: PayloadContent;
  /** Sessions that a client opens side by side. */
  readonly parallel: Span;
  /** What is always said first: greetings and handshakes of the application. */
  readonly opening: readonly Turn[];
  /** Rounds of request and response that follow. */
  readonly rounds: Span;
  readonly request: Span;
  /** [0, 0] when nothing is answered. */
  readonly response: Span;
  /** Microseconds, typically: the server's work on a request. */
  readonly work: number;
  /** Microseconds, typically: the client's pause between two rounds. */
  readonly pause: number;
  /** Weights of how a TCP session ends: FIN by the client, FIN by the server, RST by the client. */
  readonly endings: readonly [client: number, server: number, reset: number];
}

/** Exchange of a TLS 1.3 session: hello, certificate, finished, tickets. */
const tls: readonly Turn[] = [
  ['client', [280, 660]],
  ['server', [1900, 4200]],
  ['client', [64, 130]],
];

const tcp = { protocol: 'tcp', trafficClass: 0, content: 'opaque', parallel: [1, 1], opening: [] } as const;
const udp = {
  protocol: 'udp',
  trafficClass: 0,
  content: 'opaque',
  parallel: [1, 1],
  opening: [],
  rounds: [1, 1],
  pause: 0,
  endings: [1, 0, 0],
} as const;

const table = {
  dns: { ...udp, port: 53, content: 'dns', request: [30, 60], response: [50, 120], work: 300 },
  ntp: {
    ...udp,
    port: 123,
    trafficClass: 0xb8,
    content: 'ntp',
    request: [48, 48],
    response: [48, 48],
    work: 40,
  },
  syslog: {
    ...udp,
    port: 514,
    content: 'text',
    rounds: [1, 4],
    request: [70, 420],
    response: [0, 0],
    work: 0,
    pause: 900,
  },
  quic: {
    ...udp,
    port: 443,
    opening: [
      ['client', [1250, 1252]],
      ['server', [2400, 3700]],
      ['client', [80, 150]],
    ],
    rounds: [1, 3],
    request: [60, 420],
    response: [120, 12_000],
    work: 4000,
    pause: 60_000,
  },
  http: {
    ...tcp,
    port: 80,
    content: 'text',
    parallel: [1, 3],
    rounds: [1, 3],
    request: [140, 900],
    response: [180, 12_000],
    work: 3000,
    pause: 120_000,
    endings: [5, 3, 1],
  },
  https: {
    ...tcp,
    port: 443,
    parallel: [1, 4],
    opening: tls,
    rounds: [1, 3],
    request: [120, 1800],
    response: [150, 16_000],
    work: 5000,
    pause: 200_000,
    endings: [5, 2, 2],
  },
  ssh: {
    ...tcp,
    port: 22,
    trafficClass: 0x10,
    opening: [
      ['server', [22, 42]],
      ['client', [22, 42]],
      ['client', [1100, 1460]],
      ['server', [900, 1200]],
      ['client', [48, 80]],
      ['server', [400, 700]],
    ],
    rounds: [2, 18],
    request: [36, 84],
    response: [36, 2200],
    work: 2500,
    pause: 350_000,
    endings: [6, 1, 0],
  },
  smtp: {
    ...tcp,
    port: 25,
    content: 'text',
    opening: [
      ['server', [60, 110]],
      ['client', [18, 40]],
      ['server', [90, 220]],
    ],
    rounds: [3, 5],
    request: [24, 9000],
    response: [8, 60],
    work: 4000,
    pause: 2000,
    endings: [2, 6, 0],
  },
  imaps: {
    ...tcp,
    port: 993,
    opening: [...tls, ['server', [80, 140]]],
    rounds: [2, 6],
    request: [40, 120],
    response: [60, 9000],
    work: 3000,
    pause: 40_000,
    endings: [5, 1, 1],
  },
  kerberos: {
    ...tcp,
    port: 88,
    rounds: [1, 1],
    request: [240, 1900],
    response: [280, 2000],
    work: 900,
    pause: 0,
    endings: [6, 1, 0],
  },
  ldap: {
    ...tcp,
    port: 389,
    rounds: [2, 6],
    request: [60, 700],
    response: [30, 4500],
    work: 700,
    pause: 3000,
    endings: [6, 0, 1],
  },
  smb: {
    ...tcp,
    port: 445,
    opening: [
      ['client', [120, 260]],
      ['server', [180, 330]],
      ['client', [150, 240]],
      ['server', [200, 380]],
      ['client', [420, 2200]],
      ['server', [90, 260]],
    ],
    rounds: [2, 9],
    request: [110, 3000],
    response: [100, 14_000],
    work: 1200,
    pause: 15_000,
    endings: [3, 1, 2],
  },
  postgres: {
    ...tcp,
    port: 5432,
    opening: [
      ['client', [40, 90]],
      ['server', [280, 420]],
    ],
    rounds: [1, 8],
    request: [50, 600],
    response: [30, 12_000],
    work: 2500,
    pause: 8000,
    endings: [6, 0, 1],
  },
  rdp: {
    ...tcp,
    port: 3389,
    opening: [
      ['client', [39, 47]],
      ['server', [19, 19]],
      ...tls,
      ['client', [400, 500]],
      ['server', [100, 400]],
    ],
    rounds: [4, 40],
    request: [60, 300],
    response: [80, 9000],
    work: 1500,
    pause: 12e6,
    endings: [4, 1, 2],
  },
  ipp: {
    ...tcp,
    port: 631,
    opening: [
      ['client', [300, 900]],
      ['server', [250, 1400]],
    ],
    rounds: [1, 2],
    request: [4000, 600_000],
    response: [150, 400],
    work: 60_000,
    pause: 40_000,
    endings: [5, 1, 0],
  },
  mqtt: {
    ...tcp,
    port: 8883,
    opening: [...tls, ['client', [40, 90]], ['server', [20, 40]]],
    rounds: [1, 12],
    request: [40, 300],
    response: [20, 40],
    work: 800,
    pause: 4e6,
    endings: [3, 1, 1],
  },
} as const satisfies Readonly<Record<string, Omit<Service, 'name'>>>;

export type ServiceName = keyof typeof table;

/** All services by name. */
export const services: Readonly<Record<ServiceName, Service>> = Object.fromEntries(
  Object.entries(table).map(([name, entry]) => [name, { ...entry, name }]),
) as Record<ServiceName, Service>;

/** One message of a conversation. */
export interface Message {
  readonly fromClient: boolean;
  readonly bytes: number;
  /** Microseconds that the speaker takes before it, without the way. */
  readonly think: number;
}

/**
 * What a session of this service says, in order.
 *
 * @param slowness factor of the client's pauses
 */
export function script(service: Service, slowness: number, source: Stream): readonly Message[] {
  const said: Message[] = [];
  for (const [speaker, bytes] of service.opening) {
    const fromClient = speaker === 'client';
    said.push({ fromClient, bytes: within(bytes, source), think: heavyTailed(service.work / 4, source) });
  }
  const rounds = within(service.rounds, source);
  for (let round = 0; round < rounds; round++) {
    const pause = round === 0 ? 100 : service.pause * slowness;
    said.push({
      fromClient: true,
      bytes: within(service.request, source),
      think: heavyTailed(pause, source),
    });
    if (service.response[1] === 0) continue;
    said.push({
      fromClient: false,
      bytes: within(service.response, source),
      think: heavyTailed(service.work, source),
    });
  }
  return said;
}

/** How many times longer than usual a session's client pauses: rarely much, at most `most` times. */
export function slownessOf(most: number, source: Stream): number {
  if (most === 1) return 1;
  const u = source.uniform();
  return 1 + (most - 1) * u * u * u * u;
}

/** An integer of the span; the fourth power of a uniform number makes the mean least + (most − least) / 5. */
export function within(span: Span, source: Stream): number {
  const u = source.uniform();
  return span[0] + Math.floor((span[1] - span[0] + 1) * u * u * u * u);
}

/**
 * Microseconds with a long but bounded tail: scale · u / (v + 0.2), u and v uniform; mean 0.9 scale, below 5 scale.
 * A ratio of uniforms instead of an exponential, which would need a logarithm.
 */
export function heavyTailed(scale: number, source: Stream): number {
  return Math.floor((scale * source.uniform()) / (source.uniform() + 0.2));
}
