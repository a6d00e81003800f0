// One vector type per variant, behind the same few names. Everything above this file is written once.
//
// VARIANT_AVX512, VARIANT_AVX2 and VARIANT_NEON use the machine's registers; without any of them the compiler makes what it
// can of four lanes, and fma is the C library's. Every operation is a single correctly rounded IEEE 754 operation per lane,
// so all variants give the same bits; only the number of lanes W differs.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(VARIANT_AVX512) || defined(VARIANT_AVX2)
#include <immintrin.h>
#elif defined(VARIANT_NEON)
#include <arm_neon.h>
#endif

#define INLINE inline __attribute__((always_inline))

namespace VARIANT {

#if defined(VARIANT_AVX512)

constexpr int W = 16;
typedef __m512 vec;
INLINE vec fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec sqrt(vec a) { return _mm512_sqrt_ps(a); }
// a < b ? a : b and a > b ? a : b: like the scalar expression, the second operand where either is NaN.
INLINE vec min(vec a, vec b) { return _mm512_min_ps(a, b); }
INLINE vec max(vec a, vec b) { return _mm512_max_ps(a, b); }
// The first n lanes; the others are 0 and not read, or not written.
INLINE vec load_n(const float* p, int n) { return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
INLINE void store_n(float* p, vec v, int n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v); }

#elif defined(VARIANT_AVX2)

constexpr int W = 8;
typedef __m256 vec;
INLINE vec fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec sqrt(vec a) { return _mm256_sqrt_ps(a); }
INLINE vec min(vec a, vec b) { return _mm256_min_ps(a, b); }
INLINE vec max(vec a, vec b) { return _mm256_max_ps(a, b); }
alignas(32) static const int32_t lane_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
INLINE __m256i mask_of(int n) { return _mm256_loadu_si256((const __m256i*)(lane_mask + 8 - n)); }
INLINE vec load_n(const float* p, int n) { return _mm256_maskload_ps(p, mask_of(n)); }
INLINE void store_n(float* p, vec v, int n) { _mm256_maskstore_ps(p, mask_of(n), v); }

#else

constexpr int W = 4;
#if defined(VARIANT_NEON)
typedef float32x4_t vec;
INLINE vec fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
INLINE vec sqrt(vec a) { return vsqrtq_f32(a); }
INLINE vec min(vec a, vec b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
INLINE vec max(vec a, vec b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
#else
typedef float vec __attribute__((vector_size(16)));
INLINE vec fma(vec a, vec b, vec c) {
  return vec{std::fmaf(a[0], b[0], c[0]), std::fmaf(a[1], b[1], c[1]), std::fmaf(a[2], b[2], c[2]), std::fmaf(a[3], b[3], c[3])};
}
INLINE vec sqrt(vec a) { return vec{std::sqrt(a[0]), std::sqrt(a[1]), std::sqrt(a[2]), std::sqrt(a[3])}; }
INLINE vec min(vec a, vec b) { return a < b ? a : b; }
INLINE vec max(vec a, vec b) { return a > b ? a : b; }
#endif
INLINE vec load_n(const float* p, int n) {
  vec v{};
  std::memcpy(&v, p, sizeof(float) * n);
  return v;
}
INLINE void store_n(float* p, vec v, int n) { std::memcpy(p, &v, sizeof(float) * n); }

#endif

typedef vec anywhere __attribute__((aligned(4), may_alias));
INLINE vec load(const float* p) { return *(const anywhere*)p; }
INLINE void store(float* p, vec v) { *(anywhere*)p = v; }
// x in all lanes: x − 0 is x, of −0 too.
INLINE vec set(float x) { return x - vec{}; }
// 2^k for integral k in [-126, 127], given k + 1.5 × 2^23.
INLINE vec power_of_two(vec shifted) {
  typedef uint32_t bits __attribute__((vector_size(sizeof(vec))));
  return (vec)(((bits)shifted + (127u - 0x4b400000u)) << 23);
}

// The lanes 0..15 of a sixteen-lane sum, added as a tree: i + (i + 8), then + 4, + 2, + 1.
struct sixteen {
  vec v[16 / W];
};
INLINE float tree_sum(const sixteen& s) {
  typedef float four __attribute__((vector_size(16)));
  four q[4];
  std::memcpy(q, s.v, sizeof q);
  const four b = (q[0] + q[2]) + (q[1] + q[3]);
  return (b[0] + b[2]) + (b[1] + b[3]);
}

// Calls f(j, n) for vectors at j of n ≤ W floats that cover `count`.
template <class F>
INLINE void each_vector(int count, F&& f) {
  int j = 0;
  for (; j + W <= count; j += W) f(j, W);
  if (j < count) f(j, count - j);
}
INLINE vec get(const float* p, int n) { return n == W ? load(p) : load_n(p, n); }
INLINE void put(float* p, vec v, int n) { n == W ? store(p, v) : store_n(p, v, n); }
// to += from
INLINE void add_to(float* to, const float* from, int count) {
  each_vector(count, [&](int j, int n) { put(to + j, get(to + j, n) + get(from + j, n), n); });
}

}  // namespace VARIANT
