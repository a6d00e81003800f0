/** Shared by the tests of labels: sessions of a few packets, and label files of a few records. */
import { type LabelFile, type LabelFormat, type LabelTable, readLabels } from '../../src/label/index.ts';
import { assembleSessions, type SessionTable } from '../../src/session/index.ts';
import { frame, pcap, put, type TestPacket } from '../capture/build.ts';

export const OPTIONS = {
  protocols: ['tcp', 'udp'],
  idleTimeout: null,
  minPackets: 1,
  maxPackets: 8,
} as const;

/** Noon of the third day of ISCX 2012, seconds since 1970. */
export const NOON = Date.parse('2010-06-13T12:00:00Z') / 1000;

export interface TestTime extends TestPacket {
  /** Seconds after NOON of its packet, and of a second one. */
  readonly at: number;
  readonly until?: number;
}

/** Sessions of one or two packets. */
export async function sessionsOf(folder: string, packets: readonly TestTime[]): Promise<SessionTable> {
  const records = packets.flatMap(({ at, until, ...packet }) => {
    const bytes = frame(packet);
    const moment = (time: number) => ({
      seconds: NOON + Math.floor(time),
      fraction: Math.round((time - Math.floor(time)) * 1e6),
      bytes,
    });
    return until === undefined ? [moment(at)] : [moment(at), moment(until)];
  });
  records.sort((a, b) => a.seconds - b.seconds || a.fraction - b.fraction);
  const path = put(folder, `sessions-${count++}.pcap`, pcap(records));
  return (await assembleSessions([path], OPTIONS)).sessions;
}

let count = 0;

/** A table of labels from CSV text. */
export async function labelsOf(
  folder: string,
  rows: readonly string[],
  header = 'protocol,source,sourcePort,destination,destinationPort,start,end,label',
): Promise<LabelTable> {
  return read(folder, `labels-${count++}.csv`, `${[header, ...rows].join('\n')}\n`, 'table');
}

export function read(
  folder: string,
  name: string,
  text: string | Uint8Array,
  format: LabelFormat,
): Promise<LabelTable> {
  return readLabels([put(folder, name, text)], format);
}

export function readAll(files: readonly LabelFile[], format: LabelFormat): Promise<LabelTable> {
  return readLabels(files, format);
}

/** An ISO time that many seconds after NOON. */
export const after = (seconds: number): string =>
  new Date((NOON + seconds) * 1000)
    .toISOString()
    .replace(/\.000Z$/, '')
    .replace(/Z$/, '');

/** `times what` of a list of counts. */
export const counted = (list: readonly { readonly what: string; readonly times: number }[]): string[] =>
  list.map(({ what, times }) => `${times} ${what}`).sort();
