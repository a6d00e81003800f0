/** IP addresses: from text to four words, and numbers for those that labels name. */

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
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const lists = halves.map((half) => (half === '' ? [] : half.split(':')));
  const parsed = lists.map((list, half) => parseGroups(list, half === lists.length - 1));
  const [head, tail] = parsed;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const gap = 8 - head.length - tail!.length;
  return gap < 1 ? undefined : [...head, ...new Array<number>(gap).fill(0), ...tail!];
}

function parseGroups(list: readonly string[], last: boolean): number[] | undefined {
  const groups: number[] = [];
  for (const [i, text] of list.entries()) {
    if (last && i === list.length - 1 && text.includes('.')) {
      const address = parseShort(text);
      if (address < 0) return undefined;
      groups.push(Math.floor(address / 65536), address % 65536);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(text)) groups.push(Number.parseInt(text, 16));
    else return undefined;
  }
  return groups;
}
