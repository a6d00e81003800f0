/**
 * IEEE 802.11 data frames, plain or behind a radiotap header.
 *
 * Sources: IEEE 802.11 §9 (frame formats); radiotap.org.
 */

import { parseLlc } from './ethernet.ts';
import { MAC_SIZE, Prism, Radiotap, Wifi } from './headers.ts';
import { u16, u32 } from './integers.ts';
import { decapsulate, Link, MAX_HEADER_BYTES, type Packet } from './packet.ts';
import { Layer, Reason, truncated } from './reason.ts';

/** Bits of the radiotap field that tells about the frame. */
const RadioFlag = { padded: 0x20, badChecksum: 0x40 } as const;

/** A radiotap header, which is taken off, then the frame. */
export function parseRadiotap(packet: Packet): number {
  const { bytes, start, captured } = packet;
  if (captured < Radiotap.size) return truncated(packet, Layer.radiotap);
  const length = u16(bytes, start + Radiotap.length, true);
  const version = bytes[start + Radiotap.version]!;
  if (version !== 0 || length < Radiotap.size) {
    packet.detail = version !== 0 ? version : length << 8;
    return Reason.radiotap;
  }
  if (captured < length) return truncated(packet, Layer.radiotap);
  // Presence words follow each other as long as their highest bit is set; the fields of the first come first.
  const present = u32(bytes, start + Radiotap.present, true);
  let at = Radiotap.size;
  for (let word = present; word >>> 31 === 1 && at + 4 <= length; at += 4)
    word = u32(bytes, start + at, true);
  // The time (bit 0) is 8 bytes and aligned; the flags (bit 1) follow it.
  if ((present & 1) !== 0) at = ((at + 7) & ~7) + 8;
  const flags = (present & 2) !== 0 && at < length ? bytes[start + at]! : 0;
  decapsulate(packet, length);
  if ((flags & RadioFlag.badChecksum) !== 0) return Reason.wifiChecksum;
  return parseWifi(packet, (flags & RadioFlag.padded) !== 0);
}

/** Bytes of the older header of this kind. */
const PRISM_BYTES = 144;

/**
 * The header of a Prism card, or the one that states its length in network order behind a version 0x80211…, is taken off,
 * then the frame; told apart as libpcap does.
 */
export function parsePrism(packet: Packet): number {
  const { bytes, start, captured } = packet;
  if (captured < Prism.size) return truncated(packet, Layer.capture);
  const statesLength = u32(bytes, start + Prism.code, false) >>> 12 === 0x80211;
  const length = statesLength ? u32(bytes, start + Prism.length, false) : PRISM_BYTES;
  if (length < Prism.size || length > MAX_HEADER_BYTES) {
    packet.detail = length;
    return Reason.captureHeader;
  }
  if (captured < length) return truncated(packet, Layer.capture);
  decapsulate(packet, length);
  return parseWifi(packet, false);
}

/**
 * A frame, from its frame control field on.
 *
 * @param padded whether the header is followed by as many bytes as make its length a multiple of 4
 */
export function parseWifi(packet: Packet, padded: boolean): number {
  const { bytes, start, captured } = packet;
  packet.link = Link.wifi;
  if (captured < Wifi.duration) return truncated(packet, Layer.wifi);
  const control = bytes[start + Wifi.kind]!;
  const flags = bytes[start + Wifi.flags]!;
  // Version 0, type 2 (data), and not one of the subtypes without data.
  if ((control & 0x0f) !== 0x08 || (control & 0x40) !== 0) {
    packet.detail = (control & 0x0f) === 0x08 ? 8 : control & 0x0f;
    return Reason.wifiKind;
  }
  let length = (flags & 3) === 3 ? Wifi.size + MAC_SIZE : Wifi.size;
  const quality = (control & 0x80) !== 0;
  if (captured < length + 2) return truncated(packet, Layer.wifi);
  if ((flags & 0x40) !== 0) return Reason.wifiEncrypted;
  if ((bytes[start + Wifi.sequence]! & 15) !== 0) return Reason.wifiFragment;
  if (quality) {
    if ((bytes[start + length]! & 0x80) !== 0) return Reason.wifiAggregate;
    length += (flags & 0x80) !== 0 ? 6 : 2;
  }
  return parseLlc(packet, padded ? (length + 3) & ~3 : length);
}
