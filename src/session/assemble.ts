/** Captures to sessions, with an account of everything that was read. */
import { type CaptureReading, type Progress, readCaptures } from '../capture/index.ts';
import type { CaptureAccount } from './account.ts';
import { Assembler } from './assembler.ts';
import { EVIDENCE } from './evidence.ts';
import { findingsOf } from './findings.ts';
import { gatherSessions } from './gather.ts';
import { checkOptions, type SessionOptions } from './options.ts';
import type { SessionTable } from './table.ts';

/** Sessions and the account of how they came about. */
export interface Assembled {
  readonly sessions: SessionTable;
  readonly account: CaptureAccount;
}

/** Also says whether the files are to be hashed. */
export interface AssembleOptions extends SessionOptions {
  readonly hash?: boolean;
}

/**
 * Reads captures as one data set (see readCaptures) and makes sessions of them.
 *
 * A session is one transport protocol between two endpoints, both directions together, from its first packet until
 * it was idle for too long. Its packets are in order of time (order.ts), and its initiator is what they say: see Evidence.
 *
 * @param progress called after every chunk of input
 * @throws FaultError (data) when a file is missing or no capture; (usage) when an option makes no sense
 */
export async function assembleSessions(
  paths: readonly string[],
  options: AssembleOptions,
  progress?: (progress: Progress) => void,
): Promise<Assembled> {
  checkOptions(options);
  const assembler = new Assembler(options);
  const reading = await readCaptures(paths, assembler, {
    hash: options.hash === true,
    tunnels: options.tunnels ?? 'outer',
    ...(progress === undefined ? {} : { progress }),
  });
  return conclude(assembler, reading, options);
}

function conclude(assembler: Assembler, reading: CaptureReading, options: SessionOptions): Assembled {
  let bidirectional = 0;
  let shortSessions = 0;
  let shortPackets = 0;
  let keptPackets = 0;
  let secondSyn = 0;
  let severalNetworks = 0;
  let outOfOrder = 0;
  const initiators = EVIDENCE.map((evidence) => ({ evidence, sessions: 0 }));
  const { sessions } = assembler;
  for (let s = 0; s < sessions.count; s++) {
    const packets = sessions.packetsOf(s);
    if (sessions.isBackwards(s)) outOfOrder++;
    if (packets < options.minPackets) {
      shortSessions++;
      shortPackets += packets;
    } else {
      keptPackets += packets;
      if (sessions.answered(s)) bidirectional++;
      if (sessions.hasSecondSyn(s)) secondSyn++;
      if (sessions.isOfSeveralNetworks(s)) severalNetworks++;
      initiators[EVIDENCE.indexOf(sessions.evidenceOf(s))]!.sessions++;
    }
  }
  const short = `of fewer than ${options.minPackets} packets`;
  const dropped = options.duplicates === 'drop' ? assembler.copies : 0;
  const leftOut = [
    ...reading.leftOut,
    ...counted('protocol TCP is not in sessions.protocols', assembler.unwantedTcp),
    ...counted('protocol UDP is not in sessions.protocols', assembler.unwantedUdp),
    ...counted('copy of a packet within a millisecond (sessions.duplicates)', dropped),
    ...counted(`in a session ${short}`, shortPackets),
  ].sort((a, b) => (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0));
  const left = leftOut.reduce((sum, { packets }) => sum + packets, 0);
  if (keptPackets + left !== reading.packets)
    throw new Error(`${reading.packets} packets read, but ${keptPackets} kept and ${left} left out`);
  const { decoded: _, ...read } = reading;
  const account: CaptureAccount = {
    ...read,
    leftOut,
    keptPackets,
    sessionsLeftOut: shortSessions === 0 ? [] : [{ reason: `session ${short}`, sessions: shortSessions }],
    joinedAcrossFiles: sessions.joinedAcrossFiles,
    joinedAcrossDays: 0,
    initiators: initiators.filter(({ sessions }) => sessions > 0),
    secondSyn,
    severalNetworks,
    outOfOrder: { sessions: outOfOrder, beyondWindow: sessions.beyondWindow },
    copies: assembler.copies,
    bidirectional,
    headerLengths: listHeaderLengths(assembler.headerLengths),
  };
  const found = findingsOf(account, options);
  return {
    sessions: gatherSessions(assembler, options.minPackets),
    account: found.length === 0 ? account : { ...account, warnings: [...account.warnings, ...found] },
  };
}

function counted(reason: string, packets: number): { reason: string; packets: number; first: string }[] {
  return packets === 0 ? [] : [{ reason, packets, first: '' }];
}

function listHeaderLengths(counts: Float64Array): CaptureAccount['headerLengths'] {
  const list: { bytes: number; packets: number }[] = [];
  counts.forEach((packets, bytes) => {
    if (packets > 0) list.push({ bytes, packets });
  });
  return list;
}
