/**
 * The wire: what a host's network stack makes of a segment or datagram, written into one frame.
 */
import { TcpFlag } from '../capture/index.ts';
import type { Stream } from '../random/index.ts';
import { createFrame, type Envelope, type Frame, type Segment, writeTcp, writeUdp } from './frame.ts';
import type { Host } from './host.ts';
import { has, type OptionGroup, type OsFingerprint } from './os-fingerprint.ts';
import { createPayloads, type Payloads } from './payload.ts';

export interface Wire {
  readonly frame: Frame;
  readonly envelope: Envelope;
  readonly segment: Segment;
  readonly payloads: Payloads;
  /** The last IPv4 identification of each host that counts all its packets, by host id. */
  readonly counters: Uint16Array;
  /** Microseconds since the start of the capture. */
  now: number;
}

/** One side of a session. */
export interface Endpoint {
  readonly host: Host;
  readonly port: number;
  readonly flowLabel: number;
  /** What it adds to the milliseconds since the start for its time stamps. */
  readonly clock: number;
  /** Windows it advertises are this many units below its full one. */
  readonly held: number;
  identification: number;
  /** TCP: the next sequence number it sends. */
  sequence: number;
  /** TCP: its last time stamp. */
  stamp: number;
}

/** What both packets and answers of a session have in common. */
export interface SessionTraits {
  readonly ipv6: boolean;
  readonly trafficClass: number;
  /** TCP: negotiated by the SYNs. */
  readonly timed: boolean;
  readonly scaled: boolean;
  readonly source: Stream;
}

/** Microseconds in which a network stack inside an interrupt answers. */
const STACK = 40;

export function createWire(seed: number, snapLength: number, hosts: number): Wire {
  const nothing = new Uint8Array(0);
  return {
    frame: createFrame(snapLength),
    envelope: {
      fromMac: nothing,
      toMac: nothing,
      from: nothing,
      to: nothing,
      hops: 0,
      trafficClass: 0,
      identification: 0,
      dontFragment: false,
      flowLabel: 0,
    },
    segment: {
      fromPort: 0,
      toPort: 0,
      sequence: 0,
      acknowledgement: 0,
      flags: 0,
      window: 0,
      options: new Uint8Array(40),
      optionBytes: 0,
    },
    payloads: createPayloads(seed),
    counters: new Uint16Array(hosts),
    now: 0,
  };
}

export function createEndpoint(host: Host, port: number, source: Stream): Endpoint {
  return {
    host,
    port,
    flowLabel: source.below(1 << 20),
    clock: source.below(0x1_0000_0000),
    held: source.below(4),
    identification: source.below(1 << 16),
    sequence: source.below(0x1_0000_0000),
    stamp: 0,
  };
}

/** Sets MAC and IP addresses and the time to live that is left where the capture is taken. */
export function address(wire: Wire, from: Host, to: Host, ipv6: boolean, trafficClass: number): void {
  const { envelope } = wire;
  envelope.fromMac = from.mac;
  envelope.toMac = to.mac;
  envelope.from = ipv6 ? from.ipv6 : from.ipv4;
  envelope.to = ipv6 ? to.ipv6 : to.ipv4;
  envelope.hops = from.fingerprint.ttl - from.hops;
  envelope.trafficClass = trafficClass;
  envelope.identification = 0;
  envelope.dontFragment = true;
  envelope.flowLabel = 0;
}

/** Writes a TCP segment with the payload that is current, and moves the sender's sequence number past it. */
export function sendTcp(
  wire: Wire,
  from: Endpoint,
  to: Endpoint,
  flags: number,
  traits: SessionTraits,
): void {
  const { segment, payloads } = wire;
  const fingerprint = from.host.fingerprint;
  const opens = (flags & TcpFlag.syn) !== 0;
  const answers = (flags & TcpFlag.ack) !== 0;
  const resets = (flags & TcpFlag.rst) !== 0;
  address(wire, from.host, to.host, traits.ipv6, traits.trafficClass);
  identify(wire, from, traits, true);
  if (fingerprint.identification === 'session' && (resets || (opens && answers))) {
    wire.envelope.identification = 0;
  }

  segment.fromPort = from.port;
  segment.toPort = to.port;
  segment.sequence = from.sequence;
  segment.acknowledgement = answers ? to.sequence : 0;
  segment.flags = flags;
  if (resets) segment.window = 0;
  else if (opens) segment.window = fingerprint.synWindow;
  else segment.window = openWindow(fingerprint, traits.scaled) - from.held;

  segment.optionBytes = 0;
  const offersTime = opens && !answers ? has.time(fingerprint) : traits.timed;
  if (offersTime && !resets) from.stamp = (from.clock + Math.floor(wire.now / 1000)) >>> 0;
  if (opens) {
    const peer = answers ? to.host.fingerprint : null;
    const largest = from.host.mtu - (traits.ipv6 ? 60 : 40);
    for (const group of fingerprint.options) {
      putGroup(segment, group, peer, largest, fingerprint.scale, from.stamp, answers ? to.stamp : 0);
    }
  } else if (traits.timed && !resets) {
    putGroup(segment, 'nop-nop-time', null, 0, 0, from.stamp, to.stamp);
  }
  writeTcp(wire.frame, wire.envelope, segment, payloads.current);
  const counted = (flags & (TcpFlag.syn | TcpFlag.fin)) !== 0 ? 1 : 0;
  from.sequence = (from.sequence + payloads.current.length + counted) >>> 0;
}

