/** What a file is, by its first bytes and never by its name. */
import { u32 } from './integers.ts';
import { PCAP_HEADER_BYTES, type PcapVariant, pcapVariant } from './pcap.ts';
import { sectionOrder } from './pcapng.ts';
import { isZstd } from './zstd.ts';

/** Enough of the beginning to tell. */
export const RECOGNISE_BYTES = 28;

/** A capture format, or why the bytes are none of them. */
export type Recognised =
  | { readonly kind: 'pcap'; readonly variant: PcapVariant }
  | { readonly kind: 'pcapng' }
  | { readonly kind: 'gzip' }
  | { readonly kind: 'zstd' }
  | { readonly kind: 'none'; readonly problem: string; readonly cure: string };

/** Recognises pcap, pcapng, gzip and zstd. @param bytes the first RECOGNISE_BYTES of the file, or all of it if it is shorter */
export function recognise(bytes: Uint8Array): Recognised {
  if (bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b) return { kind: 'gzip' };
  if (bytes.length >= 4 && isZstd(u32(bytes, 0, true))) return { kind: 'zstd' };
  const variant = pcapVariant(bytes);
  if (variant !== undefined) {
    if (bytes.length < PCAP_HEADER_BYTES)
      return cutHeader(
        `it ends inside the pcap file header, after ${bytes.length} of ${PCAP_HEADER_BYTES} bytes`,
      );
    const at = variant.little ? 4 : 5;
    const major = bytes[at]! | (bytes[at + 1 - 2 * (at - 4)]! << 8);
    return major === 2
      ? { kind: 'pcap', variant }
      : none(`it is a pcap file of version ${major}, and only version 2 is known`, convert);
  }
  if (bytes.length >= 4 && u32(bytes, 0, false) === 0x0a0d0d0a) {
    if (bytes.length < 12)
      return cutHeader(`it ends inside the pcapng section header, after ${bytes.length} bytes`);
    return sectionOrder(bytes, 0) === undefined
      ? none('it begins like pcapng but has no byte-order magic (1a2b3c4d)', 'capture or download it again')
      : { kind: 'pcapng' };
  }
  return foreign(bytes);
}

const convert = 'convert it with editcap or tshark (`editcap -F pcap IN OUT`)';
const expected =
  'expected pcap (magic a1b2c3d4 or a1b23c4d, either byte order), pcapng (0a0d0d0a), gzip (1f8b) or zstd (28b52ffd) of one';

function none(problem: string, cure: string): Recognised {
  return { kind: 'none', problem, cure };
}

function cutHeader(problem: string): Recognised {
  return none(problem, 'capture or download it again');
}

/** Formats that people mistake for captures, or forget to unpack. */
const known: readonly (readonly [start: string, name: string, cure: string])[] = [
  ['736e6f6f70000000', 'a snoop capture (RFC 1761)', convert],
  ['474d4255', 'a Network Monitor capture', convert],
  ['52545353', 'a Network Monitor 1 capture', convert],
  ['5452534e49464620', 'a Sniffer capture', convert],
  ['585043', 'a NetXRay capture', convert],
  ['fd377a585a00', 'compressed with xz', 'decompress it first (`xz -d`)'],
  ['04224d18', 'compressed with lz4', 'decompress it first (`lz4 -d`)'],
  ['425a68', 'compressed with bzip2', 'decompress it first (`bunzip2`)'],
  ['504b0304', 'a zip archive', 'unpack it first (`unzip`)'],
  ['377abcaf271c', 'a 7-Zip archive', 'unpack it first (`7z x`)'],
];

function foreign(bytes: Uint8Array): Recognised {
  if (bytes.length === 0)
    return none(`it is empty (0 bytes); ${expected}`, 'capture or download it again, or leave it out');
  const start = Buffer.from(bytes.subarray(0, 16));
  const digits = start.toString('hex');
  const format = known.find(([magic]) => digits.startsWith(magic));
  if (format !== undefined) return none(`it is ${format[1]}; ${expected}`, format[2]);
  const printable = start.toString('latin1').replace(/[^ -~]/g, '.');
  const spaced = digits.replace(/..(?!$)/g, '$& ');
  return none(
    `it is no capture: its first bytes are ${spaced} ("${printable}"), ${expected}`,
    'name a capture, or the folder to leave out what is none',
  );
}
