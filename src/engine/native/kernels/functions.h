// Elementary functions on vectors, defined by these exact sequences of operations (reference: functions.ts).
#pragma once
#include "simd.h"

namespace VARIANT {

// The polynomial of these coefficients, that of the highest power first, by Horner's rule with fma.
template <class... C>
INLINE vec polynomial(vec x, float first, C... rest) {
  vec sum = set(first);
  ((sum = fma(sum, x, set(rest))), ...);
  return sum;
}

// tanh(x) = x · P(x²) / Q(x²) for |x| ≤ 9, ±1 beyond; P and Q of degree 4, our minimax fit of the relative error
// on [0, 9] (2.1e-8 before rounding of the coefficients). Error below 5 ulp (measured: 4.6).
INLINE vec tanh_of(vec x) {
  x = max(min(x, set(9.0f)), set(-9.0f));
  const vec u = x * x;
  const vec p = polynomial(u, 1.335584797273896e-8f, 2.0610214815574974e-5f, 0.0034956695779255854f, 0.13381098606461464f, 1.0f);
  const vec q =
      polynomial(u, 7.777124430501528e-7f, 0.00032857590038833527f, 0.025877305620574891f, 0.46714414355806531f, 1.0f);
  return max(min(x * p / q, set(1.0f)), set(-1.0f));
}

// σ(x) = ½ + ½ tanh(x / 2): absolute error below 1.6e-7, exactly 0 and 1 far out.
INLINE vec sigmoid_of(vec x) { return fma(set(0.5f), tanh_of(0.5f * x), set(0.5f)); }

// Derivatives from the output: σ' = y (1 − y), tanh' = 1 − y².
INLINE vec d_sigmoid(vec y) { return y * (1.0f - y); }
INLINE vec d_tanh(vec y) { return fma(0.0f - y, y, set(1.0f)); }

// exp(x) for x ≤ 0 (softmax after its maximum is subtracted); 0 below −87. x = k ln 2 + r, |r| ≤ ln 2 / 2;
// exp(r) = 1 + r + r² P(r), P of degree 4, our minimax fit (3.1e-9). Error below 1 ulp.
INLINE vec exp_of(vec x) {
  const vec inside = max(x, set(-87.0f));
  const vec shifted = fma(inside, set(1.44269504088896341f), set(12582912.0f));
  const vec k = shifted - 12582912.0f;
  const vec r = fma(k, set(2.12194440e-4f), fma(k, set(-0.693359375f), inside));
  const vec p = polynomial(r, 0.0013814531381268671f, 0.0083687459408646558f, 0.041668390967417955f, 0.16666520390089738f,
                           0.4999999343121401f);
  return (fma(r * r, p, r) + 1.0f) * power_of_two(shifted);
}

// Σ a[k] · b[k] in the sixteen-lane order: lane l adds the products k ≡ l (mod 16) by FMA in ascending k; then a tree.
INLINE float dot16(const float* a, const float* b, int n) {
  sixteen s{};
  int k = 0;
  for (; k + 16 <= n; k += 16)
    for (int v = 0; v < 16 / W; v++) s.v[v] = fma(load(a + k + v * W), load(b + k + v * W), s.v[v]);
  for (int v = 0; k < n; v++, k += W) {
    const int w = n - k < W ? n - k : W;
    s.v[v] = fma(get(a + k, w), get(b + k, w), s.v[v]);
  }
  return tree_sum(s);
}

}  // namespace VARIANT
