/**
 * Labels of a synthetic capture in the form of ISCX IDS 2012: an XML element for each flow, with its fields, in local time
 * without zone. As in the real files, flows are not sessions (one that was silent for half a minute goes on as another flow) and
 * some are there twice.
 */
import {
  addressSize,
  Ipv4,
  Ipv6,
  ipHeaderSize,
  Protocol,
  sourceAddress,
  Tcp,
  Udp,
} from '../capture/index.ts';
import { type Stream, stream } from '../random/index.ts';
import { clockOffsetOf, type RecipeDay } from '../spec/index.ts';
import { IP_AT } from './frame.ts';
import type { SyntheticPacket } from './network.ts';
import type { Recipe } from './recipe.ts';

/** Share of the records that are exact copies of the one before: 2,071,657 in ISCX 2012, 1,889,172 of them different. */
const TWICE = 0.088;
/** Seconds of silence that end a flow. */
const SILENCE = 30;
/** Bytes of the payload that are kept of each side. */
const KEPT = 24;

/** Collects what passes and writes down what has ended. */
export interface FlowLog {
  see(packet: SyntheticPacket): void;
  /** The text that has come together since the last call. */
  take(): string;
  /** The end of the file, with the flows that have not ended. */
  end(): string;
  /** So far: flows, records (a flow may have two), and flows of attacks. */
  readonly counts: FlowCounts;
}

export interface FlowCounts {
  readonly flows: number;
  readonly records: number;
  readonly attackFlows: number;
}

interface Side {
  bytes: number;
  packets: number;
  /** TCP: of all its packets. */
  flags: number;
  payload: Uint8Array | null;
}

