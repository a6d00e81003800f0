/**
 * Conversations: the packets of one session, in order.
 *
 * A conversation is a generator. Each resumption writes exactly one frame on the wire and then says how many
 * microseconds later the next one passes; it is done with its last frame.
 */
import { TcpFlag } from '../capture/index.ts';
import { choose, type Stream } from '../random/index.ts';
import type { Host } from './host.ts';
import { has } from './os-fingerprint.ts';
import { heavyTailed, type Message, type Service, script, slownessOf } from './service.ts';
import {
  createEndpoint,
  type Endpoint,
  reaction,
  type SessionTraits,
  sendTcp,
  sendUdp,
  succession,
  type Wire,
} from './wire.ts';

/** Writes one frame at each resumption; yields the microseconds until the next. */
export type Exchange = Generator<number, void, void>;

export interface Session {
  readonly client: Host;
  readonly server: Host;
  readonly service: Service;
  readonly clientPort: number;
  readonly ipv6: boolean;
  readonly failure: 'none' | 'refused' | 'unanswered';
  /** Whose name is asked for, when names are asked for. */
  readonly subject: Host;
  /** Microseconds that the server has to ask elsewhere before its first answer. */
  readonly upstream: number;
  /** Share of the TCP segments with data that are sent twice. */
  readonly retransmissions: number;
  /** How many times longer than usual its client may pause, at most. */
  readonly pauses: number;
  readonly source: Stream;
}

/** A receiver near the capture acknowledges every second segment; a remote one is seen to do so in bursts. */
const NEAR = 1000;
/** Acknowledgements wait this long for data to travel with. */
const DELAYED_ACK = 40_000;
/** Segments that a sender has on their way before it waits for an answer from afar. */
const INITIAL_WINDOW = 10;
const LARGEST_DATAGRAM = 1252;
const SECOND = 1_000_000;
/** Least time after which a segment is sent again. */
const RETRANSMISSION = 200_000;

/** The packets of a session. */
export function converse(wire: Wire, session: Session): Exchange {
  return session.service.protocol === 'tcp' ? tcp(wire, session) : udp(wire, session);
}

/** Handshake, data and close (RFC 9293), with delayed acknowledgements (RFC 5681 section 4.2). */
function* tcp(wire: Wire, session: Session): Exchange {
  const { source, service, failure } = session;
  const client = createEndpoint(session.client, session.clientPort, source);
  const server = createEndpoint(session.server, service.port, source);
  const traits = traitsOf(session);
  const largest =
    Math.min(client.host.mtu, server.host.mtu) - (session.ipv6 ? 60 : 40) - (traits.timed ? 12 : 0);

  /** Where the payload of the last segment with data was taken from. */
  let draw = 0;
  const send = (from: Endpoint, to: Endpoint, flags: number, bytes = 0) => {
    if (bytes === 0) wire.payloads.none();
    else {
      draw = source.uniform();
      wire.payloads.slice(service.content === 'text' ? 'text' : 'opaque', draw, bytes);
    }
    sendTcp(wire, from, to, flags, traits);
  };
  /** The last segment again, after the time that a sender waits: RFC 6298 has a second, systems 200 ms. */
  const repeat = (from: Endpoint, to: Endpoint, flags: number, bytes: number) => {
    wire.payloads.slice(service.content === 'text' ? 'text' : 'opaque', draw, bytes);
    from.sequence = (from.sequence - bytes) >>> 0;
    sendTcp(wire, from, to, flags, traits);
  };
  const spoke = (speaker: Endpoint, last: Endpoint) =>
    speaker === last ? succession(speaker.host, source) : reaction(speaker.host, source);

  const first = client.sequence;
  send(client, server, TcpFlag.syn);
  if (failure === 'unanswered') {
    const tries = 1 + source.below(4);
    for (let retry = 1; retry < tries; retry++) {
      yield (SECOND << (retry - 1)) + source.below(4000);
      client.sequence = first;
      send(client, server, TcpFlag.syn);
    }
    return;
  }
  yield reaction(server.host, source);
  if (failure === 'refused') {
    server.sequence = 0;
    send(server, client, TcpFlag.rst | TcpFlag.ack);
    return;
  }
  send(server, client, TcpFlag.syn | TcpFlag.ack);
  yield reaction(client.host, source);
  send(client, server, TcpFlag.ack);

  let last = client;
  const slowness = slownessOf(session.pauses, source);
  const messages = script(service, slowness, source);
  for (let m = 0; m < messages.length; m++) {
    const message = messages[m]!;
    const from = message.fromClient ? client : server;
    const to = message.fromClient ? server : client;
    yield spoke(from, last) + message.think;

    const together = to.host.delay < NEAR ? 2 : INITIAL_WINDOW;
    let rest = message.bytes;
    for (let sent = 1; ; sent++) {
      const bytes = Math.min(rest, largest);
      rest -= bytes;
      const flags = rest === 0 ? TcpFlag.ack | TcpFlag.psh : TcpFlag.ack;
      send(from, to, flags, bytes);
      if (session.retransmissions > 0 && source.chance(session.retransmissions)) {
        yield RETRANSMISSION + source.below(20_000);
        repeat(from, to, flags, bytes);
      }
      if (rest === 0) break;
      if (sent % together === 0) {
        yield reaction(to.host, source);
        send(to, from, TcpFlag.ack);
        yield sent % INITIAL_WINDOW === 0 ? reaction(from.host, source) : succession(from.host, source);
      } else yield succession(from.host, source);
    }
    last = from;
    if (!answeredSoon(message, messages[m + 1])) {
      yield reaction(to.host, source);
      send(to, from, TcpFlag.ack);
      last = to;
    }
  }

  const ending = choose(service.endings, source);
  const closer = ending === 1 ? server : client;
  const other = closer === client ? server : client;
  yield spoke(closer, last) + heavyTailed(300 + (slowness * service.pause) / 2, source);
  if (ending === 2) {
    send(closer, other, TcpFlag.rst | TcpFlag.ack);
    return;
  }
  send(closer, other, TcpFlag.fin | TcpFlag.ack);
  yield reaction(other.host, source);
  if (source.chance(0.3)) {
    send(other, closer, TcpFlag.ack);
    yield succession(other.host, source) + heavyTailed(2000, source);
  }
  send(other, closer, TcpFlag.fin | TcpFlag.ack);
  yield reaction(closer.host, source);
  send(closer, other, TcpFlag.ack);
}

