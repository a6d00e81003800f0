/** How the texts of options are read: each kind of value once, with what is said of a wrong one. */
import type { ThresholdRule } from '../evaluation/index.ts';
import { FaultError, suggest } from '../fault/index.ts';

const refuse = (place: string, text: string, expected: string, cure?: string): FaultError =>
  new FaultError({
    place,
    problem: `got ${JSON.stringify(text)}, must be ${expected}`,
    ...(cure === undefined ? {} : { cure }),
  });

/** More than anybody asks for: where this is the most, only the least is told. */
const MANY = 1e9;

/** Reads a whole number from `least` to `most`, of `unit`. @throws FaultError */
export function wholeNumber(place: string, least: number, most = MANY, unit = ''): (text: string) => number {
  const range = most === MANY ? `≥ ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw refuse(place, text, `a whole number ${unit}${range}`);
  };
}

/** Reads a number above 0, of `unit`. @throws FaultError */
export function positive(place: string, unit: string, cure: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
    throw refuse(place, text, `more than 0 ${unit}`, cure);
  };
}

const MOST_THREADS = 1024;

/** Reads a number of threads. @throws FaultError */
export const threadCount = wholeNumber('--threads', 1, MOST_THREADS);

/** Reads numbers of threads, with commas between them. @throws FaultError */
export function threadCounts(text: string): readonly number[] {
  const list = text.split(',').map((part) => (/^[0-9]+$/.test(part.trim()) ? Number(part) : 0));
  if (list.every((n) => n >= 1 && n <= MOST_THREADS)) return list;
  throw refuse('--threads', text, `whole numbers from 1 to ${MOST_THREADS}`, 'use 1,2,4, for example');
}

/** Reads a seed; a number below 0 is left to the spec to be refused. @throws FaultError */
export function seedNumber(text: string): number {
  if (/^-?[0-9]+$/.test(text)) return Number(text);
  throw refuse('--seed', text, 'a whole number ≥ 0');
}

/** Reads what a threshold is chosen for: `f1`, or the false positive rate that is allowed. @throws FaultError */
export function thresholdRule(text: string): ThresholdRule {
  if (text === 'f1') return 'f1';
  const rate = text.trim() === '' ? Number.NaN : Number(text);
  if (rate >= 0 && rate < 1) return { falsePositiveRate: rate };
  const expected = '"f1" or a false positive rate from 0 to below 1';
  throw refuse('--threshold', text, expected, 'use 0.01 for 1%');
}

/** Collects the texts of an option that may be repeated. */
export const append = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** Collects numbers above 0. @throws FaultError */
export function positiveNumbers(
  place: string,
): (text: string, before: readonly number[] | undefined) => readonly number[] {
  const read = positive(place, '', 'use 0.01 for one percentage point');
  return (text, before) => [...(before ?? []), read(text)];
}

/** Reads a share above 0 and below 1. @throws FaultError */
export function shareOf(place: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value > 0 && value < 1) return value;
    throw refuse(place, text, 'above 0 and below 1', 'use 0.01 for 1%');
  };
}

/** Reads names with commas between them, each once, in the order in which they are known. @throws FaultError */
export function namesOf<Name extends string>(
  place: string,
  known: readonly Name[],
): (text: string) => readonly Name[] {
  return (text) => {
    const names: readonly string[] = text.split(',');
    const wrong = names.find((name) => !known.includes(name as Name));
    if (wrong === undefined) return known.filter((name) => names.includes(name));
    const near = suggest(wrong, known);
    const cure = near === undefined ? undefined : `did you mean "${near}"?`;
    throw refuse(place, wrong, `of ${known.join(', ')}`, cure);
  };
}
