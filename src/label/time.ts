/** Times in label files: naive local times, each with the resolution that it was written with. */

/** A time that was read; reused for every record. */
export interface Stamp {
  /** Seconds since 1970; a time without zone is taken as UTC, and the clock offset makes up for it. */
  seconds: number;
  /** Seconds between two times that this way of writing can tell apart: 60, 1, or 0 for a fraction. */
  resolution: number;
  /** What had to be assumed to read it; '' for nothing, and not there where the format needs no assumptions. */
  assumed?: string;
}

/** Reads a time into `stamp`. @returns false when the text is none */
export type ParseTime = (text: string, stamp: Stamp) => boolean;

const ISO =
  /^(\d{4})[-/](\d\d?)[-/](\d\d?)[T ](\d\d?):(\d\d)(?::(\d\d)(\.\d*)?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d))?$/;

/** `2010-06-13T23:57:19`, `2011/08/10 09:46:59.607825`, with or without seconds, fraction and zone. */
export const parseIsoTime: ParseTime = (text, stamp) => {
  const match = ISO.exec(text);
  if (match === null) return false;
  const [, year, month, day, hour, minute, second, fraction, , sign, hours, minutes] = match;
  const seconds = calendar(+year!, +month!, +day!, +hour!, +minute!, second === undefined ? 0 : +second);
  const zone = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (+hours! * 3600 + +minutes! * 60);
  stamp.seconds = seconds + (fraction === undefined || fraction === '.' ? 0 : +fraction) - zone;
  stamp.resolution = second === undefined ? 60 : fraction === undefined ? 1 : 0;
  return !Number.isNaN(seconds);
};

/** How a table writes its times, where they do not tell it themselves. */
export type TimeFormat =
  | 'day-first'
  | 'month-first'
  | 'seconds'
  | 'milliseconds'
  | 'microseconds'
  | 'nanoseconds';

/** Units of a second, and from which number on a time since 1970 must be in it: any other would be after the year 5000. */
const UNITS = [
  { name: 'nanoseconds', digits: 9, from: 1e17 },
  { name: 'microseconds', digits: 6, from: 1e14 },
  { name: 'milliseconds', digits: 3, from: 1e11 },
  { name: 'seconds', digits: 0, from: 0 },
] as const;

const NUMBER = /^(\d+)(?:[.,](\d+))?$/;

/**
 * A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size where `format` does
 * not say which, with a point or comma; a date with the day or the month first, where `format` says which or the date is
 * written with points or has but one reading; or what parseIsoTime takes, with a comma, too.
 */
export function timeParser(format?: TimeFormat): ParseTime {
  return (text, stamp) => {
    stamp.assumed = '';
    const match = NUMBER.exec(text);
    if (match === null) {
      const order = dateOrder(text);
      if (order === undefined) return parseIsoTime(text.replace(/(:\d\d),(?=\d)/, '$1.'), stamp);
      if (order !== 'either') return parseDate(text, order === 'same' ? 'day-first' : order, stamp);
      return (format === 'day-first' || format === 'month-first') && parseDate(text, format, stamp);
    }
    const [, integer = '', decimals = ''] = match;
    const { name, digits } = UNITS.find((unit) =>
      isUnit(format) ? unit.name === format : Number(integer) >= unit.from,
    )!;
    // The point is moved in the text: nanoseconds since 1970 have more digits than a number.
    const padded = integer.padStart(digits + 1, '0');
    const point = padded.length - digits;
    stamp.seconds = Number(`${padded.slice(0, point)}.${padded.slice(point)}${decimals}`);
    stamp.resolution = digits === 0 && decimals === '' ? 1 : 0;
    if (digits > 0 && format !== name) stamp.assumed = `times in ${name}, by their size`;
    return true;
  };
}

const isUnit = (format: TimeFormat | undefined): boolean => UNITS.some(({ name }) => name === format);

const DATE =
  /^(\d\d?)([/.-])(\d\d?)\2(\d{4})[T ,]\s*(\d\d?):(\d\d)(?::(\d\d)([.,]\d*)?)?(?: ?([AaPp])\.?[Mm]\.?)?$/;

