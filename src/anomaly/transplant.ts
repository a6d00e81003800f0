/**
 * Transplants sessions of another network: their hosts become hosts of the network that trains, which talk to each other
 * there, so that only behaviour tells them apart.
 *
 * A session that is moved gets both IP addresses, the link headers (MAC addresses, VLAN) and the TTL of a session of the
 * target, in either direction, and a time of the target. All else stays as captured: ports, the rest of the IP header, the
 * whole transport header, lengths, pauses. Checksums follow; one that was wrong stays wrong by the same amount.
 *
 * An initiator is the same host of the target in all its sessions, and what it calls are hosts that this one calls in
 * training, as many different ones as there are. Hosts that are called at the port of the session go first.
 */
import { addressSize, destinationAddress, sourceAddress, ttlField, Udp } from '../capture/index.ts';
import { stream } from '../random/index.ts';
import { createTable, ROW_COLUMNS, SESSION_COLUMNS, type SessionTable } from '../session/index.ts';
import { repairChecksums } from './checksum.ts';
import { serviceCode } from './contacts.ts';
import { put, replace } from './edit.ts';
import { addressOf, areHosts, isForward } from './place.ts';
import { createSessionBytes, loadSession, longestHeader, type SessionBytes } from './session-bytes.ts';

export interface Transplant {
  /** Why a session cannot be moved; null where it can. */
  refusal(session: number): string | null;
  /**
   * The table with these sessions moved, in their places. They begin as far from the first of them as before, over and over
   * again within the time of the target.
   *
   * @param moved none of which has a refusal; at least one
   * @param from @param to seconds since 1970
   */
  move(moved: Uint32Array, from: number, to: number): SessionTable;
}

/** Two hosts of the target. */
interface Dialogue {
  /** Training sessions of which packets were kept in both directions, by their service; the first of each. */
  readonly byService: Map<number, number>;
  readonly first: number;
}

/** Who calls whom in the target, of one IP version. All in the order of their first session. */
interface Callers {
  /** By the bytes of the caller, then of the called. */
  readonly calls: Map<string, Map<string, Dialogue>>;
  readonly byService: Map<number, Set<string>>;
}

/** @param train sessions of the network that they are to be moved to */
export function createTransplant(sessions: SessionTable, train: Uint32Array): Transplant {
  const most = sessions.firstRow.reduce(
    (n, row, s) => Math.max(n, (sessions.firstRow[s + 1] ?? row) - row),
    1,
  );
  const bytes = createSessionBytes(most, longestHeader(sessions));
  const targets = { 4: callersOf(sessions, train, 4), 6: callersOf(sessions, train, 6) };
  return {
    refusal(session) {
      const { version } = endsOf(sessions, session);
      if (targets[version].calls.size === 0)
        return `no hosts of the network talk over IPv${version} in training`;
      loadSession(sessions, session, bytes);
      return areHosts(bytes) ? null : 'between a host and a group';
    },
    move(moved, from, to) {
      const homes = new Map<string, string>();
      const answers = new Map<string, Map<string, string>>();
      const models = new Map<number, number>();
      for (const session of moved) {
        const { version, initiator, responder, service } = endsOf(sessions, session);
        const { calls, byService } = targets[version];
        let home = homes.get(initiator);
        if (home === undefined) {
          home = pick([...(byService.get(service) ?? calls.keys())], 'initiator', initiator);
          homes.set(initiator, home);
        }
        const called = calls.get(home)!;
        const taken = answers.get(initiator) ?? new Map<string, string>();
        answers.set(initiator, taken);
        let answer = taken.get(responder);
        if (answer === undefined) {
          answer = pick(
            candidates(called, service, new Set(taken.values())),
            'responder',
            initiator,
            responder,
          );
          taken.set(responder, answer);
        }
        const { byService: known, first } = called.get(answer)!;
        models.set(session, known.get(service) ?? first);
      }
      return rewritten(sessions, models, bytes, clockOf(sessions, moved, from, to));
    },
  };
}

const pick = (names: readonly string[], ...of: readonly string[]): string =>
  names[stream(1, 'transplant', ...of).below(names.length)]!;

/** Hosts that are not taken and serve it, else that are not taken, else that serve it, else all. */
function candidates(
  called: ReadonlyMap<string, Dialogue>,
  service: number,
  taken: ReadonlySet<string>,
): readonly string[] {
  const all = [...called.keys()];
  const serves = (name: string): boolean => called.get(name)!.byService.has(service);
  const free = all.filter((name) => !taken.has(name));
  const choices = [free.filter(serves), free, all.filter(serves), all];
  return choices.find((names) => names.length > 0)!;
}

function callersOf(sessions: SessionTable, train: Uint32Array, wanted: 4 | 6): Callers {
  const calls: Callers['calls'] = new Map();
  const services: Callers['byService'] = new Map();
  for (const session of train) {
    const { version, initiator, responder, service } = endsOf(sessions, session);
    if (version !== wanted || initiator === responder || rowOf(sessions, session, false) < 0) continue;
    if (rowOf(sessions, session, true) < 0) continue;
    const called = calls.get(initiator) ?? new Map<string, Dialogue>();
    calls.set(initiator, called);
    const dialogue = called.get(responder) ?? { byService: new Map<number, number>(), first: session };
    called.set(responder, dialogue);
    if (!dialogue.byService.has(service)) dialogue.byService.set(service, session);
    const callers = services.get(service) ?? new Set<string>();
    services.set(service, callers.add(initiator));
  }
  return { calls, byService: services };
}

