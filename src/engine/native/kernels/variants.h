// Which variants were built, and which of them this machine can run.
#pragma once
#include <cstring>
#include "api.h"

extern const Kernels kernels_portable;
#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#elif defined(__aarch64__)
extern const Kernels kernels_neon;
#endif

// Best first, ended by null.
inline const char* const* variant_names() {
#if defined(__x86_64__)
  static const char* const names[] = {"avx512", "avx2", "portable", nullptr};
#elif defined(__aarch64__)
  static const char* const names[] = {"neon", "portable", nullptr};
#else
  static const char* const names[] = {"portable", nullptr};
#endif
  return names;
}

// Null when it was not built or this machine lacks the instructions.
inline const Kernels* find_variant(const char* name) {
  if (std::strcmp(name, "portable") == 0) return &kernels_portable;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (std::strcmp(name, "avx2") == 0)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels_avx2 : nullptr;
  if (std::strcmp(name, "avx512") == 0)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
               ? &kernels_avx512
               : nullptr;
#elif defined(__aarch64__)
  if (std::strcmp(name, "neon") == 0) return &kernels_neon;
#endif
  return nullptr;
}
