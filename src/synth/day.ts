/** One capture of a recipe: all of it where there are no days, else one of them. */
import type { StreamName } from '../random/index.ts';
import { attacksOfDay, clockOffsetOf, type RecipeDay, sessionsOfDay, startOfDay } from '../spec/index.ts';
import { type Recipe, startSeconds } from './recipe.ts';

/** What one capture holds. */
export interface DayPlan {
  /** Null where the recipe has no days. */
  readonly day: RecipeDay | null;
  /** What the names of its streams of random numbers end with. */
  readonly path: readonly StreamName[];
  /** Seconds since 1970 of its first second, in the captures' clock. */
  readonly start: number;
  /** The same in the clock that people live by, which is the labels'. */
  readonly localStart: number;
  /** Sessions that no attack belongs to. */
  readonly benign: number;
  readonly attacks: RecipeDay['attacks'];
  /** This capture is the turn-th of `turns`: no two of them have sessions of the same 5-tuple. */
  readonly turn: number;
  readonly turns: number;
}

/** The captures of a recipe that was resolved, in order. */
export function plansOf(recipe: Recipe): readonly DayPlan[] {
  const start = startSeconds(recipe);
  if (recipe.days === undefined) {
    const alone = { day: null, path: [], start, localStart: start, attacks: [], turn: 0, turns: 1 };
    return [{ ...alone, benign: recipe.sessions }];
  }
  return recipe.days.map((day, turn, { length: turns }) => {
    const begin = startOfDay(recipe, day);
    return {
      day,
      path: ['day', day.name],
      start: begin,
      localStart: begin - clockOffsetOf(recipe),
      benign: sessionsOfDay(recipe, day) - attacksOfDay(day),
      attacks: day.attacks,
      turn,
      turns,
    };
  });
}
