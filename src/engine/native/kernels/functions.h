// Elementary functions on vectors, defined by these exact sequences of operations (reference: functions.ts).
#pragma once
#include "simd.h"

namespace VARIANT {

// tanh(x) = x · P(x²) / Q(x²) for |x| ≤ 9, ±1 beyond; P and Q of degree 4, our minimax fit of the relative error
// on [0, 9] (2.1e-8 before rounding of the coefficients). Error below 5 ulp (measured: 4.6).
INLINE vec tanh_of(vec x) {
  x = max(min(x, set(9.0f)), set(-9.0f));
  vec u = mul(x, x);
  vec p = set(1.335584797273896e-8f);
  p = fma(p, u, set(2.0610214815574974e-5f));
  p = fma(p, u, set(0.0034956695779255854f));
  p = fma(p, u, set(0.13381098606461464f));
  p = fma(p, u, set(1.0f));
  vec q = set(7.777124430501528e-7f);
  q = fma(q, u, set(0.00032857590038833527f));
  q = fma(q, u, set(0.025877305620574891f));
  q = fma(q, u, set(0.46714414355806531f));
  q = fma(q, u, set(1.0f));
  vec y = div(mul(x, p), q);
  return max(min(y, set(1.0f)), set(-1.0f));
}

// σ(x) = ½ + ½ tanh(x / 2): absolute error below 1.6e-7, exactly 0 and 1 far out.
INLINE vec sigmoid_of(vec x) { return fma(set(0.5f), tanh_of(mul(set(0.5f), x)), set(0.5f)); }

// Derivatives from the output: σ' = y (1 − y), tanh' = 1 − y².
INLINE vec d_sigmoid(vec y) { return mul(y, sub(set(1.0f), y)); }
INLINE vec d_tanh(vec y) { return fma(sub(set(0.0f), y), y, set(1.0f)); }

// exp(x) for x ≤ 0 (softmax after its maximum is subtracted); 0 below −87. x = k ln 2 + r, |r| ≤ ln 2 / 2;
// exp(r) = 1 + r + r² P(r), P of degree 4, our minimax fit (3.1e-9). Error below 1 ulp.
INLINE vec exp_of(vec x) {
  vec inside = max(x, set(-87.0f));
  vec shifted = fma(inside, set(1.44269504088896341f), set(12582912.0f));
  vec k = sub(shifted, set(12582912.0f));
  vec r = fma(k, set(-0.693359375f), inside);
  r = fma(k, set(2.12194440e-4f), r);
  vec p = set(0.0013814531381268671f);
  p = fma(p, r, set(0.0083687459408646558f));
  p = fma(p, r, set(0.041668390967417955f));
  p = fma(p, r, set(0.16666520390089738f));
  p = fma(p, r, set(0.4999999343121401f));
  vec y = add(fma(mul(r, r), p, r), set(1.0f));
  return mul(y, power_of_two(shifted));
}

// Σ a[k] · b[k] in the sixteen-lane order: lane l adds the products k ≡ l (mod 16) by FMA in ascending k; then a tree.
INLINE float dot16(const float* a, const float* b, int n) {
  sixteen s = zero16();
  int k = 0;
  for (; k + 16 <= n; k += 16)
    for (int v = 0; v < 16 / W; v++) s.v[v] = fma(load(a + k + v * W), load(b + k + v * W), s.v[v]);
  for (int v = 0; k < n; v++, k += W) {
    int left = n - k < W ? n - k : W;
    s.v[v] = left == W ? fma(load(a + k), load(b + k), s.v[v]) : fma(load_n(a + k, left), load_n(b + k, left), s.v[v]);
  }
  return tree_sum(s);
}

}  // namespace VARIANT
