// The variants that were built and that this machine can run.
#pragma once
#include <vector>
#include "plan.h"

// Two or three of them are linked.
namespace portable { extern const Kernels kernels; }
namespace avx2 { extern const Kernels kernels; }
namespace avx512 { extern const Kernels kernels; }
namespace neon { extern const Kernels kernels; }

// Best first.
inline std::vector<const Kernels*> available_variants() {
  std::vector<const Kernels*> found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    found.push_back(&avx512::kernels);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&avx2::kernels);
#elif defined(__aarch64__)
  found.push_back(&neon::kernels);
#endif
  found.push_back(&portable::kernels);
  return found;
}
