// The most f32 FMA that one thread can do: enough independent chains in registers to hide the latency.
#pragma once
#include <chrono>
#include "simd.h"

namespace VARIANT {

inline double peak_gflops() {
  constexpr int chains = 12;
  vec acc[chains];
  for (int i = 0; i < chains; i++) acc[i] = set(0.1f * i);
  const vec a = set(1.0000001f), b = set(1e-9f);
  double best = 0;
  for (int round = 0; round < 5; round++) {
    const int n = W == 4 ? 1000000 : 10000000;
    auto start = std::chrono::steady_clock::now();
    for (int k = 0; k < n; k++)
      for (int i = 0; i < chains; i++) acc[i] = fma(acc[i], a, b);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double rate = 2.0 * W * chains * n / seconds / 1e9;
    best = rate > best ? rate : best;
  }
  // Use the result, so that the loop is not removed.
  vec sum = acc[0];
  for (int i = 1; i < chains; i++) sum += acc[i];
  float lanes[W];
  store(lanes, sum);
  return lanes[0] > 1e30f ? 0 : best;
}

}  // namespace VARIANT
