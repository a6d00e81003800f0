/** What an anomaly kind is. */
import type { Stream } from '../random/index.ts';
import type { Contacts } from './contacts.ts';
import type { SessionBytes } from './session-bytes.ts';
import type { StrangerOptions } from './strangers.ts';

/** What a kind may use besides the session. */
export interface MorphContext {
  /** Of the training sessions. */
  readonly contacts: Contacts;
  /** Which addresses may take the place of another, and how one is chosen. */
  readonly strangers: StrangerOptions;
  /** Whether a changed IP address takes its MAC address with it. */
  readonly repairMac: boolean;
  /** What could not be mended, counted. */
  readonly notes: RepairNotes;
}

/** Traces of an edit that can be mended. */
export const repairs = ['checksum', 'mac', 'ttl', 'vlan', 'tcp-options'] as const;
export type Repair = (typeof repairs)[number];

/**
 * What kinds are about: who talks to whom (addresses), over which service and in which role (ports), over which protocol
 * (transport), probes (scan), which packets come when (dialogue), single header fields (header), how much (volume).
 */
export const kindFamilies = [
  ...(['addresses', 'ports', 'transport', 'scan'] as const),
  ...(['dialogue', 'header', 'volume'] as const),
] as const;
export type KindFamily = (typeof kindFamilies)[number];

/** Something that gives a morph away and is not its point. */
export interface Trace {
  readonly says: string;
  /** The repair that mends it; without one nothing does. */
  readonly repair?: Repair;
}

/** Sessions that could not be made to look right, by reason. */
export interface RepairNotes {
  /** No training packet showed the MAC address of the new IP address: the old one was left. */
  macUnknown: number;
  /** The new address has the MAC address of the one it talks to (both behind one gateway). */
  macShared: number;
  /** No training packet of the address showed a TTL, a VLAN, a value of a TCP option: the old one was left. */
  ttlUnknown: number;
  vlanUnknown: number;
  optionsUnknown: number;
}

/** A way to turn a benign session into an anomaly. */
export interface Kind {
  /**
   * As in a spec. The docstring of a kind says what it imitates, what it edits, when it applies and what traces it
   * leaves.
   */
  readonly name: string;
  /** What it is about: one that was learnt of a family says little about how an unknown kind of it is found. */
  readonly families: readonly KindFamily[];
  /**
   * The header fields that make it what it is, by the names of `tokens.hide`, without what follows from them (checksums,
   * later sequence numbers): who reads none of them sees at most that packets are missing, added or moved.
   */
  readonly fields: readonly string[];
  /** Whether it also takes packets away, adds or moves some. */
  readonly packets: boolean;
  /** What gives it away without being its point, some of it until it is mended. */
  readonly traces: readonly Trace[];
  /**
   * Packets beyond those that are read that it takes the place of missing ones from, given how many are read; without
   * it none.
   */
  readonly spare?: (maxPackets: number) => number;
  /**
   * Morphs the session in place: bytes through the writers of edit.ts, packets through those of packets.ts, lengths
   * through those of segment.ts. At least one packet stays; none grows beyond the stride.
   *
   * @param source draws a bounded number of values
   * @returns false when it cannot apply to this session; then nothing was changed
   */
  readonly apply: (session: SessionBytes, context: MorphContext, source: Stream) => boolean;
}
