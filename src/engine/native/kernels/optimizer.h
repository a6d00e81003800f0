// What is done with gradients: sums and Adam; definitions in engine/reference/elementwise.ts.
#pragma once
#include "simd.h"

namespace VARIANT {

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
  const float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2;
  each_vector(count, [&](int i, int n) {
    const vec gi = scale * get(g + i, n);
    const vec mi = fma(set(beta1), get(m + i, n), rest1 * gi);
    const vec vi = fma(set(beta2), get(v + i, n), rest2 * (gi * gi));
    put(m + i, mi, n);
    put(v + i, vi, n);
    put(p + i, get(p + i, n) - rate * mi / fma(sqrt(vi), set(correction), set(epsilon)), n);
  });
}

}  // namespace VARIANT
