/**
 * Session keys: IP version, protocol and both endpoints, the same in both directions.
 *
 * A key is a run of 32-bit words: [network, version and protocol, both ports, lower address, higher address], with one word for
 * an IPv4 address and four for an IPv6 address. Endpoints are ordered by address, then by port.
 */
import type { Packet } from '../capture/index.ts';
import { mix } from './interner.ts';

/** Words of an IPv4 key. */
export const SHORT_KEY_WORDS = 4;
/** Words of an IPv6 key. */
export const LONG_KEY_WORDS = 10;

/** A key being compared; reused for every packet. */
export interface KeyScratch {
  readonly words: Int32Array;
  /** Words in use: SHORT_KEY_WORDS or LONG_KEY_WORDS. */
  length: number;
  /** Whether the packet's source is the higher endpoint, so that the endpoints changed places. */
  swapped: boolean;
  hash: number;
}

export function createKeyScratch(): KeyScratch {
  return { words: new Int32Array(LONG_KEY_WORDS), length: 0, swapped: false, hash: 0 };
}

/** The key of a decoded packet, with its hash. @param network number below 2¹⁶ where it is a part of the key */
export function readKey(packet: Packet, key: KeyScratch, network = 0): void {
  const { words } = key;
  const { sourcePort, destinationPort } = packet;
  words[0] = (network << 16) | (packet.version << 8) | packet.protocol;
  if (packet.version === 4) {
    const { view, start } = packet;
    const source = view.getInt32(start + packet.source);
    const destination = view.getInt32(start + packet.destination);
    const swapped = source === destination ? sourcePort > destinationPort : source >>> 0 > destination >>> 0;
    words[2] = swapped ? destination : source;
    words[3] = swapped ? source : destination;
    key.swapped = swapped;
    key.length = SHORT_KEY_WORDS;
  } else readLongAddresses(packet, key);
  words[1] = key.swapped ? (destinationPort << 16) | sourcePort : (sourcePort << 16) | destinationPort;
  key.hash = hashWords(words, key.length);
}

function readLongAddresses(packet: Packet, key: KeyScratch): void {
  const { words } = key;
  const { view, start } = packet;
  let order = 0;
  for (let i = 0; i < 4; i++) {
    const a = view.getInt32(start + packet.source + 4 * i);
    const b = view.getInt32(start + packet.destination + 4 * i);
    words[2 + i] = a;
    words[6 + i] = b;
    if (order === 0 && a !== b) order = a >>> 0 < b >>> 0 ? -1 : 1;
  }
  if (order === 0) order = packet.sourcePort - packet.destinationPort;
  key.swapped = order > 0;
  key.length = LONG_KEY_WORDS;
  if (!key.swapped) return;
  for (let i = 2; i < 6; i++) {
    const higher = words[i]!;
    words[i] = words[i + 4]!;
    words[i + 4] = higher;
  }
}

/**
 * Mixes words into 32 bits. The multiplications do not wait for each other.
 */
function hashWords(words: Int32Array, length: number): number {
  let hash =
    Math.imul(words[0]!, 0x27d4eb2f) ^
    Math.imul(words[1]!, 0xcc9e2d51) ^
    rotated(Math.imul(words[2]!, 0x9e3779b1), 11) ^
    rotated(Math.imul(words[3]!, 0x1b873593), 19);
  for (let i = SHORT_KEY_WORDS; i < length; i++)
    hash = (Math.imul(rotated(hash, 13), 5) + Math.imul(words[i]!, 0xcc9e2d51)) | 0;
  return mix(hash);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
