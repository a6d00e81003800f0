/**
 * What packets show of the host that sends them, beside its addresses: TTL, VLAN, the values of TCP options. Learnt like
 * contacts, so that an address that takes the place of another can bring them along.
 */
import { Ethernet, isVlanTag, Link, Protocol, Tcp, TcpFlag, ttlField } from '../capture/index.ts';
import type { SessionTable } from '../session/index.ts';
import { Pairs } from './pairs.ts';

/** Of the addresses of one IP version, numbered as in the contacts: what most of its packets had, −1 where none had. */
export interface HostMarks {
  /** [n]: TTL or hop limit of the packets that an address sent, where they were captured. */
  readonly ttl: Int32Array;
  /** [n]: VLAN of the frames that an address sent, and of those that went to it. */
  readonly vlanSent: Int32Array;
  readonly vlanReceived: Int32Array;
  /** [n]: values in the SYN and SYN-ACK that an address sent. */
  readonly segmentSize: Int32Array;
  readonly windowScale: Int32Array;
}

/** Kinds of TCP options (RFC 9293 §3.1, RFC 7323 §2.2). */
export const TcpOption = { end: 0, noOperation: 1, segmentSize: 2, windowScale: 3 } as const;

const VLAN_ID = 0x0fff;

/** Offset of the word with the outermost VLAN id in a packet that begins at bytes[start], −1 where it has none. */
export function vlanField(link: number, bytes: Uint8Array, start: number): number {
  const type = start + Ethernet.type;
  return link === Link.ethernet && isVlanTag((bytes[type]! << 8) | bytes[type + 1]!) ? Ethernet.size : -1;
}

/** The VLAN id in a tag. */
export const vlanOf = (tag: number): number => tag & VLAN_ID;

/**
 * Offset of a TCP option from the start of the TCP header at bytes[at], −1 where it is not there in full.
 *
 * @param size bytes of the TCP header
 */
export function findOption(bytes: Uint8Array, at: number, size: number, kind: number, length: number) {
  for (let i = Tcp.size; i + 1 < size; ) {
    const found = bytes[at + i]!;
    if (found === TcpOption.end) return -1;
    if (found === TcpOption.noOperation) {
      i++;
      continue;
    }
    const bytesOfIt = bytes[at + i + 1]!;
    if (found === kind) return bytesOfIt === length && i + length <= size ? i : -1;
    i += Math.max(2, bytesOfIt);
  }
  return -1;
}

/** Bytes of the options that are learnt. */
export const SEGMENT_SIZE_LENGTH = 4;
export const WINDOW_SCALE_LENGTH = 3;

/** Collects marks, packet by packet. */
export class MarkLearner {
  private readonly ttl = new Pairs();
  private readonly vlanSent = new Pairs();
  private readonly vlanReceived = new Pairs();
  private readonly segmentSize = new Pairs();
  private readonly windowScale = new Pairs();

  /** A packet of the table between two addresses, by number. */
  learn(sessions: SessionTable, session: number, row: number, from: number, to: number): void {
    const { header, headerStart, network, transport, link, protocol } = sessions;
    const start = headerStart[row]!;
    const version = header[start + network[row]!]! >> 4 === 6 ? 6 : 4;
    this.ttl.add(from, header[start + ttlField(version, network[row]!)]!);
    const tag = vlanField(link[row]!, header, start);
    if (tag >= 0) {
      const vlan = vlanOf((header[start + tag]! << 8) | header[start + tag + 1]!);
      this.vlanSent.add(from, vlan);
      this.vlanReceived.add(to, vlan);
    }
    const at = start + transport[row]!;
    if (protocol[session] !== Protocol.tcp || (header[at + Tcp.flags]! & TcpFlag.syn) === 0) return;
    const size = headerStart[row + 1]! - at;
    const mss = findOption(header, at, size, TcpOption.segmentSize, SEGMENT_SIZE_LENGTH);
    if (mss >= 0) this.segmentSize.add(from, (header[at + mss + 2]! << 8) | header[at + mss + 3]!);
    const scale = findOption(header, at, size, TcpOption.windowScale, WINDOW_SCALE_LENGTH);
    if (scale >= 0) this.windowScale.add(from, header[at + scale + 2]!);
  }

  /** Of n addresses. */
  marks(n: number): HostMarks {
    return {
      ttl: mostFrequent(this.ttl, n),
      vlanSent: mostFrequent(this.vlanSent, n),
      vlanReceived: mostFrequent(this.vlanReceived, n),
      segmentSize: mostFrequent(this.segmentSize, n),
      windowScale: mostFrequent(this.windowScale, n),
    };
  }
}

/** [n]: the partner that each number was paired with most often, the first of equals; −1 for none. */
export function mostFrequent(pairs: Pairs, n: number): Int32Array {
  const best = new Int32Array(n).fill(-1);
  const most = new Uint32Array(n);
  for (let e = 0; e < pairs.count; e++) {
    const a = pairs.first[e]!;
    if (pairs.times[e]! <= most[a]!) continue;
    most[a] = pairs.times[e]!;
    best[a] = pairs.second[e]!;
  }
  return best;
}
