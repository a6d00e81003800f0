/** From records as texts to a table: everything is checked here, whatever the format of the file. */
import { ExitCode, FaultError } from '../fault/index.ts';
import { Interner } from '../session/index.ts';
import { type LabelAccount, RecordCounts } from './account.ts';
import { ADDRESS_WORDS, parseAddress } from './address.ts';
import { createColumns, type LabelTable, sortLabels } from './table.ts';
import { dateOrder, formatTime, type ParseTime, type Stamp } from './time.ts';

/** The fields of a record. A duration is in the units of its format, in place of `stop`. */
const RECORD_FIELDS = [
  'protocol',
  'source',
  'sourcePort',
  'destination',
  'destinationPort',
  'start',
  'stop',
  'duration',
  'label',
] as const;

/** A record as its file has it; '' where it has nothing. Reused for every record. */
export type RawRecord = Record<(typeof RECORD_FIELDS)[number], string>;

export const createRecord = (): RawRecord =>
  Object.fromEntries(RECORD_FIELDS.map((field) => [field, ''])) as RawRecord;

/** How a format writes what records hold. */
export interface Dialect {
  readonly parseTime: ParseTime;
  /** Whether a record may have no time at all: it holds always. */
  readonly timeless?: boolean;
  /** Seconds of one unit of `duration`. */
  readonly durationUnit?: number;
  /** The name under which a label counts; '' for none. */
  readonly nameOf?: (label: string) => string;
  /** What is odd about a label and yet understood, for the account; '' for nothing. */
  readonly oddity?: (label: string) => string;
}

const PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: 6,
  tcp_ip: 6,
  '6': 6,
  udp: 17,
  udp_ip: 17,
  '17': 17,
};

/** 2¹⁶ − 1 stands for no label. */
const MOST_NAMES = 0xffff;

/** Collects the records of all files. */
export class LabelBuilder {
  readonly tolerated = new RecordCounts();
  /** Columns that nothing is read from. */
  readonly unused: { path: string; columns: readonly string[] }[] = [];
  /** Records so far, of all files. */
  records = 0;
  private readonly files: { path: string; records: number }[] = [];
  private readonly leftOut = new RecordCounts();
  private readonly book = new Interner(ADDRESS_WORDS, Int32Array);
  private readonly names = new Map<string, number>();
  private readonly addresses = new Int32Array(2 * ADDRESS_WORDS);
  private readonly from: Stamp = { seconds: 0, resolution: 0 };
  private readonly to: Stamp = { seconds: 0, resolution: 0 };
  private resolution = 0;
  private count = 0;
  private timeless = 0;
  private columns = createColumns(1 << 12);
  private path = '';
  /** Days (since 1970) that other files are for. */
  private otherDays: ReadonlySet<number> = new Set();

  /** What follows is from this file. */
  open(path: string, otherDays: ReadonlySet<number>): void {
    this.path = path;
    this.otherDays = otherDays;
    this.files.push({ path, records: 0 });
  }

  /** Where the current record stands. */
  readonly place = (): string => `${this.path}: record ${this.files.at(-1)?.records ?? 0}`;

  /** A record that is none, in the eyes of its reader. */
  refuse(reason: string): void {
    this.see();
    this.leftOut.add(reason, this.place);
  }

  add(record: RawRecord, dialect: Dialect): void {
    this.see();
    const reason = this.take(record, dialect);
    if (reason !== undefined) this.leftOut.add(reason, this.place);
  }

  private see(): void {
    this.records++;
    this.files.at(-1)!.records++;
  }

  /** @returns why the record is left out */
  private take(record: RawRecord, dialect: Dialect): string | undefined {
    const { addresses, from, to } = this;
    const protocol = PROTOCOLS[whole(record.protocol).toLowerCase()];
    if (protocol === undefined) {
      if (record.protocol === '') return 'no protocol';
      return `protocol ${shorten(record.protocol)} is neither TCP nor UDP`;
    }
    if (!parseAddress(record.source, addresses, 0)) return noAddress('source', record.source);
    if (!parseAddress(record.destination, addresses, ADDRESS_WORDS))
      return noAddress('destination', record.destination);
    const portA = parsePort(record.sourcePort);
    const portB = parsePort(record.destinationPort);
    if (portA < 0) return noPort('source', record.sourcePort);
    if (portB < 0) return noPort('destination', record.destinationPort);
    const name = dialect.nameOf === undefined ? record.label : dialect.nameOf(record.label);
    if (name === '') return 'no label';
    const problem = this.takeTimes(record, dialect);
    if (problem !== undefined) return problem;
    if (this.otherDays.size > 0 && this.otherDays.has(Math.floor(from.seconds / DAY)))
      return 'begins on the day of another file';

    if (this.count === this.columns.protocol.length) this.columns = grow(this.columns);
    const { columns, count } = this;
    columns.protocol[count] = protocol;
    columns.addressA[count] = this.book.add(addresses, 0);
    columns.addressB[count] = this.book.add(addresses, ADDRESS_WORDS);
    columns.portA[count] = portA;
    columns.portB[count] = portB;
    columns.start[count] = from.seconds;
    columns.end[count] = to.seconds + to.resolution;
    columns.label[count] = this.numberOf(name);
    const odd = dialect.oddity?.(record.label) ?? '';
    if (odd !== '') this.tolerated.add(odd, this.place);
    if (from.assumed !== undefined && from.assumed !== '') this.tolerated.add(from.assumed, this.place);
    this.count++;
    return undefined;
  }