/** Which comes first in a date such as `13/04/2018 08:00`; undefined where it is none with the year at its end. */
export function dateOrder(text: string): 'day-first' | 'month-first' | 'same' | 'either' | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, first, mark, second] = match;
  if (mark === '.' || +first! > 12) return 'day-first';
  if (+second! > 12) return 'month-first';
  return +first! === +second! ? 'same' : 'either';
}

function parseDate(text: string, order: 'day-first' | 'month-first', stamp: Stamp): boolean {
  const [, first, , other, year, hour, minute, second, fraction, half] = DATE.exec(text)!;
  const [day, month] = order === 'day-first' ? [first, other] : [other, first];
  if (half !== undefined && (+hour! < 1 || +hour! > 12)) return false;
  const hours = half === undefined ? +hour! : (+hour! % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const whole = calendar(+year!, +month!, +day!, hours, +minute!, second === undefined ? 0 : +second);
  const rest = (fraction ?? '').replace(',', '.');
  stamp.seconds = whole + (rest.length > 1 ? +rest : 0);
  stamp.resolution = second === undefined ? 60 : fraction === undefined ? 1 : 0;
  return !Number.isNaN(whole);
}

/** As timeParser, of times that say themselves how they are written. */
export const parseAnyTime: ParseTime = timeParser();

const DAY_FIRST = /^(\d\d?)\/(\d\d?)\/(\d{4}) (\d\d?):(\d\d)(?::(\d\d))?(?: ([AaPp])[Mm])?$/;

/** What parseCicTime assumes, for the account. */
const HALF_DAY = 'an hour before 8 without AM or PM: taken as the afternoon’s';

/** Nobody captured before this hour, so that an earlier one was meant as an afternoon's. */
const FIRST_HOUR = 8;

/**
 * `7/7/2017 3:30`: day, month, year, and a clock of twelve hours that does not say which half of the day it is. The
 * captures of CICIDS2017 run from 9 to 17 h (https://www.unb.ca/cic/datasets/ids-2017.html), so that hours before 8
 * are those of the afternoon.
 */
export const parseCicTime: ParseTime = (text, stamp) => {
  stamp.assumed = '';
  const match = DAY_FIRST.exec(text);
  if (match === null) return parseIsoTime(text, stamp);
  const [, day, month, year, hour, minute, second, half] = match;
  if (half === undefined && +hour! < FIRST_HOUR) stamp.assumed = HALF_DAY;
  const twelve = +hour! % 12;
  const afternoon = half === undefined ? +hour! < FIRST_HOUR : half === 'P' || half === 'p';
  const hours = half === undefined ? +hour! + (afternoon ? 12 : 0) : twelve + (afternoon ? 12 : 0);
  stamp.seconds = calendar(+year!, +month!, +day!, hours, +minute!, second === undefined ? 0 : +second);
  stamp.resolution = second === undefined ? 60 : 1;
  return !Number.isNaN(stamp.seconds);
};

/** Seconds since 1970; NaN when there is no such time. */
function calendar(year: number, month: number, day: number, hour: number, minute: number, second: number) {
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60 || day < 1) return Number.NaN;
  if (day > 28 && day > daysOf(year, month)) return Number.NaN;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

const daysOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** `2010-06-13T23:57:19`; with the fraction where there is one. */
export function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return `${seconds} s since 1970`;
  return new Date(seconds * 1000).toISOString().replace(/(?:\.000)?Z$/, '');
}

/** A clock offset as people write it: `+3:00:00`. */
export function formatOffset(seconds: number): string {
  const whole = Math.abs(seconds);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const fraction = whole % 1 === 0 ? '' : String(Math.round((whole % 1) * 1000) / 1000).slice(1);
  return `${seconds < 0 ? '−' : '+'}${Math.floor(whole / 3600)}:${two((whole % 3600) / 60)}:${two(whole % 60)}${fraction}`;
}
