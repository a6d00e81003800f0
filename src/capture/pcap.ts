/**
 * The pcap format: both byte orders, micro- and nanoseconds, the modified ("Kuznetzov") record header, and the
 * swapped lengths of files before version 2.4.
 *
 * Source: draft-ietf-opsawg-pcap; libpcap's sf-pcap.c for what old files hold.
 */

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

/** Records of a pcap file. The window stands at the file header, which is there completely. */
export class PcapReader implements RecordReader {
  readonly format: string;
  readonly packet: Packet = createPacket();
  readonly linkTypes: readonly number[];
  readonly warnings: string[] = [];
  readonly stamps = { carried: 0, missing: 0 };
  private readonly window: ByteWindow;
  private readonly little: boolean;
  private readonly recordHeader: number;
  private readonly perSecond: number;
  private readonly toNanoseconds: number;
  private readonly longest: number;
  /** Minor version below 3: captured and original length change places; 3: when they are in the wrong order. */
  private readonly minor: number;
  private finished = false;

  constructor(window: ByteWindow, variant: PcapVariant) {
    const { little, nanoseconds, modified } = variant;
    this.window = window;
    this.little = little;
    this.recordHeader = modified ? 24 : 16;
    this.perSecond = nanoseconds ? 1e9 : 1e6;
    this.toNanoseconds = nanoseconds ? 1 : 1000;
    this.format = `pcap-${little ? 'le' : 'be'}-${nanoseconds ? 'ns' : 'us'}`;
    this.minor = u16(window.bytes, window.start + 6, little);
    // The upper half of the field tells about frame check sequences, which are behind the headers.
    this.packet.linkType = u32(window.bytes, window.start + 20, little) & 0xffff;
    this.linkTypes = [this.packet.linkType];
    this.longest = longestRecord(this.packet.linkType);
    window.start += PCAP_HEADER_BYTES;
  }

  next(): Status {
    const window = this.window;
    const packet = this.packet;
    const view = window.view;
    const at = window.start;
    const available = window.end - at;
    if (this.finished) return Status.end;
    // While a record is skipped, nothing is available.
    if (available < this.recordHeader) return Status.more;
    const little = this.little;
    let seconds = view.getUint32(at, little);
    let fraction = view.getUint32(at + 4, little);
    let captured = view.getUint32(at + 8, little);
    let original = view.getUint32(at + 12, little);
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

  conclude(): Status {
    const { window, recordHeader } = this;
    const available = window.end - window.start;
    if (window.skipping > 0)
      this.warnings.push(
        `record ${this.packet.record}: the file ends ${window.skipping} bytes before its end`,
      );
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
    this.warnings.push(
      `record ${packet.record} at byte ${packet.offset}: ${problem}; nothing after it can be read`,
    );
    return Status.record;
  }
}
