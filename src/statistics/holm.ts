/** Several hypotheses at once. */

/**
 * Holm's step-down adjustment (S. Holm, 1979, Scand. J. Statist. 6:65): of m hypotheses, the i-th smallest p becomes the
 * greatest (m − j + 1) · pⱼ of j ≤ i, at most 1. Refusing those at or below 5% refuses a true one in no more than 5% of
 * such families, whatever the tests have to do with each other.
 *
 * @param ps in any order, which is that of the result
 */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = new Array<number>(ps.length);
  let before = 0;
  order.forEach((i, rank) => {
    before = Math.max(before, Math.min(1, (ps.length - rank) * ps[i]!));
    adjusted[i] = before;
  });
  return adjusted;
}
