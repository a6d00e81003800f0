// Matrix products as register tiles over packed panels. C[i][j] continues its chain: C = fma(A[i][k], B[k][j], C) in
// ascending k. Blocking over k stores and reloads C between blocks, which does not change a bit.
//
// B lies in panels of up to NV vectors, k-major, the last padded with zeros; panels are as even as can be, 3 + 2 + 2 vectors
// rather than 3 + 3 + 1. Two forms:
//   rows:  A row i is contiguous in k (hidden states, gradients); the tile is MR rows × a panel.
//   outer: A column k is contiguous in i (weight gradients: A[i][k] = x[k][i]); k runs over nodes, by pointer.
#pragma once
#include <algorithm>
#include "plan.h"
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

// Cuts `count` into as few pieces of at most `most` as there can be, as even as can be: f(from, size) for each. Narrow tiles
// have too few sums under way to keep the processor busy.
template <class F>
INLINE void in_pieces(int count, int most, F&& f) {
  const int pieces = (count + most - 1) / most;
  for (int p = 0, from = 0; p < pieces; p++) {
    const int size = count / pieces + (p < count % pieces ? 1 : 0);
    f(from, size);
    from += size;
  }
}

// Calls f(j, n, full) for each panel: n vectors from column j, of which the last may not be full.
template <class F>
INLINE void each_panel(int columns, F&& f) {
  in_pieces((columns + W - 1) / W, NV, [&](int v, int n) { f(v * W, n, (v + n) * W <= columns); });
}
INLINE size_t packed_size(int k, int columns) { return (size_t)(columns + W - 1) / W * W * k; }

// Packs B [k, columns] (element (k, j) at b[k · row + j · column]) into panels.
inline void pack(const float* b, size_t row, size_t column, int k, int columns, float* out) {
  each_panel(columns, [&](int j0, int n, bool full) {
    const int width = n * W, real = full ? width : columns - j0;
    if (!full) std::memset(out, 0, sizeof(float) * width * k);
    if (column == 1) {
      for (int kk = 0; kk < k; kk++) std::memcpy(out + kk * width, b + kk * row + j0, sizeof(float) * real);
    } else {
      for (int j = 0; j < real; j++)
        for (int kk = 0; kk < k; kk++) out[kk * width + j] = b[kk * row + (j0 + j) * column];
    }
    out += (size_t)width * k;
  });
}

// c[i][j …] += Σ_k a(k, i) · b[k][…] for M rows and N vectors, the last of `tail` floats unless FULL; a(k, i) is a[i][k], or
// a[k][i] if OUTER.
template <bool OUTER, int M, int N, bool FULL>
void tile(int k, const float* const* a, int offset, const float* b, float* const* c, int j, int tail) {
  vec acc[M][N];
  const float* row[M];
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < N; v++) {
      const float* from = c[i] + j + v * W;
      acc[i][v] = FULL || v < N - 1 ? load(from) : load_n(from, tail);
    }
    row[i] = OUTER ? nullptr : a[i];
  }
  for (int kk = 0; kk < k; kk++, b += N * W) {
    const float* column = OUTER ? a[kk] + offset : nullptr;
    vec bv[N];
#pragma GCC unroll 4
    for (int v = 0; v < N; v++) bv[v] = load(b + v * W);
#pragma GCC unroll 8
    for (int i = 0; i < M; i++) {
      const vec av = set(OUTER ? column[i] : row[i][kk]);
#pragma GCC unroll 4
      for (int v = 0; v < N; v++) acc[i][v] = fma(av, bv[v], acc[i][v]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++)
#pragma GCC unroll 4
    for (int v = 0; v < N; v++) {
      float* to = c[i] + j + v * W;
      FULL || v < N - 1 ? store(to, acc[i][v]) : store_n(to, acc[i][v], tail);
    }
}

// The tile of m rows and n vectors; full ones are asked for first.
template <bool OUTER, int M = MR, int N = NV>
INLINE void any_tile(int m, int n, bool full, int k, const float* const* a, int offset, const float* b, float* const* c, int j,
                     int tail) {
  if (n != N) {
    if constexpr (N > 1) any_tile<OUTER, M, N - 1>(m, n, full, k, a, offset, b, c, j, tail);
  } else if (m != M) {
    if constexpr (M > 1) any_tile<OUTER, M - 1, N>(m, n, full, k, a, offset, b, c, j, tail);
  } else if (full) {
    tile<OUTER, M, N, true>(k, a, offset, b, c, j, tail);
  } else {
    tile<OUTER, M, N, false>(k, a, offset, b, c, j, tail);
  }
}

// C[i][0..columns) += A[i][0..k) · B for m rows given by pointers; B packed.
inline void rows_product(int m, int k, const float* const* a, const float* packed, int columns, float* const* c) {
  each_panel(columns, [&](int j, int n, bool full) {
    const int tail = columns - j - (n - 1) * W;
    in_pieces(m, MR, [&](int i, int rows) { any_tile<false>(rows, n, full, k, a + i, 0, packed, c + i, j, tail); });
    packed += (size_t)n * W * k;
  });
}

// The same for contiguous rows: C [rows, columns] += A [rows, k] · B.
inline void matrix_product(int rows, int k, const float* a, const float* packed, int columns, float* c) {
  const float* from[row_block];
  float* to[row_block];
  in_pieces(rows, row_block, [&](int r, int m) {
    for (int i = 0; i < m; i++) {
      from[i] = a + (size_t)(r + i) * k;
      to[i] = c + (size_t)(r + i) * columns;
    }
    rows_product(m, k, from, packed, columns, to);
  });
}

// A gradient of weights: C[u][j] += Σ_k a[k][u] · b[k][j] for u < units and j < columns. Rows are added by pointers, and kept
// until there are enough of them for a block. Those of b are packed first, so that both they and the rows of a stay in
// cache while all tiles pass over them.
struct OuterRows {
  const int units, columns;
  float* const c;
  const size_t ldc;
  float* const panels;
  int count = 0;
  const float* a[outer_block];
  const float* b[outer_block];
  OuterRows(int units, int columns, float* c, size_t ldc, float* panels)
      : units(units), columns(columns), c(c), ldc(ldc), panels(panels) {}
  INLINE void add(const float* row_a, const float* row_b) {
    a[count] = row_a;
    b[count++] = row_b;
    if (count == outer_block) flush();
  }
  void flush() {
    each_panel(columns, [&](int j, int n, bool full) {
      const int tail = columns - j - (n - 1) * W;
      for (int q = 0; q < count; q++)
        for (int v = 0; v < n; v++) {
          const float* from = b[q] + j + v * W;
          store(panels + ((size_t)q * n + v) * W, full || v < n - 1 ? load(from) : load_n(from, tail));
        }
      in_pieces(units, MR, [&](int u, int rows) {
        float* to[MR];
        for (int i = 0; i < rows; i++) to[i] = c + (u + i) * ldc;
        any_tile<true>(rows, n, full, count, a, u, panels, to, j, tail);
      });
    });
    count = 0;
  }
};

}  // namespace VARIANT
