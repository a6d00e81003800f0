/** Which sessions are made of packets. */
import type { Tunnels } from '../capture/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';

/** Which sessions are made, and what is kept of them. */
export interface SessionOptions {
  readonly protocols: readonly ('tcp' | 'udp')[];
  /** Seconds; a longer gap between two packets of a session begins a new one. null: never. */
  readonly idleTimeout: number | null;
  /** Sessions of fewer packets are left out (and counted). */
  readonly minPackets: number;
  /** Packets kept of each session, from its first; the others are only counted. */
  readonly maxPackets: number;
  /**
   * Whether the packets that tunnels carry make the sessions (`inner`), with header bytes from their own link or
   * network layer on, or those around them (`outer`, the default).
   */
  readonly tunnels?: Tunnels;
  /**
   * Whether the same endpoints in two networks (VLANs, virtual networks of tunnels) are two sessions (`networks`) or one
   * (`endpoints`, the default: a mirror often shows the two directions of one session in two VLANs).
   */
  readonly key?: 'endpoints' | 'networks';
  /** What becomes of copies of a packet (copies.ts): they are packets like others (`keep`, the default) or left out. */
  readonly duplicates?: 'keep' | 'drop';
}

/** @throws FaultError (usage) when an option makes no sense */
export function checkOptions(options: SessionOptions): void {
  const { protocols, idleTimeout, minPackets, maxPackets, tunnels = 'outer' } = options;
  const { key = 'endpoints', duplicates = 'keep' } = options;
  const check = (name: string, value: unknown, valid: boolean, expected: string): void => {
    if (valid) return;
    throw new FaultError(
      { place: `sessions.${name}`, problem: `got ${value}, must be ${expected}` },
      ExitCode.usage,
    );
  };
  check('protocols', `[${protocols}]`, protocols.length > 0, 'tcp, udp or both');
  check('idleTimeout', idleTimeout, idleTimeout === null || idleTimeout > 0, 'null or more than 0 seconds');
  check('minPackets', minPackets, Number.isInteger(minPackets) && minPackets >= 1, 'a whole number ≥ 1');
  check('tunnels', `"${tunnels}"`, tunnels === 'outer' || tunnels === 'inner', '"outer" or "inner"');
  check('key', `"${key}"`, key === 'endpoints' || key === 'networks', '"endpoints" or "networks"');
  check('duplicates', `"${duplicates}"`, duplicates === 'keep' || duplicates === 'drop', '"keep" or "drop"');
  check('maxPackets', maxPackets, Number.isInteger(maxPackets) && maxPackets >= 1, 'a whole number ≥ 1');
}