interface Flow {
  readonly ipv6: boolean;
  readonly tcp: boolean;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly attack: boolean;
  /** Seconds since 1970 in the captures' clock. */
  readonly first: number;
  last: number;
  readonly sent: Side;
  readonly received: Side;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** The name of the label file of a date without its ending, as ISCX has it: `TestbedSunJun13Flows`. */
export function flowsName(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  return `Testbed${WEEKDAYS[day.getUTCDay()]}${MONTHS[day.getUTCMonth()]}${day.getUTCDate()}Flows`;
}

/** The log of one day. */
export function createFlowLog(recipe: Recipe, day: RecipeDay): FlowLog {
  const element = flowsName(day.date);
  const offset = clockOffsetOf(recipe);
  const copies = stream(recipe.seed, 'synth', 'labels', 'day', day.name);
  const open = new Map<number, Flow>();
  const counts = { flows: 0, records: 0, attackFlows: 0 };
  let text = `<?xml version="1.0" encoding="utf-8"?>\n<dataroot generated="${day.date}T23:59:59">\n`;

  const write = (flow: Flow): void => {
    const record = recordOf(flow, element, offset);
    const times = isTwice(copies) ? 2 : 1;
    text += times === 2 ? record + record : record;
    counts.flows++;
    counts.records += times;
    if (flow.attack) counts.attackFlows++;
  };

  return {
    counts,
    see(packet) {
      const { session, seconds } = packet;
      if (session < 0) return;
      let flow = open.get(session);
      if (flow !== undefined && seconds - flow.last >= SILENCE) {
        write(flow);
        flow = undefined;
      }
      if (flow === undefined) {
        flow = beginFlow(packet);
        open.set(session, flow);
      }
      flow.last = seconds;
      count(flow, packet);
      if (!packet.last) return;
      open.delete(session);
      write(flow);
    },
    take() {
      const taken = text;
      text = '';
      return taken;
    },
    end() {
      for (const flow of open.values()) write(flow);
      open.clear();
      return `${this.take()}</dataroot>\n`;
    },
  };
}

const isTwice = (copies: Stream): boolean => copies.chance(TWICE / (1 - TWICE));

function beginFlow({ bytes, seconds, attack }: SyntheticPacket): Flow {
  const version = bytes[IP_AT]! >> 4;
  const ipv6 = version === 6;
  const from = sourceAddress(version, IP_AT);
  const size = addressSize(version);
  const at = IP_AT + ipHeaderSize(version);
  const side = (): Side => ({ bytes: 0, packets: 0, flags: 0, payload: null });
  return {
    ipv6,
    tcp: bytes[IP_AT + (ipv6 ? Ipv6.next : Ipv4.protocol)] === Protocol.tcp,
    source: bytes.slice(from, from + size),
    destination: bytes.slice(from + size, from + 2 * size),
    sourcePort: word(bytes, at + Udp.sourcePort),
    destinationPort: word(bytes, at + Udp.destinationPort),
    attack: attack !== null,
    first: seconds,
    last: seconds,
    sent: side(),
    received: side(),
  };
}

/** Adds a packet to its side of the flow. */
function count(flow: Flow, { bytes, captured, original }: SyntheticPacket): void {
  const version = flow.ipv6 ? 6 : 4;
  const at = IP_AT + ipHeaderSize(version);
  const sent =
    word(bytes, at + Udp.sourcePort) === flow.sourcePort &&
    begins(bytes, sourceAddress(version, IP_AT), flow.source);
  const side = sent ? flow.sent : flow.received;
  side.bytes += original;
  side.packets++;
  if (flow.tcp) side.flags |= bytes[at + Tcp.flags]!;
  if (side.payload !== null) return;
  const start = at + (flow.tcp ? (bytes[at + Tcp.offset]! >> 4) * 4 : Udp.size);
  // Behind the IP packet there may be padding.
  const end = Math.min(
    captured,
    IP_AT + (flow.ipv6 ? Ipv6.size + word(bytes, IP_AT + Ipv6.length) : word(bytes, IP_AT + Ipv4.length)),
  );
  if (end > start) side.payload = bytes.slice(start, Math.min(end, start + KEPT));
}

function begins(bytes: Uint8Array, at: number, address: Uint8Array): boolean {
  for (let i = 0; i < address.length; i++) if (bytes[at + i] !== address[i]) return false;
  return true;
}

function recordOf(flow: Flow, element: string, offset: number): string {
  const { sent, received } = flow;
  const field = (name: string, value: string | number): string => `<${name}>${value}</${name}>\n`;
  return (
    `<${element}>\n` +
    field('appName', applicationOf(flow)) +
    field('totalSourceBytes', sent.bytes) +
    field('totalDestinationBytes', received.bytes) +
    field('totalDestinationPackets', received.packets) +
    field('totalSourcePackets', sent.packets) +
    field('sourcePayloadAsBase64', base64(sent)) +
    field('sourcePayloadAsUTF', printable(sent)) +
    field('destinationPayloadAsBase64', base64(received)) +
    field('destinationPayloadAsUTF', printable(received)) +
    field('direction', `${side(flow.source)}2${side(flow.destination)}`) +
    field('sourceTCPFlagsDescription', flow.tcp ? flagsText(sent.flags) : 'N/A') +
    field('destinationTCPFlagsDescription', flow.tcp ? flagsText(received.flags) : 'N/A') +
    field('source', addressText(flow.source)) +
    field('protocolName', flow.tcp ? 'tcp_ip' : 'udp_ip') +
    field('sourcePort', flow.sourcePort) +
    field('destination', addressText(flow.destination)) +
    field('destinationPort', flow.destinationPort) +
    field('startDateTime', timeText(flow.first - offset)) +
    field('stopDateTime', timeText(flow.last - offset)) +
    field('Tag', flow.attack ? 'Attack' : 'Normal') +
    `</${element}>\n`
  );
}

const APPLICATIONS: Readonly<Record<number, string>> = {
  22: 'SSH',
  25: 'SMTP',
  53: 'DNS',
  80: 'HTTPWeb',
  123: 'NTP',
  389: 'LDAP',
  443: 'SecureWeb',
  445: 'WindowsFileSharing',
  993: 'IMAP',
  3389: 'MS-RDP',
};

function applicationOf({ destinationPort, tcp }: Flow): string {
  return APPLICATIONS[destinationPort] ?? (tcp ? 'Unknown_TCP' : 'Unknown_UDP');
}

/** Local or remote: inside the office or not; see host.ts. */
const side = (address: Uint8Array): 'L' | 'R' =>
  address.length === 4
    ? address[0] === 10
      ? 'L'
      : 'R'
    : address[4] === 0x00 && address[5] === 0x20
      ? 'L'
      : 'R';

const FLAGS = [
  [0x01, 'F'],
  [0x02, 'S'],
  [0x04, 'R'],
  [0x08, 'P'],
  [0x10, 'A'],
] as const;

const flagsText = (flags: number): string =>
  FLAGS.flatMap(([bit, letter]) => ((flags & bit) === 0 ? [] : [letter])).join(',') || 'N/A';

const base64 = ({ payload }: Side): string =>
  payload === null ? '' : Buffer.from(payload).toString('base64');

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** What can be printed of it; the rest are dots. */
const printable = ({ payload }: Side): string =>
  payload === null
    ? ''
    : Buffer.from(payload)
        .toString('latin1')
        .replace(/[^\x20-\x7e]/g, '.')
        .replace(/[&<>]/g, (sign) => ESCAPES[sign]!);

function addressText(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  return Array.from({ length: 8 }, (_, i) => word(address, 2 * i).toString(16)).join(':');
}

const timeText = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);

const word = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
