/**
 * Kept packets in the order in which they arrive, before they are gathered by session.
 *
 * A packet is one run of 32-bit words, HEAD_WORDS of facts and then its header bytes, so that gathering it touches one
 * place of memory; the first word leads to the row before it of the same session. Pages never move, so nothing is
 * copied while their number grows.
 */
import type { Packet } from '../capture/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';

/** 2²⁰ words a page. */
export const PAGE_SHIFT = 20;
export const PAGE_MASK = (1 << PAGE_SHIFT) - 1;

/**
 * Words before the header bytes: location of the session's row before; header bytes, link and flags; offsets of
 * network and transport header; bytes on the wire; nanoseconds; seconds, or where `farSeconds` has them.
 */
export const HEAD_WORDS = 6;

/** Bits 24 and up of the second word. */
export const RowFlag = { /** From the higher endpoint. */ swapped: 1, farSeconds: 2 } as const;

/** Locations of packets are 32 bits: page, then word in the page. */
const MAX_PAGES = 1 << (32 - PAGE_SHIFT);

export class Rows {
  /** Packets kept. */
  count = 0;
  readonly pages: Int32Array[] = [];
  /** Seconds since 1970 that do not fit into 32 bits, signed. */
  readonly farSeconds: number[] = [];
  /** Words in use of the last page. */
  private used = 0;
  private page = new Int32Array(0);

  /**
   * Copies the header bytes of a packet, and only those.
   *
   * @param before location of the row before it of the same session
   * @returns the location of the row
   */
  add(packet: Packet, before: number, swapped: boolean): number {
    const { headerEnd: length, seconds, view } = packet;
    if (this.used + HEAD_WORDS + ((length + 3) >> 2) > this.page.length) this.addPage();
    const { page, used: at } = this;
    let flags = swapped ? RowFlag.swapped : 0;
    let time = seconds | 0;
    if (time !== seconds) {
      flags |= RowFlag.farSeconds;
      time = this.farSeconds.push(seconds) - 1;
    }
    page[at] = before;
    page[at + 1] = length | (packet.link << 16) | (flags << 24);
    page[at + 2] = packet.network | (packet.transport << 16);
    page[at + 3] = packet.original;
    page[at + 4] = packet.nanoseconds;
    page[at + 5] = time;
    let to = at + HEAD_WORDS;
    let from = packet.start;
    const end = from + length;
    for (; from + 4 <= end; from += 4) page[to++] = view.getInt32(from, true);
    if (from < end) {
      let word = 0;
      for (let byte = end - 1; byte >= from; byte--) word = (word << 8) | view.getUint8(byte);
      page[to++] = word;
    }
    this.used = to;
    this.count++;
    return ((this.pages.length - 1) << PAGE_SHIFT) | at;
  }

  /** Seconds of the row at a location. */
  secondsOf(location: number): number {
    const page = this.pages[location >>> PAGE_SHIFT]!;
    const at = location & PAGE_MASK;
    const time = page[at + 5]!;
    return ((page[at + 1]! >>> 24) & RowFlag.farSeconds) === 0 ? time : this.farSeconds[time]!;
  }

  nanosecondsOf(location: number): number {
    return this.pages[location >>> PAGE_SHIFT]![(location & PAGE_MASK) + 4]!;
  }

  headerBytesOf(location: number): number {
    return this.pages[location >>> PAGE_SHIFT]![(location & PAGE_MASK) + 1]! & 0xffff;
  }

  /** Location of the row before it of the same session. */
  before(location: number): number {
    return this.pages[location >>> PAGE_SHIFT]![location & PAGE_MASK]!;
  }

  setBefore(location: number, before: number): void {
    this.pages[location >>> PAGE_SHIFT]![location & PAGE_MASK] = before;
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
    this.page = new Int32Array(1 << PAGE_SHIFT);
    this.pages.push(this.page);
    this.used = 0;
  }
}
