/** Days of a synthetic network: what a schema cannot say about them. */
import * as messages from './messages.ts';
import { below, type Located } from './pointer.ts';
import type { Recipe } from './schema-data.ts';

/** A day of a recipe. */
export type RecipeDay = NonNullable<Recipe['days']>[number];

const DAY = 86_400;

/** ISCX 2012: capture clock = label clock + 3 h. */
export const DEFAULT_CLOCK_OFFSET = 10_800;

/** Seconds to be added to the labels' clock to get that of the captures. */
export function clockOffsetOf(recipe: Pick<Recipe, 'clockOffset'>): number {
  return recipe.clockOffset ?? DEFAULT_CLOCK_OFFSET;
}

/**
 * Seconds since 1970, in the captures' clock, of the first second of a day: the moment at which that clock shows the
 * recipe's time of day while the labels' clock shows the day's date.
 */
export function startOfDay(
  recipe: Pick<Recipe, 'start' | 'clockOffset'>,
  day: Pick<RecipeDay, 'date'>,
): number {
  const offset = clockOffsetOf(recipe);
  return Date.parse(`${day.date}T00:00:00Z`) / 1000 + offset + secondOfDay(recipe);
}

/** Seconds since midnight, in the labels' clock, at which days begin. */
function secondOfDay(recipe: Pick<Recipe, 'start' | 'clockOffset'>): number {
  const time = Date.parse(recipe.start) / 1000 - clockOffsetOf(recipe);
  return ((time % DAY) + DAY) % DAY;
}

/** Sessions of a day, those of attacks included. */
export function sessionsOfDay(recipe: Pick<Recipe, 'sessions'>, day: Pick<RecipeDay, 'sessions'>): number {
  return day.sessions ?? recipe.sessions;
}

/** Sessions of attacks on a day. */
export function attacksOfDay(day: Pick<RecipeDay, 'attacks'>): number {
  return day.attacks.reduce((sum, { sessions }) => sum + sessions, 0);
}

/** All sessions of a recipe. */
export function sessionsInAll(recipe: Pick<Recipe, 'sessions' | 'days'>): number {
  if (recipe.days === undefined) return recipe.sessions;
  return recipe.days.reduce((sum, day) => sum + sessionsOfDay(recipe, day), 0);
}

/** What is wrong with the days of a recipe that is valid by its schema; pointers are below the recipe. */
export function findDayFaults(recipe: Recipe): readonly Located[] {
  const { days = [], duration } = recipe;
  const faults: Located[] = [];
  if (days.length === 0) {
    if (recipe.clockOffset !== undefined)
      faults.push({ pointer: '/clockOffset', ...messages.offsetWithoutDays });
    return faults;
  }
  const begin = secondOfDay(recipe);
  if (begin + duration > DAY)
    faults.push({ pointer: '/duration', ...messages.beyondMidnight(duration, DAY - begin) });
  days.forEach((day, i) => {
    const at = below('/days', i);
    for (const key of ['name', 'date'] as const) {
      // Files are called after them, also where a file system takes A for a.
      const other = days.findIndex((one) => one[key].toLowerCase() === day[key].toLowerCase());
      if (other < i) faults.push({ pointer: below(at, key), ...messages.repeatedDay(day[key], key, other) });
    }
    const midnight = `${day.date}T00:00:00Z`;
    const start = startOfDay(recipe, day);
    faults.push(...findTimeFaults(below(at, 'date'), day.date, midnight, start, duration));
    const sessions = sessionsOfDay(recipe, day);
    const attacks = attacksOfDay(day);
    if (attacks > sessions)
      faults.push({ pointer: below(at, 'attacks'), ...messages.moreAttacks(attacks, sessions) });
  });
  return faults;
}

/**
 * What is wrong with the moment of the first session. A capture has 32 bits for the seconds, which end in
 * February 2106; an hour is left for the last sessions.
 *
 * @param given the time as it is written
 * @param iso the same in ISO 8601, without fractions of seconds
 * @param start seconds since 1970, in the clock of the capture
 * @param duration seconds in which sessions begin
 */
export function findTimeFaults(
  pointer: string,
  given: string,
  iso: string,
  start: number,
  duration: number,
): readonly Located[] {
  const time = Date.parse(iso);
  // The round trip refuses the 30th of February, of which Date.parse makes a day of March.
  if (Number.isNaN(time) || new Date(time).toISOString() !== iso.replace('Z', '.000Z'))
    return [{ pointer, ...messages.noSuchTime(given) }];
  const end = start + duration + 3600;
  return start < 0 || end >= 2 ** 32 ? [{ pointer, ...messages.outOfTime(given) }] : [];
}
