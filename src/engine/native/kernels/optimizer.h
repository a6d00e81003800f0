// What is done with gradients: sums and Adam; definitions in engine/reference/elementwise.ts.
#pragma once
#include "simd.h"

namespace VARIANT {

inline void add(float* to, const float* from, size_t n) { add_to(to, from, n); }

// Σ x² in double precision: eight lanes, lane l adds the squares i ≡ l (mod 8) in order; lanes added in order.
inline double sum_of_squares(size_t n, const float* x) {
  double lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int l = 0; l < 8; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
  for (int l = 0; i + l < n; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
  double sum = 0;
  for (int l = 0; l < 8; l++) sum += lane[l];
  return sum;
}

// m = β₁ m + (1 − β₁) g, v = β₂ v + (1 − β₂) g², p −= rate m / (√v · correction + ε), with g scaled by the clip.
// Constants: scale, β₁, β₂, ε, rate, correction.
inline void adam(size_t count, float* p, const float* g, float* m, float* v, const float* constants) {
  const auto [scale, beta1, beta2, epsilon, rate, correction] = *(const float(*)[6])constants;
  const vec s = set(scale), b1 = set(beta1), b2 = set(beta2), e = set(epsilon), lr = set(rate), c = set(correction);
  const vec rest1 = set(1.0f - beta1), rest2 = set(1.0f - beta2);
  each_vector(count, [&](int i, int n) {
    vec gi = mul(get(g + i, n), s);
    vec mi = fma(b1, get(m + i, n), mul(rest1, gi));
    vec vi = fma(b2, get(v + i, n), mul(rest2, mul(gi, gi)));
    put(m + i, mi, n);
    put(v + i, vi, n);
    vec step = div(mul(lr, mi), fma(sqrt(vi), c, e));
    put(p + i, sub(get(p + i, n), step), n);
  });
}

}  // namespace VARIANT
