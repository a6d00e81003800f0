/** What says who began a session, the strongest first. */
export const EVIDENCE = ['SYN', 'SYN+ACK', 'first packet (TCP)', 'first packet (UDP)'] as const;

/**
 * The first SYN; or else a SYN+ACK, which only the side that was called sends (RFC 9293); or else the first packet in time.
 */
export type Evidence = (typeof EVIDENCE)[number];
