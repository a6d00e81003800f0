/** The hot loop: records of one file are decoded, counted and handed on until another file's turn comes. */
import { displayPath } from '../text/index.ts';
import { decodePacket, type Tunnels } from './decode.ts';
import { LeftOutCounts } from './left-out.ts';
import type { OpenCapture } from './open.ts';
import { type Packet, Protocol } from './packet.ts';
import { Status } from './reader.ts';
import { isFragmentReason, Reason } from './reason.ts';
import { isTunnelPort, tunnelOf } from './tunnel.ts';

/** Takes the packets that can be part of a session, in order. */
export interface PacketSink {
  /** The packet's bytes and offsets are only valid during the call. `file` counts from 0 in the order of the paths. */
  add(packet: Packet, file: number): void;
  /**
   * Takes the later fragment of an IP datagram, which has no transport header.
   *
   * @returns whether its first fragment was seen; if not, it is left out
   */
  fragment?(packet: Packet): boolean;
}

/** Up to when a file has its turn. */
export interface Limit {
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Whether the file comes first when its packet has exactly this time. */
  readonly tie: boolean;
}

/** Whether it is another file's turn before this packet. */
export function isAfter(packet: Packet, limit: Limit): boolean {
  if (packet.seconds !== limit.seconds) return packet.seconds > limit.seconds;
  return packet.nanoseconds > limit.nanoseconds || (packet.nanoseconds === limit.nanoseconds && !limit.tie);
}

/** Everything that is counted while reading. */
export class Intake {
  /** All packet records. */
  packets = 0;
  /** Those that were handed on. */
  decoded = 0;
  /** Bytes on the wire of all packet records, as the records say. */
  wireBytes = 0;
  readonly leftOut = new LeftOutCounts();
  /** Undamaged records by link type. */
  readonly linkTypes = new Float64Array(65536);
  firstSeconds = Number.POSITIVE_INFINITY;
  firstNanoseconds = 0;
  lastSeconds = Number.NEGATIVE_INFINITY;
  lastNanoseconds = 0;
  /** Records that are earlier than one before them, and the most that one is, in seconds. */
  backwards = 0;
  furthestBack = 0;
  /** Packets that carry others which are not looked at, by what carries them. */
  readonly tunnels = new Map<string, number>();
  private readonly sink: PacketSink;
  private readonly mode: Tunnels;

  constructor(sink: PacketSink, tunnels: Tunnels) {
    this.sink = sink;
    this.mode = tunnels;
  }

  /**
   * Takes the record that stands in the capture's packet view, and those after it up to the limit.
   *
   * @returns why it stopped: `record` when the next one is after the limit, `more` when the window is to be
   *   refilled, `end`
   */
  run(capture: OpenCapture, file: number, limit: Limit): Status {
    const reader = capture.reader;
    const packet = reader.packet;
    for (;;) {
      this.take(packet, capture, file);
      const status = reader.next();
      if (status !== Status.record || isAfter(packet, limit)) return status;
    }
  }

  private take(packet: Packet, capture: OpenCapture, file: number): void {
    this.packets++;
    this.wireBytes += packet.original;
    if (packet.timed) this.seeTime(packet.seconds, packet.nanoseconds);
    const reason = decodePacket(packet, this.mode);
    if (packet.damage === 0) this.linkTypes[packet.linkType]!++;
    if (reason === 0) {
      this.decoded++;
      this.sink.add(packet, file);
      if (packet.protocol === Protocol.udp && isTunnelPort(packet.destinationPort))
        this.seeTunnel(packet, reason);
    } else {
      this.leave(packet, reason, capture);
      if (reason === Reason.ipProtocol) this.seeTunnel(packet, reason);
    }
  }

  /** The packet is not needed any more. */
  private seeTunnel(packet: Packet, reason: number): void {
    if (this.mode === 'inner') return;
    const name = tunnelOf(packet, reason);
    if (name !== undefined) this.tunnels.set(name, (this.tunnels.get(name) ?? 0) + 1);
  }

  /** Every packet that is not decoded, but for fragments that find their datagram, is counted by its reason. */
  private leave(packet: Packet, reason: number, capture: OpenCapture): void {
    if (isFragmentReason(reason) && this.sink.fragment?.(packet) === true) {
      this.decoded++;
      return;
    }
    const added = this.leftOut.add(reason, packet.detail);
    if (added !== undefined)
      added.first = `${displayPath(capture.path)}: record ${packet.record} at byte ${packet.offset}`;
  }

  private seeBackwards(seconds: number, nanoseconds: number): void {
    this.backwards++;
    const back = this.lastSeconds - seconds + (this.lastNanoseconds - nanoseconds) / 1e9;
    if (back > this.furthestBack) this.furthestBack = back;
  }

  private seeTime(seconds: number, nanoseconds: number): void {
    if (
      seconds < this.firstSeconds ||
      (seconds === this.firstSeconds && nanoseconds < this.firstNanoseconds)
    ) {
      this.firstSeconds = seconds;
      this.firstNanoseconds = nanoseconds;
    }
    if (seconds > this.lastSeconds || (seconds === this.lastSeconds && nanoseconds > this.lastNanoseconds)) {
      this.lastSeconds = seconds;
      this.lastNanoseconds = nanoseconds;
    } else if (seconds !== this.lastSeconds || nanoseconds !== this.lastNanoseconds)
      this.seeBackwards(seconds, nanoseconds);
  }
}
