/** The recipe of a synthetic network decides every byte of its capture; its fields are described and checked in spec/. */
import type { Recipe } from '../spec/index.ts';

export type { Recipe };

/** A small office for half an hour: some 40 hosts, a capture of a few megabytes. */
export const defaultRecipe: Recipe = {
  seed: 1,
  sessions: 4000,
  workstations: 18,
  internalServers: 8,
  externalServers: 25,
  ipv6: 0.05,
  noise: 0.05,
  novelty: 0.01,
  failures: 0.03,
  start: '2018-03-05T09:00:00Z',
  duration: 1800,
  snapLength: 112,
};

/** Seconds since 1970 of the recipe's start. */
export function startSeconds(recipe: Recipe): number {
  return Date.parse(recipe.start) / 1000;
}
