/** Differences of paired runs: how large, how sure. */
import { stream } from '../random/index.ts';

/** The mean of differences, with how far it can be trusted. */
export interface PairedDifference {
  readonly n: number;
  readonly mean: number;
  /** 95% interval of the mean by Student's t; null of fewer than two pairs. */
  readonly low: number | null;
  readonly high: number | null;
  /**
   * Probability of a mean as far from 0 or farther, were each difference as likely to have the other sign (sign-flip test,
   * two-sided): exact up to 16 pairs, so never below 2 / 2ⁿ; of more pairs from drawn signs, see DRAWS.
   */
  readonly p: number;
}

/** 97.5% quantiles of Student's t with 1 … 30 degrees of freedom (any table of the distribution). */
const T = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
] as const;
/** Degrees of freedom beyond, with the quantile that holds from there on, which is a little too large. */
const BEYOND = [
  [31, 2.0423],
  [41, 2.0211],
  [61, 2.0003],
  [121, 1.9799],
] as const;

/** All signs of as many differences are tried: 2¹⁶ sums. */
const MOST_FLIPPED = 16;
/**
 * Signs that are drawn for more, the observed ones beside them: p = (1 + extreme) / (1 + draws), which is never too small (B.
 * Phipson and G. K. Smyth, "Permutation p-values should never be zero", 2010).
 */
const DRAWS = 65_535;

/**
 * The mean difference of pairs.
 *
 * @param differences one a pair, at least one
 * @throws RangeError without any
 */
export function pairedDifference(differences: readonly number[]): PairedDifference {
  const n = differences.length;
  if (n === 0) throw new RangeError('differences: got none, expected at least one');
  const mean = differences.reduce((sum, x) => sum + x, 0) / n;
  const p = signFlip(differences);
  if (n < 2) return { n, mean, low: null, high: null, p };
  const squares = differences.reduce((sum, x) => sum + (x - mean) * (x - mean), 0);
  const half = (quantile(n - 1) * Math.sqrt(squares / (n - 1))) / Math.sqrt(n);
  return { n, mean, low: mean - half, high: mean + half, p };
}

function quantile(freedom: number): number {
  if (freedom <= T.length) return T[freedom - 1]!;
  return BEYOND.findLast(([from]) => freedom >= from)![1];
}

/** Share of all choices of signs, or of drawn ones, whose sum is at least as far from 0. */
function signFlip(differences: readonly number[]): number {
  const n = differences.length;
  const sum = Math.abs(differences.reduce((total, x) => total + x, 0));
  // Sums of the same numbers in other signs may differ in their last bits.
  const scale = differences.reduce((total, x) => total + Math.abs(x), 0);
  const least = sum - 1e-12 * scale;
  let extreme = 0;
  if (n > MOST_FLIPPED) {
    const source = stream(0, 'sign-flip', n);
    for (let draw = 0; draw < DRAWS; draw++) {
      let total = 0;
      for (let i = 0; i < n; i++) total += source.uniform() < 0.5 ? differences[i]! : -differences[i]!;
      if (Math.abs(total) >= least) extreme++;
    }
    return (1 + extreme) / (1 + DRAWS);
  }
  for (let signs = 0; signs < 2 ** n; signs++) {
    let total = 0;
    for (let i = 0; i < n; i++) total += ((signs >> i) & 1) === 0 ? differences[i]! : -differences[i]!;
    if (Math.abs(total) >= least) extreme++;
  }
  return extreme / 2 ** n;
}
