/**
 * Who talks to whom, over which service, and which MAC address goes with which IP address: learnt from the sessions
 * that one is given: those that train, or those that were there before the test. What a test session shows is not known here.
 *
 * Two addresses are contacts when a session has them as its ends, whichever of them began it; strangers.ts knows finer
 * distinctions. A service is a protocol and the port of a responder.
 */
import {
  addressSize,
  destinationAddress,
  destinationMac,
  MAC_SIZE,
  sourceAddress,
  sourceMac,
  Udp,
} from '../capture/index.ts';
import { Interner, type SessionTable } from '../session/index.ts';
import { groupBy, type Partition, subnetSize } from './address-groups.ts';
import { type HostMarks, MarkLearner, mostFrequent } from './marks.ts';
import { Pairs } from './pairs.ts';
import { hostScope, reachOf, scopeOf } from './scope.ts';

/** The addresses of one IP version, numbered from 0 in the order of their first packet. n addresses. */
export interface Family {
  readonly addresses: Interner;
  /** Contacts as (lower number, higher number). */
  readonly pairs: Pairs;
  /** [n]: number of the MAC address that goes with each address, −1 when no packet showed one. */
  readonly mac: Int32Array;
  /** (initiator, responder). */
  readonly calls: Pairs;
  /** (entry of `calls`, service, see serviceCode). */
  readonly dialogues: Pairs;
  /** (responder, service). */
  readonly services: Pairs;
  /** (service, 0). */
  readonly served: Pairs;
  /** [n + 1]: sessions that the addresses before this one began. */
  readonly began: Float64Array;
  /** [n + 1]: sessions that the addresses before this one were the responders of. */
  readonly answered: Float64Array;
  /** Addresses that began sessions and were never a responder, by their reach. */
  readonly clients: Partition;
  /** Subnets, by their first bytes: /24 (IPv4) or /64 (IPv6). */
  readonly subnets: Interner;
  readonly bySubnet: Partition;
  /** [n]: see Scope. */
  readonly scope: Int32Array;
  readonly byScope: Partition;
  /** By what they can be exchanged for, see reachOf. */
  readonly byReach: Partition;
  readonly marks: HostMarks;
  /** Sessions of two packets or more, by their entry of `dialogues`. */
  readonly byDialogue: Partition;
}

export interface Contacts {
  readonly ipv4: Family;
  readonly ipv6: Family;
  readonly macs: Interner;
  /** MAC addresses, by number, of single hosts (their group bit is 0). */
  readonly hostMacs: Uint32Array;
  /** Where all this was learnt. */
  readonly sessions: SessionTable;
}

/** The family of an IP version. */
export const familyOf = (contacts: Contacts, version: number): Family =>
  version === 6 ? contacts.ipv6 : contacts.ipv4;

/** Whether the MAC address at bytes[at] is that of a group: its I/G bit (IEEE 802-2014 §8.2.2). */
export const isGroupMac = (bytes: Uint8Array, at: number): boolean => (bytes[at]! & 1) === 1;

/** Whether two different addresses, by number, are contacts. */
export const areContacts = (family: Family, a: number, b: number): boolean =>
  a < b ? family.pairs.has(a, b) : family.pairs.has(b, a);

/** A service as one number. */
export const serviceCode = (protocol: number, port: number): number => protocol * 0x10000 + port;

/**
 * Contacts of these sessions, read in this order.
 *
 * The MAC address of an IP address is the one that most of its own packets came from: for a host behind a gateway,
 * the gateway's. An address that was only ever sent to (a silent host, a multicast group) has the one that most packets
 * to it went to. Of equally frequent ones the first seen wins.
 *
 * @param indices sessions that train
 */
export function collectContacts(sessions: SessionTable, indices: Uint32Array): Contacts {
  const macs = new Interner(MAC_SIZE, Uint8Array);
  const ipv4 = new FamilyLearner(4, macs);
  const ipv6 = new FamilyLearner(6, macs);
  const { header, headerStart, firstRow, network } = sessions;
  for (const session of indices) {
    const first = firstRow[session]!;
    const version = header[headerStart[first]! + network[first]!]! >> 4;
    (version === 6 ? ipv6 : ipv4).learn(sessions, session);
  }
  return { ipv4: ipv4.family(), ipv6: ipv6.family(), macs, hostMacs: hosts(macs), sessions };
}

