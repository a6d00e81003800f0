/**
 * Session keys: IP version, protocol and both endpoints, the same in both directions.
 *
 * A key is a run of 32-bit words: [version and protocol, lower address, higher address, both ports], with one word for
 * an IPv4 address and four for an IPv6 address. Endpoints are ordered by address, then by port.
 */
import type { Packet } from '../capture/index.ts';

/** Words of the longest key (IPv6). */
export const MAX_KEY_WORDS = 10;

/** A key being compared; reused for every packet. */
export interface KeyScratch {
  readonly words: Int32Array;
  /** Words in use: 4 or 10. */
  length: number;
  /** Whether the packet's source is the higher endpoint, so that the endpoints changed places. */
  swapped: boolean;
  hash: number;
}

export function createKeyScratch(): KeyScratch {
  return { words: new Int32Array(MAX_KEY_WORDS), length: 0, swapped: false, hash: 0 };
}

/** Big-endian 32 bits as a signed integer. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The key of a decoded packet, with its hash. */
export function readKey(packet: Packet, key: KeyScratch): void {
  const { words } = key;
  const { bytes, sourcePort, destinationPort } = packet;
  const source = packet.start + packet.source;
  const destination = packet.start + packet.destination;
  const addressWords = packet.version === 4 ? 1 : 4;
  let order = 0;
  for (let i = 0; i < addressWords; i++) {
    const a = word(bytes, source + 4 * i);
    const b = word(bytes, destination + 4 * i);
    words[1 + i] = a;
    words[1 + addressWords + i] = b;
    if (order === 0 && a !== b) order = a >>> 0 < b >>> 0 ? -1 : 1;
  }
  if (order === 0) order = sourcePort - destinationPort;
  key.swapped = order > 0;
  if (key.swapped)
    for (let i = 1; i <= addressWords; i++) {
      const higher = words[i]!;
      words[i] = words[i + addressWords]!;
      words[i + addressWords] = higher;
    }
  words[0] = (packet.version << 8) | packet.protocol;
  key.length = 2 + 2 * addressWords;
  words[key.length - 1] = key.swapped
    ? (destinationPort << 16) | sourcePort
    : (sourcePort << 16) | destinationPort;
  key.hash = hashWords(words, key.length);
}

/** Mixes words into 32 bits; steps and finish after MurmurHash3 (Austin Appleby, public domain). */
function hashWords(words: Int32Array, length: number): number {
  let hash = length;
  for (let i = 0; i < length; i++) {
    let k = Math.imul(words[i]!, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Whether the key is stored at `at` of the arena. Compares every word: a hash is never trusted. */
export function sameKey(key: KeyScratch, arena: Int32Array, at: number): boolean {
  const { words, length } = key;
  // The first word tells the version and with it the length.
  for (let i = 0; i < length; i++) if (words[i] !== arena[at + i]) return false;
  return true;
}
