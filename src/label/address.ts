/** IP addresses: from text to four words, and numbers for those that labels name. */

import { isIPv6 } from 'node:net';

/** Words of an address; an IPv4 address is its IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2). */
export const ADDRESS_WORDS = 4;

const MAPPED = 0xffff;

/**
 * Reads `192.168.1.2` or `fe80::1` (also with a zone, which is dropped).
 *
 * @param words [≥ at + 4]: where the address goes
 * @returns false when the text is no address
 */
export function parseAddress(text: string, words: Int32Array, at = 0): boolean {
  if (!text.includes(':')) {
    const address = parseShort(text);
    if (address < 0) return false;
    setShort(address | 0, words, at);
    return true;
  }
  const groups = groupsOf(text.replace(/%.*$/, ''));
  if (groups === undefined) return false;
  for (let i = 0; i < ADDRESS_WORDS; i++) words[at + i] = (groups[2 * i]! << 16) | groups[2 * i + 1]!;
  return true;
}

/** The words of an IPv4 address. */
export function setShort(address: number, words: Int32Array, at = 0): void {
  words[at] = 0;
  words[at + 1] = 0;
  words[at + 2] = MAPPED;
  words[at + 3] = address;
}

/** Dotted decimal, each part at most three digits; −1 when it is none. */
function parseShort(text: string): number {
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (digits === 0 || ++dots > 3) return -1;
      value = value * 256 + part;
      part = 0;
      digits = 0;
    } else {
      if (code < 48 || code > 57 || ++digits > 3) return -1;
      part = part * 10 + code - 48;
      if (part > 255) return -1;
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + part : -1;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function groupsOf(text: string): readonly number[] | undefined {
  if (!isIPv6(text)) return undefined;
  // An IPv4 address at the end is two groups.
  const groups = text.replace(/[\d.]+$/, (last) => {
    const address = last.includes('.') ? parseShort(last) : -1;
    return address < 0 ? last : `${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;
  });
  const [head = [], tail] = groups
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))));
  if (tail === undefined) return head;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
