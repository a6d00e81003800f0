/**
 * Named deterministic streams: every random draw of the project comes from one.
 *
 * A stream is identified by a seed and a path of names, for example
 * `stream(seed, 'anomaly', epoch, session)`. Two streams with different paths are independent, and what a
 * stream yields does not depend on which other streams were asked for, or when. This is what makes results
 * independent of batch size, threads and interruption.
 *
 * The generator is Alea (J. Baagøe, 2010; period about 2^116), as implemented by `seedrandom`: it uses only
 * +, −, × and truncation, so it gives the same numbers on every engine.
 */
import seedrandom from 'seedrandom';

/** One part of a stream's name. Numbers must be finite; they are written in decimal. */
export type StreamName = string | number;

/** A source of random numbers. */
export interface Stream {
  /** A uniform number in [0, 1) with 32 random bits. */
  uniform(): number;
  /** A uniform integer in [0, n), 1 ≤ n ≤ 2^32; the bias is below n / 2^32. */
  below(n: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
}

/**
 * The stream with this seed and name.
 *
 * @throws RangeError when a number in the name is not finite.
 */
export function stream(seed: StreamName, ...path: readonly StreamName[]): Stream {
  let name = part(seed);
  for (const p of path) name += `/${part(p)}`;
  const next = seedrandom.alea(name);
  return { uniform: next, below: belowOf(next), chance: chanceOf(next) };
}

// Made here, because what compiles the program calls a function for every function that it gives a name to.
const belowOf =
  (next: () => number): Stream['below'] =>
  (n) =>
    Math.floor(next() * n);
const chanceOf =
  (next: () => number): Stream['chance'] =>
  (p) =>
    next() < p;

/** A name may hold any character: the separator and the escape itself are escaped, so paths never collide. */
function part(p: StreamName): string {
  if (typeof p === 'number') {
    if (!Number.isFinite(p)) throw new RangeError(`stream name: got ${p}, expected a finite number`);
    return String(p);
  }
  return `"${p.replace(/["\\]/g, '\\$&')}"`;
}

/** Fisher–Yates: a uniform permutation of 0 … n−1. */
export function permutation(n: number, source: Stream): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = source.below(i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

/**
 * The index of a weighted choice: index i with probability weights[i] / Σ weights.
 *
 * @throws RangeError when no weight is positive.
 */
export function choose(weights: readonly number[], source: Stream): number {
  let total = 0;
  for (const w of weights) total += w;
  if (!(total > 0)) throw new RangeError(`choose: the weights add up to ${total}, expected a positive sum`);
  let rest = source.uniform() * total;
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i]!;
    if (rest < 0) return i;
  }
  // Rounding can leave a rest of a few ulps: the last index that can be drawn takes it.
  for (let i = weights.length - 1; i >= 0; i--) if (weights[i]! > 0) return i;
  return 0;
}
