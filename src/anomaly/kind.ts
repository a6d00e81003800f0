/** What an anomaly kind is. */
import type { Stream } from '../random/index.ts';
import type { Contacts } from './contacts.ts';
import type { SessionBytes } from './session-bytes.ts';

/** What a kind may use besides the session. */
export interface Surroundings {
  /** Of the training sessions. */
  readonly contacts: Contacts;
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
  /** As in a spec. */
  readonly name: string;
  /**
   * Morphs the session in place, all its bytes through the writers of edit.ts.
   *
   * A kind may also take packets away, add or move some within maxPackets: it then moves every per-packet column with
   * them, `origin` included.
   *
   * @param source draws a bounded number of values
   * @returns false when it cannot apply to this session; then nothing was changed
   */
  readonly apply: (session: SessionBytes, surroundings: Surroundings, source: Stream) => boolean;
}