/** The first kept packet of a session in one direction, −1 without any. */
function rowOf({ firstRow, fromInitiator }: SessionTable, session: number, forward: boolean): number {
  for (let row = firstRow[session]!; row < firstRow[session + 1]!; row++)
    if ((fromInitiator[row] === 1) === forward) return row;
  return -1;
}

/** The addresses of both ends, their bytes one a character, and what is called. */
function endsOf(sessions: SessionTable, session: number) {
  const { header, headerStart, firstRow, network, transport, fromInitiator, protocol } = sessions;
  const row = firstRow[session]!;
  const start = headerStart[row]!;
  const version = header[start + network[row]!]! >> 4 === 6 ? 6 : 4;
  const text = (offset: number): string =>
    String.fromCharCode(...header.subarray(start + offset, start + offset + addressSize(version)));
  const source = text(sourceAddress(version, network[row]!));
  const destination = text(destinationAddress(version, network[row]!));
  const forward = fromInitiator[row] === 1;
  const port = start + transport[row]! + (forward ? Udp.destinationPort : Udp.sourcePort);
  return {
    version,
    initiator: forward ? source : destination,
    responder: forward ? destination : source,
    service: serviceCode(protocol[session]!, (header[port]! << 8) | header[port + 1]!),
  } as const;
}

/** Whole seconds to be added to the time stamps of each session. */
function clockOf(
  { firstRow, seconds }: SessionTable,
  moved: Uint32Array,
  from: number,
  to: number,
): (session: number) => number {
  const start = (session: number): number => seconds[firstRow[session]!]!;
  const first = moved.reduce((least, session) => Math.min(least, start(session)), Number.POSITIVE_INFINITY);
  const span = Math.max(1, Math.floor(to - from));
  return (session) => Math.floor(from) + ((start(session) - first) % span) - start(session);
}

/** A copy in which each of these sessions is between the hosts of its model, a session of the same IP version. */
function rewritten(
  sessions: SessionTable,
  models: ReadonlyMap<number, number>,
  bytes: SessionBytes,
  shift: (session: number) => number,
): SessionTable {
  const { header, headerStart, firstRow, network, fromInitiator } = sessions;
  const rows = sessions.link.length;
  const modelRow = new Int32Array(rows).fill(-1);
  const lengths = Uint32Array.from({ length: rows }, (_, row) => headerStart[row + 1]! - headerStart[row]!);
  for (const [session, model] of models)
    for (let row = firstRow[session]!; row < firstRow[session + 1]!; row++) {
      modelRow[row] = rowOf(sessions, model, fromInitiator[row] === 1);
      lengths[row]! += network[modelRow[row]!]! - network[row]!;
    }
  const table = createTable(
    sessions.count,
    rows,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  for (const name of SESSION_COLUMNS) table[name].set(sessions[name]);
  for (const name of ROW_COLUMNS) table[name].set(sessions[name]);
  table.firstRow.set(firstRow);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    table.headerStart[row] = at;
    if (modelRow[row]! < 0) table.header.set(header.subarray(headerStart[row]!, headerStart[row + 1]!), at);
    at += lengths[row]!;
  }
  table.headerStart[rows] = at;
  for (const session of models.keys()) {
    loadSession(sessions, session, bytes);
    const seconds = shift(session);
    for (let p = 0; p < bytes.packets; p++) asIn(bytes, p, sessions, modelRow[firstRow[session]! + p]!);
    repairChecksums(bytes);
    for (let p = 0; p < bytes.packets; p++)
      writeRow(table, firstRow[session]! + p, bytes, p, sessions, modelRow);
    for (let row = firstRow[session]!; row < firstRow[session + 1]!; row++) table.seconds[row]! += seconds;
  }
  return table;
}

/** Addresses and TTL of packet p become those of a packet in the same direction. */
function asIn(
  bytes: SessionBytes,
  p: number,
  { header, headerStart, network }: SessionTable,
  row: number,
): void {
  const version = bytes.version[p]!;
  const size = addressSize(version);
  const from = headerStart[row]!;
  const source = addressOf(bytes, p, isForward(bytes, p));
  const destination = addressOf(bytes, p, !isForward(bytes, p));
  replace(bytes, p, source, header, from + sourceAddress(version, network[row]!), size);
  replace(bytes, p, destination, header, from + destinationAddress(version, network[row]!), size);
  put(bytes, p, ttlField(version, bytes.network[p]!), header[from + ttlField(version, network[row]!)]!);
}

/** Writes packet p behind the link header of its model. */
function writeRow(
  table: SessionTable,
  row: number,
  bytes: SessionBytes,
  p: number,
  sessions: SessionTable,
  modelRow: Int32Array,
): void {
  const model = modelRow[row]!;
  const begin = sessions.headerStart[model]!;
  const size = sessions.network[model]!;
  const own = bytes.network[p]!;
  const at = table.headerStart[row]!;
  table.header.set(sessions.header.subarray(begin, begin + size), at);
  const packet = p * bytes.stride;
  table.header.set(bytes.bytes.subarray(packet + own, packet + bytes.length[p]!), at + size);
  table.link[row] = sessions.link[model]!;
  table.network[row] = size;
  table.transport[row] = bytes.transport[p]! - own + size;
  table.originalLength[row]! += size - own;
}
