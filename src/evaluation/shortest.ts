/** Short decimals for numbers of single precision. */

/**
 * The number with the fewest decimal digits that rounds to the same f32, so that JSON shows 0.1 and not
 * 0.10000000149011612; `Math.fround` of it gives the f32 back, bit by bit. NaN and infinities stay as they are.
 */
export function shortest32(x: number): number {
  const single = Math.fround(x);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  // Nine significant digits tell any two f32 apart; NaN arrives here too.
  return Number(single.toPrecision(9));
}