class FamilyLearner {
  private readonly addresses: Interner;
  private readonly subnets: Interner;
  private readonly pairs = new Pairs();
  private readonly calls = new Pairs();
  private readonly dialogues = new Pairs();
  private readonly services = new Pairs();
  private readonly served = new Pairs();
  /** (address, MAC address) of senders and of receivers. */
  private readonly sent = new Pairs();
  private readonly received = new Pairs();
  private readonly marks = new MarkLearner();
  /** Sessions of two packets or more, and their entries of `dialogues`. */
  private readonly longer: number[] = [];
  private readonly longerDialogue: number[] = [];
  private readonly version: number;
  private readonly macs: Interner;

  constructor(version: 4 | 6, macs: Interner) {
    this.version = version;
    this.addresses = new Interner(addressSize(version), Uint8Array);
    this.subnets = new Interner(subnetSize(version), Uint8Array);
    this.macs = macs;
  }

  learn(sessions: SessionTable, session: number): void {
    const { header, headerStart, firstRow, network, transport, link, fromInitiator, protocol } = sessions;
    const { version, addresses, macs } = this;
    const first = firstRow[session]!;
    const begin = headerStart[first]!;
    // All packets of a session have the same two addresses: a is the initiator's.
    const sent = fromInitiator[first] === 1;
    const [from, to] = sent ? [sourceAddress, destinationAddress] : [destinationAddress, sourceAddress];
    const a = addresses.add(header, begin + from(version, network[first]!));
    const b = addresses.add(header, begin + to(version, network[first]!));
    if (a !== b) this.pairs.add(Math.min(a, b), Math.max(a, b));
    const port = begin + transport[first]! + (sent ? Udp.destinationPort : Udp.sourcePort);
    const service = serviceCode(protocol[session]!, (header[port]! << 8) | header[port + 1]!);
    this.calls.add(a, b);
    this.services.add(b, service);
    this.served.add(service, 0);
    const call = this.calls.find(a, b);
    this.dialogues.add(call, service);
    if (firstRow[session + 1]! - first > 1) {
      this.longer.push(session);
      this.longerDialogue.push(this.dialogues.find(call, service));
    }
    for (let row = first; row < firstRow[session + 1]!; row++) {
      const start = headerStart[row]!;
      const forward = fromInitiator[row] === 1;
      const from = sourceMac(link[row]!, header, start);
      const to = destinationMac(link[row]!, header, start);
      this.marks.learn(sessions, session, row, forward ? a : b, forward ? b : a);
      if (from >= 0) this.sent.add(forward ? a : b, macs.add(header, start + from));
      if (to >= 0) this.received.add(forward ? b : a, macs.add(header, start + to));
    }
  }

  family(): Family {
    const { version, addresses, macs, subnets, pairs, calls, dialogues, services, served } = this;
    const n = addresses.count;
    const mac = mostFrequent(this.sent, n);
    const fallback = mostFrequent(this.received, n);
    for (let a = 0; a < n; a++) if (mac[a]! < 0) mac[a] = fallback[a]!;
    const began = new Float64Array(n + 1);
    const answered = new Float64Array(n + 1);
    for (let e = 0; e < calls.count; e++) {
      began[calls.first[e]! + 1]! += calls.times[e]!;
      answered[calls.second[e]! + 1]! += calls.times[e]!;
    }
    const clients: number[] = [];
    for (let a = 0; a < n; a++) {
      if (began[a + 1]! > 0 && answered[a + 1] === 0) clients.push(a);
      began[a + 1]! += began[a]!;
      answered[a + 1]! += answered[a]!;
    }
    const size = addressSize(version);
    const subnet = Int32Array.from({ length: n }, (_, a) => subnets.add(addresses.keys, a * size));
    const scope = Int32Array.from({ length: n }, (_, a) =>
      hostScope(
        scopeOf(version, addresses.keys, a * size),
        mac[a]! >= 0 && isGroupMac(macs.keys, mac[a]! * MAC_SIZE),
      ),
    );
    const reach = scope.map(reachOf);
    const all = Uint32Array.from({ length: n }, (_, a) => a);
    return {
      ...{ addresses, pairs, mac, calls, dialogues, services, served, began, answered },
      clients: groupBy(
        clients,
        clients.map((a) => reach[a]!),
      ),
      subnets,
      bySubnet: groupBy(all, subnet),
      scope,
      byScope: groupBy(all, scope),
      byReach: groupBy(all, reach),
      marks: this.marks.marks(n),
      byDialogue: groupBy(this.longer, this.longerDialogue),
    };
  }
}

function hosts(macs: Interner): Uint32Array {
  const found: number[] = [];
  for (let m = 0; m < macs.count; m++) if (!isGroupMac(macs.keys, m * MAC_SIZE)) found.push(m);
  return Uint32Array.from(found);
}
