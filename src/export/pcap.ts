/** Presented sessions as captures: the headers as the morph has left them, without payload. */
import { Link } from '../capture/index.ts';
import type { SessionTable } from '../session/index.ts';
import { captureChunks } from '../synth/index.ts';
import type { OnPresented } from './presentation.ts';

/** The link types of pcap (https://www.tcpdump.org/linktypes.html) by what is in front of IP. */
const LINK_TYPES: Readonly<Record<Link, readonly [number: number, name: string]>> = {
  [Link.none]: [101, 'raw'],
  [Link.ethernet]: [1, 'ethernet'],
  [Link.loopback]: [0, 'loopback'],
  [Link.sll]: [113, 'sll'],
  [Link.sll2]: [276, 'sll2'],
  [Link.ppp]: [9, 'ppp'],
  [Link.wifi]: [105, 'wifi'],
};

interface Shown {
  /** Microseconds since 1970. */
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly original: number;
}

export interface CaptureFile {
  /** Of the link type, where the capture has several. */
  readonly name: string;
  readonly pieces: Iterable<Uint8Array>;
}

/**
 * Collects sessions as they are presented, and makes of them a capture for each link type, in order of time.
 *
 * A packet has the time that the capture has in its place; one beyond the captured ones follows the last at a millisecond
 * each. The file has nanoseconds cut off.
 */
export function collectPackets(table: SessionTable): {
  readonly onPresented: OnPresented;
  readonly files: () => readonly CaptureFile[];
} {
  const byLink = new Map<Link, Shown[]>();
  return {
    onPresented(session) {
      const first = table.firstRow[session.session]!;
      const rows = table.firstRow[session.session + 1]! - first;
      for (let p = 0; p < session.packets; p++) {
        const row = first + Math.min(p, rows - 1);
        const beyond = Math.max(0, p - (rows - 1));
        const link = session.link[p]! as Link;
        const at = p * session.stride;
        const length = session.length[p]!;
        const list = byLink.get(link) ?? [];
        byLink.set(link, list);
        list.push({
          time: table.seconds[row]! * 1e6 + Math.floor(table.nanoseconds[row]! / 1000) + beyond * 1000,
          bytes: session.bytes.slice(at, at + length),
          original: Math.max(session.originalLength[p]!, length),
        });
      }
    },
    files: () =>
      [...byLink.entries()].map(([link, records]) => {
        const [number, name] = LINK_TYPES[link];
        // Sorting keeps the order of what has the same time.
        const packets = records.toSorted((a, b) => a.time - b.time).map(packetOf);
        return { name, pieces: captureChunks(packets, SNAP, undefined, number) };
      }),
  };
}

const SNAP = 65535;

const packetOf = ({ time, bytes, original }: Shown) => ({
  bytes,
  captured: bytes.length,
  original,
  seconds: Math.floor(time / 1e6),
  microseconds: time % 1e6,
});
