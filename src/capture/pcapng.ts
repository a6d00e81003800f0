/**
 * The pcapng format: sections, interfaces, byte orders, enhanced, simple and obsolete packet blocks. Other blocks are
 * skipped.
 *
 * Source: draft-ietf-opsawg-pcapng; appendix of its earlier versions for the obsolete packet block.
 */

import { plural } from '../text/index.ts';
import type { ByteWindow } from './byte-window.ts';
import { type Clock, createClock, setTime } from './clock.ts';
import { u16, u32 } from './integers.ts';
import { createPacket, MAX_HEADER_BYTES, type Packet, setDamage } from './packet.ts';
import { HELD_BYTES, longestRecord, type RecordReader, Status } from './reader.ts';
import { Reason } from './reason.ts';

const Block = { section: 0x0a0d0d0a, interface: 1, packet: 2, simplePacket: 3, enhancedPacket: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Sections and interfaces are described by more than this only where something is broken; as in libpcap. */
const MAX_DESCRIPTION = 1 << 24;

interface Interface {
  readonly linkType: number;
  /** 0: no limit. */
  readonly snapLength: number;
  readonly clock: Clock;
}

/** The byte order of a section by the bytes of its header block (at least 12 of them). */
export function sectionOrder(bytes: Uint8Array, at: number): 'little' | 'big' | undefined {
  if (u32(bytes, at + 8, true) === BYTE_ORDER_MAGIC) return 'little';
  if (u32(bytes, at + 8, false) === BYTE_ORDER_MAGIC) return 'big';
  return undefined;
}

/** Records of a pcapng file. The window stands at the first section header. */
export class PcapngReader implements RecordReader {
  readonly format = 'pcapng';
  readonly packet: Packet = createPacket();
  readonly linkTypes: number[] = [];
  readonly warnings: string[] = [];
  readonly stamps = { carried: 0, missing: 0 };
  private readonly window: ByteWindow;
  private little = true;
  private interfaces: Interface[] = [];
  private finished = false;
  /** Zero bytes where a block would begin, and where the first is. */
  private zeros = 0;
  private zerosAt = 0;

  constructor(window: ByteWindow) {
    this.window = window;
  }

  next(): Status {
    const window = this.window;
    for (;;) {
      if (this.finished) return Status.end;
      const available = window.end - window.start;
      if (available < 8) return Status.more;
      const at = window.start;
      const bytes = window.bytes;
      const type = u32(bytes, at, this.little);
      if (type === Block.section) {
        if (available < 12) return Status.more;
        const order = sectionOrder(bytes, at);
        if (order === undefined) return this.stop('a section header without byte-order magic');
        this.little = order === 'little';
      }
      const isPacket = isPacketBlock(type);
      const length = u32(bytes, at + 4, this.little);
      const least = leastLength(type);
      if (type === 0 && length === 0) return this.skipZeros();
      if (this.zeros > 0) return this.stop(`${this.zeros} zero bytes before this place`);
      if (length < least)
        return this.broken(
          isPacket,
          `a block of type ${type} and length ${length}, at least ${least} expected`,
        );
      const describes = type === Block.section || type === Block.interface;
      if (describes && length > MAX_DESCRIPTION)
        return this.stop(`a section or interface description of ${length} bytes`);
      const held = describes ? length : Math.min(length, HELD_BYTES);
      if (available < held) return Status.more;
      if (held === length && u32(bytes, at + length - 4, this.little) !== length)
        return this.broken(isPacket, `a block whose two lengths differ (${length} and not)`);
      if (isPacket) {
        this.readPacket(type, at, length);
        window.skip(length);
        return Status.record;
      }
      if (type === Block.interface) this.interfaces.push(this.readInterface(at, length));
      if (type === Block.section) {
        const major = u16(bytes, at + 12, this.little);
        if (major !== 1) return this.stop(`a section of version ${major}, expected 1`);
        this.interfaces = [];
      }
      window.skip(length);
    }
  }

  private readPacket(type: number, at: number, length: number): void {
    const packet = this.packet;
    const bytes = this.window.bytes;
    const little = this.little;
    packet.bytes = bytes;
    packet.view = this.window.view;
    packet.record++;
    packet.offset = this.window.base + at;
    packet.damage = 0;
    let id = 0;
    let data = 28;
    if (type === Block.enhancedPacket) id = u32(bytes, at + 8, little);
    else if (type === Block.packet) id = u16(bytes, at + 8, little);
    else data = 12;
    const described = this.interfaces[id];
    if (described === undefined) {
      setDamage(packet, Reason.interfaceUnknown);
      return;
    }
    packet.linkType = described.linkType;
    packet.timed = type !== Block.simplePacket;
    const room = length - data - 4;
    let captured: number;
    if (packet.timed) {
      captured = u32(bytes, at + 20, little);
      packet.original = u32(bytes, at + 24, little);
      setTime(packet, described.clock, u32(bytes, at + 12, little), u32(bytes, at + 16, little));
    } else {
      // Without a stamp, the time of the record before it keeps the order of the capture.
      this.stamps.missing++;
      packet.original = u32(bytes, at + 8, little);
      const limit = described.snapLength === 0 ? packet.original : described.snapLength;
      captured = Math.min(packet.original, limit, room);
    }
    if (captured > room) setDamage(packet, Reason.blockTooShort);
    else if (captured > longestRecord(packet.linkType)) setDamage(packet, Reason.recordLength);
    else {
      packet.start = at + data;
      packet.captured = Math.min(captured, MAX_HEADER_BYTES);
    }
  }

  /** An interface description block: link type, snap length, and the options that its clock needs. */
  private readInterface(at: number, length: number): Interface {
    const bytes = this.window.bytes;
    const little = this.little;
    let resolution = 6;
    let offset = 0;
    const end = at + length - 4;
    for (let option = at + 16; option + 4 <= end; ) {
      const code = u16(bytes, option, little);
      const size = u16(bytes, option + 2, little);
      const value = option + 4;
      if (code === 0) break;
      if (value + size > end) {
        this.warn(
          at,
          `an interface description with an option of ${size} bytes where ${end - value} are left`,
        );
        break;
      }
      if (code === 9 && size === 1) resolution = bytes[value]!;
      if (code === 14 && size === 8) offset = this.readSeconds(value);
      option = value + ((size + 3) & ~3);
    }
    const linkType = u16(bytes, at + 8, little);
    this.linkTypes.push(linkType);
    return {
      linkType,
      snapLength: u32(bytes, at + 12, little),
      clock: createClock(resolution, offset),
    };
  }

  /** A signed 64-bit number of seconds. */
  private readSeconds(at: number): number {
    const first = u32(this.window.bytes, at, this.little);
    const second = u32(this.window.bytes, at + 4, this.little);
    return (this.little ? second | 0 : first | 0) * 4294967296 + (this.little ? first : second);
  }

  /** No block has type and length 0: space that was never filled, behind which no block can be found. */
  private skipZeros(): Status {
    const { window } = this;
    if (this.zeros === 0) this.zerosAt = window.base + window.start;
    while (window.start < window.end && window.bytes[window.start] === 0) {
      window.start++;
      this.zeros++;
    }
    if (window.start < window.end) return this.stop(`${this.zeros} zero bytes before this place`);
    return Status.more;
  }

  private warn(at: number, problem: string): void {
    this.warnings.push(`block at byte ${this.window.base + at}: ${problem}`);
  }

  private stop(problem: string): Status {
    this.finished = true;
    this.warn(this.window.start, `${problem}; nothing after it can be read`);
    return Status.end;
  }

  conclude(): Status {
    const { window, little } = this;
    const available = window.end - window.start;
    if (window.skipping > 0) return this.stop('the file ends inside a block before this place');
    const empty = window.bytes.subarray(window.start, window.end).every((byte) => byte === 0);
    // Eight were seen to be zeros where they came; fewer are no head of a block.
    if (empty && (this.zeros > 0 || (available > 0 && available < 8))) {
      if (this.zeros === 0) this.zerosAt = window.base + window.start;
      const zeros = plural(this.zeros + available, 'zero byte');
      this.warnings.push(`${zeros} at the end, from byte ${this.zerosAt} on: no packets`);
      this.finished = true;
      return Status.end;
    }
    if (available === 0) {
      this.finished = true;
      return Status.end;
    }
    if (available < 8) return this.stop('the file ends inside the head of a block');
    const type = u32(window.bytes, window.start, little);
    if (type === Block.section && available < 12) return this.stop('the file ends inside a section header');
    const length = u32(window.bytes, window.start + 4, little);
    const problem = `the file ends after ${available} of the ${length} bytes of the block`;
    return isPacketBlock(type) ? this.lastRecord(Reason.recordCut, problem) : this.stop(problem);
  }

  private broken(isPacket: boolean, problem: string): Status {
    return isPacket ? this.lastRecord(Reason.blockLength, problem) : this.stop(problem);
  }

  /** A packet block that cannot be read, and behind which no block can be found. */
  private lastRecord(reason: number, problem: string): Status {
    this.stop(problem);
    this.packet.record++;
    this.packet.offset = this.window.base + this.window.start;
    setDamage(this.packet, reason);
    return Status.record;
  }
}

function isPacketBlock(type: number): boolean {
  return type === Block.enhancedPacket || type === Block.packet || type === Block.simplePacket;
}

/** The shortest block of a type, in bytes. */
function leastLength(type: number): number {
  switch (type) {
    case Block.section:
      return 28;
    case Block.interface:
      return 20;
    case Block.packet:
    case Block.enhancedPacket:
      return 32;
    case Block.simplePacket:
      return 16;
    default:
      return 12;
  }
}
