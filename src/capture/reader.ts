/** What the readers of all formats have in common. */
import type { Packet } from './packet.ts';

/** What `next` found. */
export const Status = {
  /** The packet view holds the next record. */ record: 0,
  /** The window has to be refilled first. */ more: 1,
  /** There is nothing (readable) left. */ end: 2,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Reads records one by one from a window. */
export interface RecordReader {
  /** `pcap-le-us`, `pcap-be-ns`, `pcapng`, … */
  readonly format: string;
  /** The record last found; its bytes are valid until the window is refilled. */
  readonly packet: Packet;
  /** The link types that the file declares, whether or not it holds packets of them. */
  readonly linkTypes: readonly number[];
  /** What could not be read and why, each with its place in the file. */
  readonly warnings: readonly string[];
  /** Records whose time stamp is not plain, by what was done about it. */
  readonly stamps: { readonly carried: number; readonly missing: number };
  /** The next record; `more` also when the window holds all that there is, which is for `conclude`. */
  next(): Status;
  /** What is at the end of the file, when `next` wants more and there is no more: nothing, or a record that was cut. */
  conclude(): Status;
}

/** Bytes of a record that are held in the window at once; longer records are read as their beginning. */
export const HELD_BYTES = 1 << 18;

/** The longest snap length that anyone uses, as in libpcap: a longer record of these link types is damage. */
const MAX_CAPTURED = 262144;
/** The same for link types whose records can be huge, such as USB and D-Bus, again as in libpcap. */
const MAX_CAPTURED_OTHERS = 134217728;

/** The longest captured length to believe, in bytes. */
export function longestRecord(linkType: number): number {
  switch (linkType) {
    case 0:
    case 1:
    case 12:
    case 14:
    case 101:
    case 108:
    case 113:
    case 228:
    case 229:
    case 276:
      return MAX_CAPTURED;
    default:
      return MAX_CAPTURED_OTHERS;
  }
}
