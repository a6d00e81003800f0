/**
 * Kept packets in the order in which they arrive, before they are gathered by session.
 *
 * A packet is one run of 32-bit words, RECORD_WORDS of facts and then its header bytes, so that gathering it touches
 * one place of memory. Pages never move, so nothing is copied while their number grows.
 */
import type { Packet } from '../capture/index.ts';
import { ExitCode, FaultError } from '../spec/index.ts';

/** 2²⁰ words a page. */
export const PAGE_SHIFT = 20;
export const PAGE_MASK = (1 << PAGE_SHIFT) - 1;

/**
 * Words before the header bytes: session; header bytes, link and direction; offsets of network and transport header;
 * bytes on the wire; nanoseconds; seconds (a double, two words).
 */
export const RECORD_WORDS = 7;

/** Locations of packets are 32 bits: page, then word in the page. */
const MAX_PAGES = 1 << (32 - PAGE_SHIFT);

export class Rows {
  /** Packets kept. */
  count = 0;
  /** Bytes of their headers. */
  headerBytes = 0;
  readonly pages: Int32Array[] = [new Int32Array(1 << PAGE_SHIFT)];
  /** Words in use of each page but the last. */
  readonly pageEnds: number[] = [];
  /** Words in use of the last page. */
  used = 0;
  private page = this.pages[0]!;
  private readonly double = new Float64Array(1);
  private readonly doubleWords = new Int32Array(this.double.buffer);

  /** Copies the header bytes of a packet, and only those. */
  add(packet: Packet, session: number, fromInitiator: boolean): void {
    const length = packet.headerEnd;
    const words = (length + 3) >> 2;
    if (this.used + RECORD_WORDS + words > this.page.length) this.addPage();
    const { page, used: at } = this;
    page[at] = session;
    page[at + 1] = length | (packet.link << 16) | (fromInitiator ? 1 << 24 : 0);
    page[at + 2] = packet.network | (packet.transport << 16);
    page[at + 3] = packet.original;
    page[at + 4] = packet.nanoseconds;
    this.double[0] = packet.seconds;
    page[at + 5] = this.doubleWords[0]!;
    page[at + 6] = this.doubleWords[1]!;
    const { bytes } = packet;
    let to = at + RECORD_WORDS;
    let from = packet.start;
    const whole = from + (length & ~3);
    for (; from < whole; from += 4)
      page[to++] =
        bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
    if ((length & 3) !== 0) {
      let last = bytes[from]!;
      if ((length & 3) > 1) last |= bytes[from + 1]! << 8;
      if ((length & 3) > 2) last |= bytes[from + 2]! << 16;
      page[to++] = last;
    }
    this.used = to;
    this.count++;
    this.headerBytes += length;
  }

  private addPage(): void {
    if (this.pages.length === MAX_PAGES)
      throw new FaultError(
        {
          place: 'captures',
          problem: `${this.count} packets are kept and no more can be`,
          cure: 'read fewer captures or lower sessions.maxPackets',
        },
        ExitCode.machine,
      );
    this.pageEnds.push(this.used);
    this.page = new Int32Array(1 << PAGE_SHIFT);
    this.pages.push(this.page);
    this.used = 0;
  }
}
