/** Traces that several kinds leave. */
import type { Trace } from './kind.ts';

/** Of every kind that edits what a checksum covers. */
export const staleChecksums: Trace = { says: 'checksums are those before the edit', repair: 'checksum' };

/** Of an address that takes the place of another: what still is that of the host that sent the packets before. */
export const ofTheHostBefore = (what: string): readonly Trace[] => [
  { says: `the TTL of ${what} is that of the host that sent them before`, repair: 'ttl' },
  { says: 'the VLAN is that of the old address', repair: 'vlan' },
  {
    says: `MSS and window scale in the handshake of ${what} are those of the host that sent them before`,
    repair: 'tcp-options',
  },
  {
    says: `order of the TCP options, windows and IP ids of ${what} are those of the host that sent them before`,
  },
];
