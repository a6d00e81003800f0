/**
 * The diurnal rate: how busy the office is at each moment.
 */
import { type StreamName, stream } from '../random/index.ts';
import { type Recipe, startSeconds } from './recipe.ts';

/** Activity by the hour of the day, UTC: two rises, lunch between them, and a night of machines only. */
const hours = [5, 5, 4, 4, 4, 6, 12, 40, 78, 100, 96, 88, 52, 70, 94, 98, 86, 60, 30, 16, 12, 9, 7, 6];

/** Seconds of a slot; the load of each slot also varies by itself. */
const SLOT = 60;

/** Microseconds after the start at which a part of all activity, 0 … 1, has passed. Grows with it. */
export type ArrivalTime = (part: number) => number;

/**
 * @param start seconds since 1970 of the first one, in the clock that people live by
 * @param path of the stream that the loads of the slots are drawn from
 */
export function createArrivalTime(
  recipe: Recipe,
  start = startSeconds(recipe),
  path: readonly StreamName[] = [],
): ArrivalTime {
  const slots = Math.ceil(recipe.duration / SLOT);
  const passed = new Float64Array(slots + 1);
  const loads = stream(recipe.seed, 'synth', 'tide', ...path);
  for (let slot = 0; slot < slots; slot++) {
    const length = Math.min(SLOT, recipe.duration - slot * SLOT);
    const hour = Math.floor((start + slot * SLOT) / 3600) % 24;
    const load = 0.3 + loads.uniform() + (loads.chance(0.1) ? 1.5 : 0);
    passed[slot + 1] = passed[slot]! + length * hours[hour]! * load;
  }
  const total = passed[slots]!;
  return (part) => {
    const wanted = part * total;
    let low = 0;
    let high = slots - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (passed[middle]! <= wanted) low = middle;
      else high = middle - 1;
    }
    const length = Math.min(SLOT, recipe.duration - low * SLOT);
    const within = (wanted - passed[low]!) / (passed[low + 1]! - passed[low]!);
    return Math.floor((low * SLOT + Math.min(1, within) * length) * 1e6);
  };
}
