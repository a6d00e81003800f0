/** Small conversations whose every number is known, and what a session looks like in one line a packet. */
import type { SessionBytes } from '../../src/anomaly/index.ts';
import type { SessionTable } from '../../src/session/index.ts';
import { buildPacket, type PacketRecipe, type SessionFixture, sessionTable } from '../support/packets.ts';
import { address, isPlaced, macOf } from './samples.ts';

export const Flag = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 } as const;

/** One packet of a conversation: from the initiator (>) or the responder (<), flags, numbers, payload bytes. */
export type Line = readonly [
  way: '>' | '<',
  flags: string,
  sequence: number,
  acknowledgment: number,
  payload: number,
];

interface Where {
  readonly version?: 4 | 6;
  readonly client?: number;
  readonly server?: number;
  readonly port?: number;
  readonly servicePort?: number;
}

function recipe(way: '>' | '<', i: number, where: Where): Omit<PacketRecipe, 'protocol'> {
  const { version = 4, client = 5, server = 1, port = 50312, servicePort = 80 } = where;
  const [from, to] = way === '>' ? [client, server] : [server, client];
  const [sourcePort, destinationPort] = way === '>' ? [port, servicePort] : [servicePort, port];
  return {
    source: address(version, from),
    destination: address(version, to),
    sourceMac: macOf(from),
    destinationMac: macOf(to),
    sourcePort,
    destinationPort,
    ttl: way === '>' ? 64 : 250,
    id: (way === '>' ? 0x1000 : 0x8000) + i,
  };
}

const flagsOf = (letters: string): number =>
  [...letters].reduce((sum, letter) => sum | Flag[letter as keyof typeof Flag], 0);

const filled = (bytes: number, i: number) => Array.from({ length: bytes }, (_, b) => (7 * b + i) & 255);

export function tcpSession(lines: readonly Line[], where: Where = {}): SessionFixture {
  const packets = lines.map(([way, flags, sequence, acknowledgment, payload], i) =>
    buildPacket({
      protocol: 'tcp',
      ...recipe(way, i, where),
      tcpFlags: flagsOf(flags),
      tcpOptions: flags.includes('S') ? [2, 4, 5, 0xb4] : [],
      sequence,
      acknowledgment,
      window: 1000 + i,
      payload: filled(payload, i),
    }),
  );
  return { protocol: 'tcp', packets };
}

export function udpSession(
  lines: readonly (readonly ['>' | '<', number])[],
  where: Where = {},
): SessionFixture {
  const packets = lines.map(([way, payload], i) =>
    buildPacket({
      protocol: 'udp',
      ...recipe(way, i, { servicePort: 53, ...where }),
      payload: filled(payload, i),
    }),
  );
  return { protocol: 'udp', packets };
}

/** A request, its answer, and the end. */
export const WEB: readonly Line[] = [
  ['>', 'S', 1000, 0, 0],
  ['<', 'SA', 9000, 1001, 0],
  ['>', 'A', 1001, 9001, 0],
  ['>', 'PA', 1001, 9001, 100],
  ['<', 'A', 9001, 1101, 0],
  ['<', 'PA', 9001, 1101, 200],
  ['>', 'FA', 1101, 9201, 0],
  ['<', 'FA', 9201, 1102, 0],
];

export const web = (count = WEB.length): SessionTable => sessionTable([tcpSession(WEB.slice(0, count))]);

/**
 * Packets as they are now: `> PA 1001 9001 +100`, way, flags, numbers and payload (UDP: `> +9`), `*` in front of those
 * that the morph has placed.
 */
export function linesOf(session: SessionBytes): readonly string[] {
  return Array.from({ length: session.packets }, (_, p) => {
    const start = p * session.stride;
    const view = new DataView(session.bytes.buffer, start, session.length[p]!);
    const [network, transport] = [session.network[p]!, session.transport[p]!];
    const stated = session.version[p] === 6 ? view.getUint16(network + 4) + 40 : view.getUint16(network + 2);
    const payload = stated - (session.length[p]! - network);
    const mark = isPlaced(session, p) ? '*' : '';
    const way = session.fromInitiator[p] === session.fromInitiator[0] ? '>' : '<';
    if (session.protocol === 17) return `${mark}${way} +${payload}`;
    const bits = view.getUint8(transport + 13);
    const letters = (['U', 'S', 'R', 'P', 'F', 'A'] as const).filter((l) => (bits & Flag[l]) !== 0).join('');
    return `${mark}${way} ${letters || '-'} ${view.getUint32(transport + 4)} ${view.getUint32(transport + 8)} +${payload}`;
  });
}
