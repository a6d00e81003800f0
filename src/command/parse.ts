/** How the texts of options are read: each kind of value once, with what is said of a wrong one. */
import { FaultError } from '../fault/index.ts';

/** Reads a whole number from `least` to `most`. @throws FaultError */
export function wholeNumber(place: string, least: number, most: number, unit = ''): (text: string) => number {
  const range = most >= 1e9 ? `≥ ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new FaultError({
      place,
      problem: `got ${JSON.stringify(text)}, must be a whole number${unit === '' ? '' : ` of ${unit}`} ${range}`,
    });
  };
}

/** Reads a number above 0. @throws FaultError */
export function positive(place: string, unit: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new FaultError({
      place,
      problem: `got ${JSON.stringify(text)}, must be more than 0 ${unit}`,
      cure: `use 60, for example`,
    });
  };
}

/** Collects the texts of an option that may be repeated. */
export const append = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];