/** Requests and responses; what is lost is asked again from the same port. */
function* udp(wire: Wire, session: Session): Exchange {
  const { source, service } = session;
  const client = createEndpoint(session.client, session.clientPort, source);
  const server = createEndpoint(session.server, service.port, source);
  const traits = traitsOf(session);
  const messages = script(service, slownessOf(session.pauses, source), source);
  let last = client;
  for (let m = 0; m < messages.length; m++) {
    const message = messages[m]!;
    const from = message.fromClient ? client : server;
    const to = message.fromClient ? server : client;
    if (m > 0) {
      const way = from === last ? succession(from.host, source) : reaction(from.host, source);
      yield way + message.think + (m === 1 ? session.upstream : 0);
    }
    let rest = message.bytes;
    for (;;) {
      const bytes = Math.min(rest, LARGEST_DATAGRAM);
      rest -= bytes;
      fill(wire, session, message.fromClient, bytes);
      sendUdp(wire, from, to, traits);
      if (rest === 0) break;
      yield succession(from.host, source);
    }
    last = from;
    if (session.failure !== 'none' && m === 0) break;
  }
  if (session.failure === 'none') return;

  const opening = messages[0]!.bytes;
  const tries = service.response[1] === 0 ? 1 : 1 + source.below(3);
  for (let retry = 1; retry < tries; retry++) {
    yield retry * SECOND + source.below(5000);
    fill(wire, session, true, Math.min(opening, LARGEST_DATAGRAM));
    sendUdp(wire, client, server, traits);
  }
}

function traitsOf(session: Session): SessionTraits {
  const client = session.client.fingerprint;
  const server = session.server.fingerprint;
  return {
    ipv6: session.ipv6,
    trafficClass: session.service.trafficClass,
    timed: has.time(client) && has.time(server),
    scaled: has.scale(client) && has.scale(server),
    source: session.source,
  };
}

/** True when the other side speaks next and before its acknowledgement is due: it travels with the data. */
function answeredSoon(message: Message, next: Message | undefined): boolean {
  return next !== undefined && next.fromClient !== message.fromClient && next.think < DELAYED_ACK;
}

function fill(wire: Wire, session: Session, fromClient: boolean, bytes: number): void {
  const { source, service, subject, clientPort } = session;
  const { payloads } = wire;
  // A query and its response share an identifier; the client's port is as good as any to derive it from.
  if (service.content === 'dns') {
    payloads.dns((clientPort * 40_503) & 0xffff, subject, session.ipv6, !fromClient);
  } else if (service.content === 'ntp') payloads.ntp(source.uniform(), !fromClient);
  else payloads.slice(service.content, source.uniform(), bytes);
}
