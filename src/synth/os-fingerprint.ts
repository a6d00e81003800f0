/**
 * Fingerprints: the behaviour of an operating system's network stack, as fingerprinting tools tell them apart.
 */

/**
 * One aligned group of TCP options of a SYN (RFC 9293 section 3.1, RFC 7323, RFC 2018); the numbers are bytes.
 * The order of the groups is part of a fingerprint.
 */
export type OptionGroup =
  | 'mss' // maximum segment size: 4
  | 'nop-scale' // NOP, window scale: 4
  | 'nop-nop-sack' // NOP, NOP, SACK permitted: 4
  | 'sack-end-end' // SACK permitted, two ends of the list: 4
  | 'nop-nop-time' // NOP, NOP, time stamps: 12
  | 'sack-time'; // SACK permitted, time stamps: 12

/** How the IPv4 identification field is chosen. */
export type Identification =
  | 'counter' // one counter for the host
  | 'session' // a counter for each session from a random start; zero in SYN-ACK and RST
  | 'zero' // always zero, with DF
  | 'random'; // random, without DF

/** What packets show of a host's operating system. */
export interface OsFingerprint {
  readonly name: 'windows' | 'linux' | 'macos' | 'freebsd' | 'appliance';
  /** Initial time to live or hop limit. */
  readonly ttl: number;
  readonly identification: Identification;
  /** Window field of a SYN, bytes. */
  readonly synWindow: number;
  /** Receive window afterwards, bytes. */
  readonly window: number;
  /** Window scale offered, bits. */
  readonly scale: number;
  readonly options: readonly OptionGroup[];
  /** First ephemeral port, and how many there are. */
  readonly firstPort: number;
  readonly ports: number;
  /**
   * From one ephemeral port to the next one for the same destination. Prime to `ports`, so that all are used, and near
   * the golden section of it, so that the ports of a destination are everywhere and do not give it away.
   */
  readonly portStep: number;
  /** Vendor prefix of its network card, with the locally-administered bit, so that none claims to be a real one. */
  readonly vendor: readonly [number, number, number];
}

export const windows: OsFingerprint = {
  name: 'windows',
  ttl: 128,
  identification: 'counter',
  synWindow: 64_240,
  window: 262_656,
  scale: 8,
  options: ['mss', 'nop-scale', 'nop-nop-sack'],
  firstPort: 49_152,
  ports: 16_384,
  portStep: 10_125,
  vendor: [0x02, 0x14, 0x22],
};

export const linux: OsFingerprint = {
  name: 'linux',
  ttl: 64,
  identification: 'session',
  synWindow: 64_240,
  window: 64_256,
  scale: 7,
  options: ['mss', 'sack-time', 'nop-scale'],
  firstPort: 32_768,
  ports: 28_232,
  portStep: 17_447,
  vendor: [0x02, 0x1b, 0x21],
};

export const macos: OsFingerprint = {
  name: 'macos',
  ttl: 64,
  identification: 'zero',
  synWindow: 65_535,
  window: 131_712,
  scale: 6,
  options: ['mss', 'nop-scale', 'nop-nop-time', 'sack-end-end'],
  firstPort: 49_152,
  ports: 16_384,
  portStep: 6261,
  vendor: [0x02, 0x03, 0x93],
};

export const freebsd: OsFingerprint = {
  name: 'freebsd',
  ttl: 64,
  identification: 'random',
  synWindow: 65_535,
  window: 65_728,
  scale: 6,
  options: ['mss', 'nop-scale', 'sack-time'],
  firstPort: 10_000,
  ports: 55_536,
  portStep: 34_327,
  vendor: [0x02, 0x50, 0x56],
};

export const appliance: OsFingerprint = {
  name: 'appliance',
  ttl: 255,
  identification: 'counter',
  synWindow: 16_384,
  window: 16_384,
  scale: 0,
  options: ['mss'],
  firstPort: 1024,
  ports: 64_512,
  portStep: 39_871,
  vendor: [0x02, 0x00, 0x0c],
};

export const has = {
  scale: (p: OsFingerprint): boolean => p.options.includes('nop-scale'),
  time: (p: OsFingerprint): boolean => p.options.includes('nop-nop-time') || p.options.includes('sack-time'),
  sack: (p: OsFingerprint): boolean => p.options.some((group) => group.includes('sack')),
};
