/** What is counted while captures become sessions. */
import type { CaptureReading } from '../capture/index.ts';
import type { Evidence } from './evidence.ts';

/** What was read, what became of it, and what was left out and why. */
export interface CaptureAccount extends Omit<CaptureReading, 'decoded'> {
  /** Packets of the sessions in the table. With all that is left out: `packets`. */
  readonly keptPackets: number;
  readonly sessionsLeftOut: readonly { readonly reason: string; readonly sessions: number }[];
  /**
   * Σ over all sessions, also those left out, of (files with packets of it − 1). Without idle timeout, the sessions
   * of each file by itself add up to the sessions of the data set plus this.
   */
  readonly joinedAcrossFiles: number;
  /**
   * Sessions of a day that became a part of one of an earlier day (joinAcross), where days were read one by one; what is
   * counted of sessions here still counts them.
   */
  readonly joinedAcrossDays: number;
  /** Sessions in the table by what says who their initiator is: see Evidence. */
  readonly initiators: readonly { readonly evidence: Evidence; readonly sessions: number }[];
  /** Sessions in the table with a second SYN of another sequence number: connections that used the same ports again. */
  readonly secondSyn: number;
  /** Sessions in the table whose packets are of several VLANs or virtual networks. */
  readonly severalNetworks: number;
  /**
   * Sessions, also those left out, with packets that are earlier than one before them; and packets that were further back
   * than ORDER_WINDOW, and are in the order of the capture.
   */
  readonly outOfOrder: { readonly sessions: number; readonly beyondWindow: number };
  /** Copies of packets (copies.ts), whether they are kept or left out. */
  readonly copies: number;
  /** Sessions in the table with packets in both directions. */
  readonly bidirectional: number;
  /** Packets of all sessions, also those left out, by their number of header bytes, ascending. */
  readonly headerLengths: readonly { readonly bytes: number; readonly packets: number }[];
}
