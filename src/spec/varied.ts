/** What a seed can decide. */
export const VARIED = ['weights', 'order', 'training-morphs', 'test-morphs', 'split', 'data'] as const;
export type Varied = (typeof VARIED)[number];

/** What it decides where the spec says nothing. */
export const VARIED_BY_DEFAULT: readonly Varied[] = ['weights', 'order', 'training-morphs', 'test-morphs'];

/** Whether this is what varies where a spec says nothing. */
export const isDefaultVary = (vary: readonly string[]): boolean =>
  vary.length === VARIED_BY_DEFAULT.length && VARIED_BY_DEFAULT.every((one) => vary.includes(one));
