/**
 * Ephemeral ports: no two sessions of a capture have the same 5-tuple.
 */
import type { Host } from './host.ts';
import type { Service } from './service.ts';

export interface Ports {
  /** The client's port of its next session with this service of the server; null when all have been used. */
  take(client: Host, server: Host, service: Service, ipv6: boolean): number | null;
}

/**
 * Ports as RFC 6056 section 3.3.3 has it: each destination has a sequence of its own through the client's range, begun
 * at a place that depends on both.
 *
 * @param turn of `turns` networks that use the same ports, this one takes every turns-th, so that none takes another's
 */
export function createPorts(hosts: number, turn = 0, turns = 1): Ports {
  const used = new Map<number, number>();
  return {
    take(client, server, service, ipv6) {
      // Port, protocol and IP version take 18 bits: a key is below 2^53 for up to 2^17 hosts.
      const kind = service.port * 4 + (service.protocol === 'udp' ? 2 : 0) + (ipv6 ? 1 : 0);
      const pair = client.id * hosts + server.id;
      const key = pair * 0x4_0000 + kind;
      const count = used.get(key) ?? turn;
      const { firstPort, ports, portStep } = client.fingerprint;
      if (count >= ports) return null;
      used.set(key, count + turns);
      const begin = ((pair % ports) * 7919 + kind * 104_729) % ports;
      return firstPort + ((begin + count * portStep) % ports);
    },
  };
}
