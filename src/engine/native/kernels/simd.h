// One vector type per variant, behind the same few names. Everything above this file is written once.
//
// VARIANT_AVX512, VARIANT_AVX2 and VARIANT_NEON use the machine's registers; without any of them the portable
// form uses plain floats and the C library's fmaf. Every operation is a single correctly rounded IEEE 754
// operation per lane, so all variants give the same bits; only the number of lanes W differs.
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
INLINE vec load(const float* p) { return _mm512_loadu_ps(p); }
INLINE vec load_n(const float* p, int n) { return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
INLINE void store(float* p, vec v) { _mm512_storeu_ps(p, v); }
INLINE void store_n(float* p, vec v, int n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v); }
INLINE vec set(float x) { return _mm512_set1_ps(x); }
INLINE vec add(vec a, vec b) { return _mm512_add_ps(a, b); }
INLINE vec sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
INLINE vec mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
INLINE vec div(vec a, vec b) { return _mm512_div_ps(a, b); }
INLINE vec fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec sqrt(vec a) { return _mm512_sqrt_ps(a); }
// a < b ? a : b and a > b ? a : b: like the scalar expression, the second operand where either is NaN.
INLINE vec min(vec a, vec b) { return _mm512_min_ps(a, b); }
INLINE vec max(vec a, vec b) { return _mm512_max_ps(a, b); }
// 2^k for integral k in [-126, 127], given k + 1.5 × 2^23.
INLINE vec power_of_two(vec shifted) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(
      _mm512_add_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(127 - 0x4b400000)), 23));
}
// The lanes 0..15 of a sixteen-lane sum, added as a tree: i + (i + 8), then + 4, + 2, + 1.
struct sixteen { vec v[1]; };
INLINE float tree_sum(const sixteen& s) {
  __m256 a = _mm256_add_ps(_mm512_castps512_ps256(s.v[0]),
                           _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(s.v[0]), 1)));
  __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  __m128 c = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_shuffle_ps(c, c, 1)));
}

#elif defined(VARIANT_AVX2)

constexpr int W = 8;
typedef __m256 vec;
alignas(32) static const int32_t lane_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
INLINE __m256i mask_of(int n) { return _mm256_loadu_si256((const __m256i*)(lane_mask + 8 - n)); }
INLINE vec load(const float* p) { return _mm256_loadu_ps(p); }
INLINE vec load_n(const float* p, int n) { return _mm256_maskload_ps(p, mask_of(n)); }
INLINE void store(float* p, vec v) { _mm256_storeu_ps(p, v); }
INLINE void store_n(float* p, vec v, int n) { _mm256_maskstore_ps(p, mask_of(n), v); }
INLINE vec set(float x) { return _mm256_set1_ps(x); }
INLINE vec add(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
INLINE vec mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
INLINE vec div(vec a, vec b) { return _mm256_div_ps(a, b); }
INLINE vec fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec sqrt(vec a) { return _mm256_sqrt_ps(a); }
INLINE vec min(vec a, vec b) { return _mm256_min_ps(a, b); }
INLINE vec max(vec a, vec b) { return _mm256_max_ps(a, b); }
INLINE vec power_of_two(vec shifted) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(
      _mm256_add_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(127 - 0x4b400000)), 23));
}
struct sixteen { vec v[2]; };
INLINE float tree_sum(const sixteen& s) {
  __m256 a = _mm256_add_ps(s.v[0], s.v[1]);
  __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  __m128 c = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_shuffle_ps(c, c, 1)));
}

#elif defined(VARIANT_NEON)

