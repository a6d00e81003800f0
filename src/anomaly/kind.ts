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

/** Sessions whose MAC address could not be made to look right, by reason. */
export interface RepairNotes {
  /** No training packet showed the MAC address of the new IP address: the old one was left. */
  macUnknown: number;
  /** The new address has the MAC address of the one it talks to (both behind one gateway). */
  macShared: number;
}

/** A way to turn a benign session into an anomaly. */
export interface Kind {
  /**
   * As in a spec. The docstring of a kind says what it imitates, what it edits, when it applies and what traces it
   * leaves.
   */
  readonly name: string;
  /**
   * Morphs the session in place: bytes through the writers of edit.ts, packets through those of packets.ts, lengths
   * through those of segment.ts. At least one packet stays; none grows beyond the stride.
   *
   * @param source draws a bounded number of values
   * @returns false when it cannot apply to this session; then nothing was changed
   */
  readonly apply: (session: SessionBytes, context: MorphContext, source: Stream) => boolean;
}
