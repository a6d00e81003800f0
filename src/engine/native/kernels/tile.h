// Matrix products as register tiles over packed panels. C[i][j] continues its chain: C = fma(A[i][k], B[k][j], C) in
// ascending k. Blocking over k stores and reloads C between blocks, which does not change a bit.
//
// Two forms share the panels of B (width NR, zero-padded, k-major):
//   rows:  A row i is contiguous in k (hidden states, gradients); the tile is MR rows × NR columns.
//   outer: A column k is contiguous in i (weight gradients: A[i][k] = x[k][i]); k runs over nodes, by pointer.
#pragma once
#include <algorithm>
#include "simd.h"

namespace VARIANT {

#if defined(VARIANT_AVX512)
constexpr int MR = 8, NV = 3;
#elif defined(VARIANT_AVX2)
constexpr int MR = 6, NV = 2;
#elif defined(VARIANT_NEON)
constexpr int MR = 6, NV = 4;
#else
constexpr int MR = 4, NV = 2;
#endif
constexpr int NR = NV * W;
constexpr int row_block = 24;  // a multiple of every MR; a block of pre-activations stays in the first cache

INLINE int panels_of(int columns) { return (columns + NR - 1) / NR; }
INLINE size_t packed_size(int k, int columns) { return (size_t)panels_of(columns) * NR * k; }

// Packs B [k, columns] (element (k, j) at b[k · row + j · column]) into panels.
inline void pack(const float* b, size_t row, size_t column, int k, int columns, float* out) {
  for (int j0 = 0; j0 < columns; j0 += NR)
    for (int kk = 0; kk < k; kk++)
      for (int j = 0; j < NR; j++) *out++ = j0 + j < columns ? b[kk * row + (j0 + j) * column] : 0.0f;
}

// Loads and stores of one tile row of `columns` ≤ N·W floats.
template <int N>
INLINE void load_row(const float* c, int columns, vec* acc) {
  for (int v = 0; v < N; v++) {
    int left = columns - v * W;
    acc[v] = left >= W ? load(c + v * W) : left > 0 ? load_n(c + v * W, left) : set(0.0f);
  }
}
template <int N>
INLINE void store_row(float* c, int columns, const vec* acc) {
  for (int v = 0; v < N; v++) {
    int left = columns - v * W;
    if (left >= W) store(c + v * W, acc[v]);
    else if (left > 0) store_n(c + v * W, acc[v], left);
  }
}

template <int M, int N>
void rows_tile(int k, const float* const* a, const float* b, float* const* c, int columns) {
  vec acc[M][N];
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) load_row<N>(c[i], columns, acc[i]);
  const float* pa[M];
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) pa[i] = a[i];
  for (int kk = 0; kk < k; kk++, b += NR) {
    vec bv[N];
#pragma GCC unroll 4
    for (int v = 0; v < N; v++) bv[v] = load(b + v * W);
#pragma GCC unroll 8
    for (int i = 0; i < M; i++) {
      vec av = set(pa[i][kk]);
#pragma GCC unroll 4
      for (int v = 0; v < N; v++) acc[i][v] = fma(av, bv[v], acc[i][v]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) store_row<N>(c[i], columns, acc[i]);
}

template <int M, int N>
void outer_tile(int k, const float* const* a, int offset, const float* b, float* c, size_t ldc, int columns) {
  vec acc[M][N];
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) load_row<N>(c + i * ldc, columns, acc[i]);
  for (int kk = 0; kk < k; kk++, b += NR) {
    const float* pa = a[kk] + offset;
    vec bv[N];
#pragma GCC unroll 4
    for (int v = 0; v < N; v++) bv[v] = load(b + v * W);
#pragma GCC unroll 8
    for (int i = 0; i < M; i++) {
      vec av = set(pa[i]);
#pragma GCC unroll 4
      for (int v = 0; v < N; v++) acc[i][v] = fma(av, bv[v], acc[i][v]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) store_row<N>(c + i * ldc, columns, acc[i]);
}

// The tile of m ≤ M rows; full tiles are asked for first.
template <int N, int M = MR>
INLINE void rows_any(int m, int k, const float* const* a, const float* b, float* const* c, int columns) {
  if (m == M) return rows_tile<M, N>(k, a, b, c, columns);
  if constexpr (M > 1) rows_any<N, M - 1>(m, k, a, b, c, columns);
}
template <int N, int M = MR>
INLINE void outer_any(int m, int k, const float* const* a, int offset, const float* b, float* c, size_t ldc, int columns) {
  if (m == M) return outer_tile<M, N>(k, a, offset, b, c, ldc, columns);
  if constexpr (M > 1) outer_any<N, M - 1>(m, k, a, offset, b, c, ldc, columns);
}

// Memory that will be read next: fetched into the second cache a piece at a time, while a product keeps the processor
// busy. All at once would fill the buffers for misses and stall it.
struct Prefetch {
  const char* next = nullptr;
  const char* end = nullptr;
  Prefetch() = default;
  Prefetch(const float* from, const float* to)
      : next(reinterpret_cast<const char*>(from)), end(reinterpret_cast<const char*>(to)) {}
  INLINE void fetch(size_t bytes) {
    const char* stop = next + bytes < end ? next + bytes : end;
    for (; next < stop; next += 64) __builtin_prefetch(next, 0, 2);
  }
};

// C[i][0..columns) += A[i][0..k) · B for m rows given by pointers; B packed.
inline void rows_product(int m, int k, const float* const* a, const float* packed, int columns, float* const* c,
                         Prefetch ahead = {}) {
  const int tiles = panels_of(columns) * ((m + MR - 1) / MR);
  const size_t piece = ahead.next ? (size_t)(ahead.end - ahead.next) / tiles + 64 : 0;
  float* cp[MR];
  for (int j0 = 0; j0 < columns; j0 += NR, packed += (size_t)NR * k) {
    int width = std::min(NR, columns - j0);
    for (int i0 = 0; i0 < m; i0 += MR) {
      int mm = std::min(MR, m - i0);
      if (piece) ahead.fetch(piece);
      for (int i = 0; i < mm; i++) cp[i] = c[i0 + i] + j0;
      if (width > 2 * W) rows_any<NV>(mm, k, a + i0, packed, cp, width);
      else if (NV > 1 && width > W) rows_any<(NV > 1 ? 2 : 1)>(mm, k, a + i0, packed, cp, width);
      else rows_any<1>(mm, k, a + i0, packed, cp, width);
    }
  }
}

// A piece of a weight gradient: C[u][j] += Σ_k a[k][u] · b[k][j] for u < units and from ≤ j < to, `from` a multiple of
// NR. Rows by pointers; k ≤ outer_block rows, packed into `panels` first, so that both they and the rows of `a` stay in
// cache while all tiles pass over them.
constexpr int outer_block = 128;
INLINE size_t outer_scratch(int columns) { return packed_size(outer_block, columns); }
inline void outer_product(int k, int units, const float* const* a, const float* const* b, int from, int to, float* c,
                          size_t ldc, float* panels) {
  const size_t panel_floats = (size_t)outer_block * NR;
  for (int q = 0; q < k; q++) {
    const float* row = b[q] + from;
    float* out = panels + (size_t)q * NR;
    for (int j = from; j < to; j += NR, row += NR, out += panel_floats)
      for (int v = 0; v < NV; v++) {
        int left = to - j - v * W;
        store(out + v * W, left >= W ? load(row + v * W) : left > 0 ? load_n(row + v * W, left) : set(0.0f));
      }
  }
  for (int j = from; j < to; j += NR, panels += panel_floats) {
    const int width = std::min(NR, to - j);
    for (int u = 0; u < units; u += MR) {
      const int m = std::min(MR, units - u);
      float* tile = c + u * ldc + j;
      if (width > 2 * W) outer_any<NV>(m, k, a, u, panels, tile, ldc, width);
      else if (NV > 1 && width > W) outer_any<(NV > 1 ? 2 : 1)>(m, k, a, u, panels, tile, ldc, width);
      else outer_any<1>(m, k, a, u, panels, tile, ldc, width);
    }
  }
}

}  // namespace VARIANT
