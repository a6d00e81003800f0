/** What a seed can decide. */
export const VARIED = ['weights', 'order', 'training-morphs', 'test-morphs', 'split', 'data'] as const;
export type Varied = (typeof VARIED)[number];