constexpr int W = 4;
typedef float32x4_t vec;
INLINE vec load(const float* p) { return vld1q_f32(p); }
INLINE vec load_n(const float* p, int n) {
  float t[4] = {0, 0, 0, 0};
  std::memcpy(t, p, sizeof(float) * n);
  return vld1q_f32(t);
}
INLINE void store(float* p, vec v) { vst1q_f32(p, v); }
INLINE void store_n(float* p, vec v, int n) {
  float t[4];
  vst1q_f32(t, v);
  std::memcpy(p, t, sizeof(float) * n);
}
INLINE vec set(float x) { return vdupq_n_f32(x); }
INLINE vec add(vec a, vec b) { return vaddq_f32(a, b); }
INLINE vec sub(vec a, vec b) { return vsubq_f32(a, b); }
INLINE vec mul(vec a, vec b) { return vmulq_f32(a, b); }
INLINE vec div(vec a, vec b) { return vdivq_f32(a, b); }
INLINE vec fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
INLINE vec sqrt(vec a) { return vsqrtq_f32(a); }
INLINE vec min(vec a, vec b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
INLINE vec max(vec a, vec b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
INLINE vec power_of_two(vec shifted) {
  return vreinterpretq_f32_s32(
      vshlq_n_s32(vaddq_s32(vreinterpretq_s32_f32(shifted), vdupq_n_s32(127 - 0x4b400000)), 23));
}
struct sixteen { vec v[4]; };
INLINE float tree_sum(const sixteen& s) {
  float32x4_t b = vaddq_f32(vaddq_f32(s.v[0], s.v[2]), vaddq_f32(s.v[1], s.v[3]));
  float32x2_t c = vadd_f32(vget_low_f32(b), vget_high_f32(b));
  return vget_lane_f32(c, 0) + vget_lane_f32(c, 1);
}

#else  // portable

constexpr int W = 4;
struct vec { float l[4]; };
#define EACH_LANE for (int i = 0; i < 4; i++)
INLINE vec load(const float* p) { vec v; EACH_LANE v.l[i] = p[i]; return v; }
INLINE vec load_n(const float* p, int n) { vec v; EACH_LANE v.l[i] = i < n ? p[i] : 0.0f; return v; }
INLINE void store(float* p, vec v) { EACH_LANE p[i] = v.l[i]; }
INLINE void store_n(float* p, vec v, int n) { EACH_LANE if (i < n) p[i] = v.l[i]; }
INLINE vec set(float x) { vec v; EACH_LANE v.l[i] = x; return v; }
INLINE vec add(vec a, vec b) { EACH_LANE a.l[i] += b.l[i]; return a; }
INLINE vec sub(vec a, vec b) { EACH_LANE a.l[i] -= b.l[i]; return a; }
INLINE vec mul(vec a, vec b) { EACH_LANE a.l[i] *= b.l[i]; return a; }
INLINE vec div(vec a, vec b) { EACH_LANE a.l[i] /= b.l[i]; return a; }
INLINE vec fma(vec a, vec b, vec c) { EACH_LANE c.l[i] = std::fmaf(a.l[i], b.l[i], c.l[i]); return c; }
INLINE vec sqrt(vec a) { EACH_LANE a.l[i] = std::sqrt(a.l[i]); return a; }
INLINE vec min(vec a, vec b) { EACH_LANE b.l[i] = a.l[i] < b.l[i] ? a.l[i] : b.l[i]; return b; }
INLINE vec max(vec a, vec b) { EACH_LANE b.l[i] = a.l[i] > b.l[i] ? a.l[i] : b.l[i]; return b; }
INLINE vec power_of_two(vec shifted) {
  EACH_LANE {
    uint32_t bits;
    std::memcpy(&bits, &shifted.l[i], 4);
    bits = (bits + 127u - 0x4b400000u) << 23;
    std::memcpy(&shifted.l[i], &bits, 4);
  }
  return shifted;
}
struct sixteen { vec v[4]; };
INLINE float tree_sum(const sixteen& s) {
  float b[4];
  EACH_LANE b[i] = (s.v[0].l[i] + s.v[2].l[i]) + (s.v[1].l[i] + s.v[3].l[i]);
  return (b[0] + b[2]) + (b[1] + b[3]);
}
#undef EACH_LANE

#endif

INLINE sixteen zero16() {
  sixteen s;
  for (int v = 0; v < 16 / W; v++) s.v[v] = set(0.0f);
  return s;
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
  each_vector(count, [&](int j, int n) { put(to + j, add(get(to + j, n), get(from + j, n)), n); });
}

}  // namespace VARIANT