/** Writes a UDP datagram with the payload that is current. */
export function sendUdp(wire: Wire, from: Endpoint, to: Endpoint, traits: SessionTraits): void {
  address(wire, from.host, to.host, traits.ipv6, traits.trafficClass);
  identify(wire, from, traits, false);
  writeUdp(wire.frame, wire.envelope, from.port, to.port, wire.payloads.current);
}

/** Microseconds from a packet passing the capture to the host's answer passing it. */
export function reaction(host: Host, source: Stream): number {
  const twice = 2 * host.delay;
  return twice + STACK + source.below(1 + STACK + (twice >>> 3));
}

/** Microseconds between two packets of the same host in a row: a fast card inside, a slower line outside. */
export function succession(host: Host, source: Stream): number {
  return host.hops === 0 ? 6 + source.below(14) : 90 + source.below(400);
}

function identify(wire: Wire, from: Endpoint, traits: SessionTraits, tcp: boolean): void {
  const { envelope, counters } = wire;
  const { id, fingerprint } = from.host;
  envelope.flowLabel = from.flowLabel;
  if (traits.ipv6) return;
  if (fingerprint.identification === 'counter') {
    envelope.identification = counters[id] = (counters[id]! + 1) & 0xffff;
    envelope.dontFragment = tcp;
  } else if (fingerprint.identification === 'session') {
    envelope.identification = from.identification;
    from.identification = (from.identification + 1) & 0xffff;
  } else if (fingerprint.identification === 'random') {
    envelope.identification = traits.source.below(1 << 16);
    envelope.dontFragment = tcp;
  }
}

function openWindow(fingerprint: OsFingerprint, scaled: boolean): number {
  return Math.min(0xffff, scaled ? fingerprint.window >>> fingerprint.scale : fingerprint.window);
}

/** Appends a group of options; what a peer has not offered is left out of the answer to it. */
function putGroup(
  segment: Segment,
  group: OptionGroup,
  peer: OsFingerprint | null,
  largest: number,
  scale: number,
  stamp: number,
  echo: number,
): void {
  const time = peer === null || has.time(peer);
  const sack = peer === null || has.sack(peer);
  if (group === 'mss') put4(segment, 2, 4, largest >>> 8, largest & 0xff);
  else if (group === 'nop-scale') {
    if (peer === null || has.scale(peer)) put4(segment, 1, 3, 3, scale);
  } else if (group === 'nop-nop-sack') {
    if (sack) put4(segment, 1, 1, 4, 2);
  } else if (group === 'sack-end-end') {
    if (sack) put4(segment, 4, 2, 0, 0);
  } else if (group === 'nop-nop-time') {
    if (time) putTime(segment, 1, 1, stamp, echo);
  } else if (time) {
    if (sack) putTime(segment, 4, 2, stamp, echo);
    else putTime(segment, 1, 1, stamp, echo);
  } else if (sack) put4(segment, 1, 1, 4, 2);
}

function put4(segment: Segment, a: number, b: number, c: number, d: number): void {
  const { options, optionBytes: at } = segment;
  options[at] = a;
  options[at + 1] = b;
  options[at + 2] = c;
  options[at + 3] = d;
  segment.optionBytes = at + 4;
}

/** Time stamps (RFC 7323) behind two bytes that align them. */
function putTime(segment: Segment, first: number, second: number, stamp: number, echo: number): void {
  put4(segment, first, second, 8, 10);
  put4(segment, stamp >>> 24, (stamp >>> 16) & 0xff, (stamp >>> 8) & 0xff, stamp & 0xff);
  put4(segment, echo >>> 24, (echo >>> 16) & 0xff, (echo >>> 8) & 0xff, echo & 0xff);
}