  /** Fills `from` and `to`. */
  private takeTimes(record: RawRecord, dialect: Dialect): string | undefined {
    const { from, to } = this;
    if (record.start === '' && record.stop === '' && dialect.timeless === true) {
      this.timeless++;
      from.seconds = Number.NEGATIVE_INFINITY;
      to.seconds = Number.POSITIVE_INFINITY;
      to.resolution = 0;
      return undefined;
    }
    if (!dialect.parseTime(record.start, from)) return noTime('start', record.start);
    if (record.stop !== '') {
      if (!dialect.parseTime(record.stop, to)) return noTime('end', record.stop);
    } else {
      const decimal = record.duration.replace(/^(\d+),(\d+)$/, '$1.$2');
      // "1,234" is more than a second, or more than a thousand; the start may tell which.
      if (/^[1-9]\d{0,2},\d{3}$/.test(record.duration) && !/^\d+,\d+$/.test(record.start))
        return `the duration ${shorten(record.duration)} may have a decimal comma or not`;
      let duration = decimal === '' ? 0 : Number(decimal);
      if (!Number.isFinite(duration)) {
        if (!/^[+-]?(?:nan|inf(?:inity)?)$/i.test(record.duration))
          return `the duration is no number, such as "${shorten(record.duration)}"`;
        this.tolerated.add('a duration of NaN or Infinity: taken as a moment', this.place);
        duration = 0;
      }
      to.seconds = from.seconds + duration * (dialect.durationUnit ?? 1);
      to.resolution = from.resolution;
    }
    if (to.seconds < from.seconds) {
      this.tolerated.add('ends before it begins: taken as a moment', this.place);
      to.seconds = from.seconds;
    }
    this.resolution = Math.max(this.resolution, from.resolution, to.resolution);
    return undefined;
  }

  private numberOf(name: string): number {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const number = this.names.size;
    if (number === MOST_NAMES)
      throw new FaultError(
        {
          place: this.place(),
          problem: `there are more than ${MOST_NAMES} different labels`,
          cure: 'check which column is the label',
        },
        ExitCode.data,
      );
    this.names.set(name, number);
    return number;
  }

  /** The table of everything that was added. */
  finish(): LabelTable {
    const names = [...this.names.keys()].sort();
    const rank = Uint16Array.from(this.names.keys(), (name) => names.indexOf(name));
    const { columns, count, book } = this;
    for (let i = 0; i < count; i++) columns.label[i] = rank[columns.label[i]!]!;
    const { duplicates, ...sorted } = sortLabels({ ...columns, count, book });
    return {
      ...sorted,
      names,
      resolution: this.resolution,
      account: this.account(names, sorted, duplicates),
    };
  }

  private account(
    names: readonly string[],
    { count, label, start, end }: Pick<LabelTable, 'count' | 'label' | 'start' | 'end'>,
    duplicates: number,
  ): LabelAccount {
    const leftOut = this.leftOut.list();
    const left = leftOut.reduce((sum, { times }) => sum + times, 0);
    if (count + duplicates + left !== this.records)
      throw new Error(`${this.records} records, but ${count} kept, ${duplicates} twice and ${left} left out`);
    const perName = new Array<number>(names.length).fill(0);
    let firstTime = Number.POSITIVE_INFINITY;
    let lastTime = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      perName[label[i]!]!++;
      if (start[i] === Number.NEGATIVE_INFINITY) continue;
      firstTime = Math.min(firstTime, start[i]!);
      lastTime = Math.max(lastTime, end[i]!);
    }
    return {
      files: this.files,
      records: this.records,
      duplicates,
      leftOut,
      tolerated: this.tolerated.list(),
      labels: names.map((name, i) => ({ name, records: perName[i]! })),
      firstTime: firstTime === Number.POSITIVE_INFINITY ? null : firstTime,
      lastTime: lastTime === Number.NEGATIVE_INFINITY ? null : lastTime,
      timeless: this.timeless,
      unused: this.unused,
    };
  }
}

export const DAY = 86_400;

/** `443.0`, as tables come out of programs that know numbers of one kind only, is 443. */
const whole = (text: string): string => text.replace(/^(\d+)[.,]0*$/, '$1');

/** 0 … 65535, decimal, also with `.0`, or as `0x0303`; −1 when it is none. */
export function parsePort(given: string): number {
  const text = whole(given);
  if (!/^(?:\d{1,5}|0x[0-9a-fA-F]{1,4})$/.test(text)) return -1;
  const port = Number(text);
  return port > 0xffff ? -1 : port;
}

const shorten = (text: string): string => (text.length <= 24 ? text : `${text.slice(0, 23)}…`);
const noAddress = (side: string, text: string): string =>
  text === '' ? `the ${side} address is empty` : `the ${side} is no IP address`;
const noPort = (side: string, text: string): string =>
  text === '' ? `the ${side} port is empty` : `the ${side} port is no number from 0 to 65535`;
function noTime(side: string, text: string): string {
  if (text === '') return `the ${side} is empty`;
  if (dateOrder(text) === 'either')
    return `the ${side} has the day first, or the month (say which: "timeFormat")`;
  return `the ${side} is no time that exists`;
}

function grow(columns: ReturnType<typeof createColumns>): ReturnType<typeof createColumns> {
  const grown = createColumns(columns.protocol.length * 2);
  for (const key of Object.keys(grown) as (keyof typeof grown)[]) grown[key].set(columns[key]);
  return grown;
}

/** For messages: from when to when labels hold. */
export function spanOf({ firstTime, lastTime }: LabelAccount): string {
  return firstTime === null || lastTime === null
    ? 'labels without times'
    : `labels from ${formatTime(firstTime)} to ${formatTime(lastTime)}`;
}
