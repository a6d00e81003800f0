/**
 * The pcap format: both byte orders, micro- and nanoseconds, the modified ("Kuznetzov") record header, and the
 * swapped lengths of files before version 2.4.
 *
 * Source: draft-ietf-opsawg-pcap; libpcap's sf-pcap.c for what old files hold.
 */

import { formatCount, plural } from '../text/index.ts';
import type { ByteWindow } from './byte-window.ts';
import { u16, u32 } from './integers.ts';
import { createPacket, MAX_HEADER_BYTES, type Packet, setDamage } from './packet.ts';
import { HELD_BYTES, longestRecord, type RecordReader, Status } from './reader.ts';
import { Reason } from './reason.ts';

/** Bytes of the file header. */
export const PCAP_HEADER_BYTES = 24;

/** What the magic number says. */
export interface PcapVariant {
  readonly little: boolean;
  readonly nanoseconds: boolean;
  readonly modified: boolean;
}

/** The variant of a file by its first four bytes. */
export function pcapVariant(bytes: Uint8Array): PcapVariant | undefined {
  if (bytes.length < 4) return undefined;
  for (const little of [true, false]) {
    const magic = u32(bytes, 0, little);
    if (magic === 0xa1b2c3d4) return { little, nanoseconds: false, modified: false };
    if (magic === 0xa1b23c4d) return { little, nanoseconds: true, modified: false };
    if (magic === 0xa1b2cd34) return { little, nanoseconds: false, modified: true };
  }
  return undefined;
}

/** Every magic number as the seconds of a record would show it, in either byte order. */
const MAGICS: ReadonlySet<number> = new Set([
  ...[0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34, 0x34cdb2a1],
]);

/** Records of a pcap file. The window stands at the file header, which is there completely. */
export class PcapReader implements RecordReader {
  readonly format: string;
  readonly packet: Packet = createPacket();
  readonly linkTypes: number[] = [];
  private readonly found: string[] = [];
  private readonly headers = { count: 0, at: 0, record: 0 };
  /** Zeros between records, and those that nothing has followed so far. */
  private readonly zeros = { places: 0, bytes: 0, at: 0, tail: 0, tailAt: 0 };
  readonly stamps = { carried: 0, missing: 0 };
  private readonly window: ByteWindow;
  private little = true;
  private recordHeader = 0;
  private perSecond = 0;
  private toNanoseconds = 0;
  private longest = 0;
  /** Minor version below 3: captured and original length change places; 3: when they are in the wrong order. */
  private minor = 0;
  private finished = false;

  constructor(window: ByteWindow, variant: PcapVariant) {
    this.window = window;
    this.format = `pcap-${variant.little ? 'le' : 'be'}-${variant.nanoseconds ? 'ns' : 'us'}`;
    this.readHeader(variant);
  }

  /** Takes up the file header at the beginning of the window. */
  private readHeader({ little, nanoseconds, modified }: PcapVariant): void {
    const { window } = this;
    this.little = little;
    this.recordHeader = modified ? 24 : 16;
    this.perSecond = nanoseconds ? 1e9 : 1e6;
    this.toNanoseconds = nanoseconds ? 1 : 1000;
    this.minor = u16(window.bytes, window.start + 6, little);
    // The upper half of the field tells about frame check sequences, which are behind the headers.
    this.packet.linkType = u32(window.bytes, window.start + 20, little) & 0xffff;
    this.linkTypes.push(this.packet.linkType);
    this.longest = longestRecord(this.packet.linkType);
    window.start += PCAP_HEADER_BYTES;
  }

  next(): Status {
    const window = this.window;
    const packet = this.packet;
    const view = window.view;
    if (this.finished) return Status.end;
    for (;;) {
      // While a record is skipped, nothing is available.
      if (window.end - window.start < this.recordHeader) return Status.more;
      const at = window.start;
      const available = window.end - at;
      const little = this.little;
      let seconds = view.getUint32(at, little);
      let fraction = view.getUint32(at + 4, little);
      let captured = view.getUint32(at + 8, little);
      let original = view.getUint32(at + 12, little);
      // No record is empty at the beginning of 1970, nor in the second of a magic number: each is something else.
      if (captured === 0 && original === 0) {
        if (seconds === 0 && fraction === 0) {
          this.skipZeros();
          continue;
        }
        if (MAGICS.has(seconds)) {
          if (available < PCAP_HEADER_BYTES) return Status.more;
          if (this.beginAgain()) continue;
        }
      }
      if (this.zeros.tail > 0) this.endZeros();
      if (this.isSwapped(captured, original)) {
        const swap = captured;
        captured = original;
        original = swap;
      }
      if (captured > this.longest)
        return this.damaged(
          Reason.recordLength,
          `captured length ${captured}, at most ${this.longest} expected`,
        );
      if (available < this.recordHeader + Math.min(captured, HELD_BYTES)) return Status.more;
      if (fraction >= this.perSecond) {
        const carry = Math.floor(fraction / this.perSecond);
        seconds += carry;
        fraction -= carry * this.perSecond;
        this.stamps.carried++;
      }
      packet.bytes = window.bytes;
      packet.view = view;
      packet.start = at + this.recordHeader;
      packet.captured = Math.min(captured, MAX_HEADER_BYTES);
      packet.original = original;
      packet.seconds = seconds;
      packet.nanoseconds = fraction * this.toNanoseconds;
      packet.timed = true;
      packet.record++;
      packet.offset = window.base + at;
      window.skip(this.recordHeader + captured);
      return Status.record;
    }
  }

