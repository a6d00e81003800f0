/**
 * Payload: what is above TCP and UDP.
 *
 * Ciphertext and text are slices of two pools drawn once; running sums over a pool give the checksum of any slice
 * without reading it. Name and time servers get well-formed messages (RFC 1035, RFC 5905).
 */
import { stream } from '../random/index.ts';
import { type Payload, setPayload } from './frame.ts';
import type { Host } from './host.ts';

const POOL = 1 << 16;
/** Slices begin in front of this, so that the largest one still fits. */
const LAST_START = POOL - 2048;

interface Pool {
  readonly bytes: Uint8Array;
  /** [POOL / 2 + 1]: sums of the words before each. */
  readonly sums: Uint32Array;
}

/** What a name server knows of a host. */
type Named = Pick<Host, 'name' | 'ipv4' | 'ipv6'>;

export interface Payloads {
  /** What was made last; used again for each frame. */
  readonly current: Payload;
  /** No bytes at all: acknowledgements, SYN, FIN. */
  none(): void;
  /** `length` bytes of the pool, from the word that `draw`, uniform in [0, 1), points at. */
  slice(content: 'opaque' | 'text', draw: number, length: number): void;
  /** A query for the address of a host, or the response to it. */
  dns(id: number, subject: Named, ipv6: boolean, response: boolean): void;
  /** A client's or a server's NTP message. */
  ntp(draw: number, response: boolean): void;
  /** The 16 bytes after the checksum of a neighbour solicitation or advertisement, and the link-layer option. */
  neighbour(target: Uint8Array, option: 1 | 2, mac: Uint8Array): void;
}

export function createPayloads(seed: number): Payloads {
  const source = stream(seed, 'synth', 'payload');
  const pools = {
    opaque: pool(() => source.below(256)),
    // Letters, digits and signs, with blanks between words and ends of lines.
    text: pool(() => (source.chance(1 / 6) ? (source.chance(0.1) ? 0x0a : 0x20) : 0x21 + source.below(94))),
  } as const;
  const scratch = new Uint8Array(512);
  const current: Payload = { bytes: scratch, start: 0, length: 0, sum: 0 };

  return {
    current,
    none() {
      current.length = 0;
      current.sum = 0;
    },
    slice(content, draw, length) {
      const { bytes, sums } = pools[content];
      const word = Math.floor((draw * LAST_START) / 2);
      const words = length >>> 1;
      current.bytes = bytes;
      current.start = 2 * word;
      current.length = length;
      current.sum = sums[word + words]! - sums[word]!;
      if (length % 2 === 1) current.sum += bytes[2 * word + length - 1]! << 8;
    },
    dns(id, subject, ipv6, response) {
      setPayload(current, scratch, 0, writeDns(scratch, id, subject, ipv6, response));
    },
    ntp(draw, response) {
      const start = Math.floor((draw * LAST_START) / 2) * 2;
      for (let i = 0; i < 48; i++) scratch[i] = pools.opaque.bytes[start + i]!;
      scratch[0] = response ? 0x24 : 0x23; // version 4; server or client
      scratch[1] = response ? 2 : 0; // stratum
      scratch[2] = 6; // polls every 2^6 s
      scratch[3] = 0xe9; // precision 2^-23 s
      setPayload(current, scratch, 0, 48);
    },
    neighbour(target, option, mac) {
      scratch.set(target, 0);
      scratch[16] = option;
      scratch[17] = 1; // length in units of 8 bytes
      scratch.set(mac, 18);
      setPayload(current, scratch, 0, 24);
    },
  };
}

function pool(draw: () => number): Pool {
  const bytes = new Uint8Array(POOL);
  const sums = new Uint32Array(POOL / 2 + 1);
  for (let i = 0; i < POOL; i++) bytes[i] = draw();
  // At most 2^15 words below 2^16: the sums fit 31 bits.
  for (let i = 0; i < POOL / 2; i++) sums[i + 1] = sums[i]! + ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  return { bytes, sums };
}

/** Writes a DNS message of one question and, in a response, one answer; returns its length. */
function writeDns(into: Uint8Array, id: number, subject: Named, ipv6: boolean, response: boolean): number {
  const type = ipv6 ? 28 : 1; // AAAA or A
  let at = 0;
  const word = (value: number) => {
    into[at++] = value >>> 8;
    into[at++] = value & 0xff;
  };
  word(id);
  word(response ? 0x8180 : 0x0100); // recursion desired; available
  word(1);
  word(response ? 1 : 0);
  word(0);
  word(0);
  for (const label of subject.name.split('.')) {
    into[at++] = label.length;
    for (let i = 0; i < label.length; i++) into[at++] = label.charCodeAt(i);
  }
  into[at++] = 0;
  word(type);
  word(1);
  if (!response) return at;
  word(0xc00c); // the name in the question
  word(type);
  word(1);
  word(0);
  word(300); // seconds to keep it
  const address = ipv6 ? subject.ipv6 : subject.ipv4;
  word(address.length);
  into.set(address, at);
  return at + address.length;
}
