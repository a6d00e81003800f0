/**
 * Evidence from paired differences that may be looked at after every pair, and stopped at whenever it is enough.
 *
 * In a pair, which of two fresh processes runs which code is drawn. Where the code makes no difference, the difference of
 * the pair is therefore as likely to have the other sign, whatever the noise of the machine is. So the factor
 *
 *   e = κ + (1 − κ) · 2 / (1 + exp(−2 λ d))
 *
 * has mean 1 for every λ ≥ 0 that was chosen before the pair, and the product over pairs exceeds 1/p with probability p at
 * most, at whatever pair one looks (Ville's inequality; B. Efron, "Student's t-test under symmetry conditions", 1969; J. ter
 * Schure and P. Grünwald, "ALL-IN meta-analysis", 2022). A factor is at most 2 and at least κ: no pair alone decides, neither
 * way. λ = δ/σ², for differences δ that are looked for and noise σ, makes e nearly the likelihood ratio of N(δ, σ²).
 */
import { stream } from '../../random/index.ts';
import { medianOf } from '../distribution.ts';

/** κ, the part of a stake that is kept back, so that what was gathered survives a pair that a neighbour spoilt. */
const KEPT = 0.1;

/** Standard deviation of a difference before any was seen, and the least that is believed. */
const FIRST_NOISE = 0.02;
const LEAST_NOISE = 0.005;

/** A pair: the difference of logarithms of time, candidate minus baseline, and λ, which was known before. */
export interface Pair {
  readonly difference: number;
  readonly bet: number;
}

/**
 * Standard deviation of the difference of two processes with the same code: 1.4826 times the median size of the differences
 * that were seen, and of two of 2%, so that one or two are not taken for the truth.
 */
export function noiseOf(sameCode: readonly number[]): number {
  const first = FIRST_NOISE / 1.4826;
  return Math.max(LEAST_NOISE, 1.4826 * medianOf([...sameCode.map(Math.abs), first, first])!);
}

/** λ for the next pair: of differences of `effect` in noise as of these pairs of the same code. */
export function betFor(effect: number, sameCode: readonly number[]): number {
  return effect / noiseOf(sameCode) ** 2;
}

/**
 * ln of the greatest evidence so far that candidates differ by more than `from` (direction 1), or by less (−1), in
 * logarithms. It falls as `from` rises.
 */
export function evidenceBeyond(pairs: readonly Pair[], from: number, direction: 1 | -1): number {
  let [sum, most] = [0, 0];
  for (const { difference, bet } of pairs) {
    sum += Math.log(factor(bet * direction * (difference - from)));
    most = Math.max(most, sum);
  }
  return most;
}

const factor = (x: number): number => KEPT + ((1 - KEPT) * 2) / (1 + Math.exp(-2 * x));

/** p of no difference, in either direction, at whatever pair one stops: 2 / (E₊ + E₋) by the greatest sum so far. */
export function pOfNone(pairs: readonly Pair[]): number {
  let [above, below, most] = [1, 1, 1];
  for (const { difference, bet } of pairs) {
    above *= factor(bet * difference);
    below *= factor(-bet * difference);
    most = Math.max(most, (above + below) / 2);
  }
  return 1 / most;
}

/** Differences beyond any that is looked for: a factor of e³ = 20. */
const FAR = 3;

/**
 * The differences that evidence of 2/α does not speak against, which hold the true one with probability 1 − α whenever one
 * stops; null at a side where nothing was ruled out.
 */
export function intervalOf(
  pairs: readonly Pair[],
  alpha = 0.05,
): { readonly low: number | null; readonly high: number | null } {
  const needed = Math.log(2 / alpha);
  const edge = (direction: 1 | -1): number | null => {
    if (evidenceBeyond(pairs, -direction * FAR, direction) < needed) return null;
    let [out, within] = [-direction * FAR, direction * FAR];
    for (let i = 0; i < 40; i++) {
      const middle = (out + within) / 2;
      if (evidenceBeyond(pairs, middle, direction) >= needed) out = middle;
      else within = middle;
    }
    return out;
  };
  return { low: edge(1), high: edge(-1) };
}

/** Measurements that are made up to find how many of them show an effect. */
const IMAGINED = 400;

/**
 * Power: the share of measurements of so many pairs, with the noise of these differences of the same code, in which an effect
 * of this size has a p of at most `p`.
 *
 * @param sameCode at least one
 */
export function powerOf(sameCode: readonly number[], effect: number, pairs: number, p: number): number {
  const source = stream(1, 'gate', 'power');
  const bet = betFor(effect, sameCode);
  let shown = 0;
  for (let i = 0; i < IMAGINED; i++) {
    const imagined = Array.from({ length: pairs }, () => {
      const noise = sameCode[source.below(sameCode.length)]!;
      return { bet, difference: effect + (source.chance(0.5) ? noise : -noise) };
    });
    if (pOfNone(imagined) <= p) shown++;
  }
  return shown / IMAGINED;
}