  /** What was found beside records, each kind in one sentence. */
  get warnings(): readonly string[] {
    const { headers, zeros, found } = this;
    const more = (places: number): string => (places > 1 ? `, and ${places - 1} more further on` : '');
    const sentences = [...found];
    if (headers.count > 0)
      sentences.push(
        `a second pcap file header at byte ${headers.at}, after record ${headers.record}${more(headers.count)}: files were put together end to end, and are read one after the other; better name them one by one, or merge them with mergecap`,
      );
    if (zeros.places > 0)
      sentences.push(
        `${formatCount(zeros.bytes)} zero bytes at byte ${zeros.at}${more(zeros.places)}, where a record would be; read on behind them`,
      );
    if (zeros.tail > 0)
      sentences.push(
        `${plural(zeros.tail, 'zero byte')} at the end, from byte ${zeros.tailAt} on: no packets`,
      );
    return sentences;
  }

  /** Zeros where a record would begin: space that a recorder reserved, or that a disk never filled. */
  private skipZeros(): void {
    const { window, recordHeader, zeros } = this;
    if (zeros.tail === 0) zeros.tailAt = window.base + window.start;
    do {
      zeros.tail += recordHeader;
      window.start += recordHeader;
    } while (window.end - window.start >= recordHeader && this.areZeros(recordHeader));
  }

  /** Zeros at the end that are fewer than a record's header. */
  private skipLastZeros(): void {
    const { window, zeros } = this;
    const left = window.end - window.start;
    if (left === 0 || left >= this.recordHeader || window.skipping > 0 || !this.areZeros(left)) return;
    if (zeros.tail === 0) zeros.tailAt = window.base + window.start;
    zeros.tail += left;
    window.start = window.end;
  }

  /** Something follows the zeros: they are no tail. */
  private endZeros(): void {
    const { zeros } = this;
    if (zeros.places++ === 0) zeros.at = zeros.tailAt;
    zeros.bytes += zeros.tail;
    zeros.tail = 0;
  }

  /** Whether so many bytes at the beginning of the window are all zero. */
  private areZeros(count: number): boolean {
    const { bytes, start } = this.window;
    for (let i = 0; i < count; i++) if (bytes[start + i] !== 0) return false;
    return true;
  }

  /** Takes up a file header of version 2 at the beginning of the window: another file was put behind this one. */
  private beginAgain(): boolean {
    const { window, packet, headers } = this;
    const { bytes, start } = window;
    const variant = pcapVariant(bytes.subarray(start, start + 4));
    if (variant === undefined || u16(bytes, start + 4, variant.little) !== 2) return false;
    if (this.zeros.tail > 0) this.endZeros();
    if (headers.count++ === 0) {
      headers.at = window.base + start;
      headers.record = packet.record;
    }
    this.readHeader(variant);
    return true;
  }

  conclude(): Status {
    const { window, recordHeader } = this;
    this.skipLastZeros();
    const available = window.end - window.start;
    if (window.skipping > 0)
      this.found.push(`record ${this.packet.record}: the file ends ${window.skipping} bytes before its end`);
    else if (available >= recordHeader)
      return this.damaged(
        Reason.recordCut,
        `its ${this.capturedLength()} bytes end after ${available - recordHeader}`,
      );
    else if (available > 0)
      return this.damaged(Reason.recordHeaderCut, `only ${available} of ${recordHeader} bytes of its header`);
    this.finished = true;
    return Status.end;
  }

  /** Of the record at the beginning of the window, whose header is there. */
  private capturedLength(): number {
    const at = this.window.start + 8;
    const captured = this.window.view.getUint32(at, this.little);
    const original = this.window.view.getUint32(at + 4, this.little);
    return this.isSwapped(captured, original) ? original : captured;
  }

  /** Whether the record of an old file has its two lengths in the other order. */
  private isSwapped(captured: number, original: number): boolean {
    return this.minor < 4 && (this.minor < 3 || captured > original);
  }

  /** A record that cannot be read; in a pcap file nothing after it can be found either. */
  private damaged(reason: number, problem: string): Status {
    const packet = this.packet;
    const window = this.window;
    this.finished = true;
    packet.record++;
    packet.offset = window.base + window.start;
    setDamage(packet, reason);
    this.found.push(
      `record ${packet.record} at byte ${packet.offset}: ${problem}; nothing after it can be read`,
    );
    return Status.record;
  }
}
