// The variants that were built and that this machine can run.
#pragma once
#include <vector>
#include "plan.h"

extern const Kernels kernels_portable, kernels_avx2, kernels_avx512, kernels_neon;  // two or three of them are linked

// Best first.
inline std::vector<const Kernels*> available_variants() {
  std::vector<const Kernels*> found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    found.push_back(&kernels_avx512);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&kernels_avx2);
#elif defined(__aarch64__)
  found.push_back(&kernels_neon);
#endif
  found.push_back(&kernels_portable);
  return found;
}
