/**
 * Sign flips: what differences of pairs say when all that is known of them without an effect is that each could as well
 * have the other sign. The test is exact; the interval is all effects that the test does not refuse, so that the two
 * cannot contradict each other.
 */
import { stream } from '../random/index.ts';

/** Up to so many differences all signs are tried: 2¹⁶ sums. */
export const MOST_FLIPPED = 16;
/**
 * Signs that are drawn for more, each with its opposite, the observed ones beside them: p = (1 + extreme) / (1 + draws),
 * which is never too small and never 0 (B. Phipson and G. K. Smyth, "Permutation p-values should never be zero", 2010).
 */
const DRAWS = 65_535;

/** Sums of the same numbers in other signs may differ in their last bits: by less than this share of Σ |x|. */
const ROUNDING = 1e-10;

/**
 * Calls back with the sum and the number of the differences whose sign is flipped: for every set of them but the empty one,
 * which is the observed signs, or for drawn sets and what they leave. With a set there is always what it leaves.
 *
 * @returns how many sets there were, the empty one included
 */
function forEachSet(differences: readonly number[], visit: (sum: number, members: number) => void): number {
  const n = differences.length;
  if (n <= MOST_FLIPPED) {
    // In the order of Gray codes a set differs from the one before in one member.
    let [set, sum, members] = [0, 0, 0];
    for (let code = 1; code < 2 ** n; code++) {
      const bit = 31 - Math.clz32(code & -code);
      const x = differences[bit]!;
      set ^= 1 << bit;
      if (((set >> bit) & 1) === 1) [sum, members] = [sum + x, members + 1];
      else [sum, members] = [sum - x, members - 1];
      visit(sum, members);
    }
    return 2 ** n;
  }
  const source = stream(0, 'sign-flip', n);
  const total = differences.reduce((sum, x) => sum + x, 0);
  visit(total, n);
  for (let draw = 0; draw < DRAWS; draw++) {
    let [sum, members, bits] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      if (i % 32 === 0) bits = source.below(2 ** 32);
      if (((bits >>> (i % 32)) & 1) === 1) [sum, members] = [sum + differences[i]!, members + 1];
    }
    visit(sum, members);
    visit(total - sum, n - members);
  }
  return 2 * (DRAWS + 1);
}

/** Which of the two directions count as far from 0: both, or only what is greater than it. */
export type Sides = 'two-sided' | 'greater';

/**
 * Share of all choices of signs, or of drawn ones, whose sum is at least as far from 0 as that of the differences: of n
 * pairs never below 2 / 2ⁿ (two-sided) or 1 / 2ⁿ.
 *
 * @param differences one a pair, at least one
 * @param sides `greater`: against "no more than 0"
 */
export function signFlip(differences: readonly number[], sides: Sides = 'two-sided'): number {
  const total = differences.reduce((sum, x) => sum + x, 0);
  const slack = ROUNDING * differences.reduce((sum, x) => sum + Math.abs(x), 0);
  let extreme = 1;
  const sets = forEachSet(differences, (flipped) => {
    const sum = total - 2 * flipped;
    const far = sides === 'greater' ? sum >= total - slack : Math.abs(sum) >= Math.abs(total) - slack;
    if (far) extreme++;
  });
  return extreme / sets;
}

/**
 * All means that the two-sided test does not refuse at 1 − level: with m the means of the sets of differences, sorted, from
 * the k-th to the k-th last, k = ⌊(1 − level) · sets / 2⌋ (J. A. Hartigan, 1969, JASA 64:1303; D. Tritchler, 1984, JASA
 * 79:200).
 *
 * @returns null where nothing is refused: of fewer than six pairs at 95%
 */
export function signFlipInterval(
  differences: readonly number[],
  level = 0.95,
): { readonly low: number; readonly high: number } | null {
  const means: number[] = [];
  const sets = forEachSet(differences, (sum, members) => {
    // A drawn set may be empty: it is the observed signs once more, which refuse nothing on either side.
    if (members > 0) means.push(sum / members);
  });
  const k = Math.floor(((1 - level) * sets) / 2 + 1e-9);
  if (k < 1) return null;
  const sorted = Float64Array.from(means).sort();
  return { low: sorted[k - 1]!, high: sorted[sorted.length - k]! };
}
