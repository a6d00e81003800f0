/** An independent oracle for f32 arithmetic: exact integers, one rounding to nearest even. */

/** x = mantissa · 2^exponent, exactly. */
function split(x: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const raw = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = raw === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: bits >> 63n ? -magnitude : magnitude, exponent: Math.max(raw, 1) - 1075 };
}

/** a · b + c of finite f32 numbers with a nonzero exact result, rounded once to f32. */
export function exactFma(a: number, b: number, c: number): number {
  const [x, y, z] = [split(a), split(b), split(c)];
  const e = Math.min(x.exponent + y.exponent, z.exponent);
  const sum =
    ((x.mantissa * y.mantissa) << BigInt(x.exponent + y.exponent - e)) +
    (z.mantissa << BigInt(z.exponent - e));
  return roundToFloat(sum, e);
}

/** n · 2^e rounded to f32, ties to even, with denormals and overflow. */
function roundToFloat(n: bigint, e: number): number {
  if (n === 0n) return 0;
  const negative = n < 0n;
  let m = negative ? -n : n;
  const length = m.toString(2).length;
  // The last bit that f32 keeps has weight 2^unit.
  const unit = Math.max(length + e - 24, -149);
  const shift = unit - e;
  if (shift > 0) {
    const rest = m & ((1n << BigInt(shift)) - 1n);
    const half = 1n << BigInt(shift - 1);
    m >>= BigInt(shift);
    if (rest > half || (rest === half && (m & 1n) === 1n)) m += 1n;
  } else {
    m <<= BigInt(-shift);
  }
  // m < 2^25 and unit ≥ −149: both factors and their product are exact in f64.
  const value = Number(m) * 2 ** unit;
  const rounded = value > 3.4028234663852886e38 ? Number.POSITIVE_INFINITY : value;
  return negative ? -rounded : rounded;
}
