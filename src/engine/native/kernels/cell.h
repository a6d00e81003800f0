// What a recurrent cell is to the walk of recurrent.h. The equations are those of its file in engine/reference/.
#pragma once
#include "functions.h"
#include "plan.h"
#include "tile.h"

namespace VARIANT {

// Nodes of one level, at most row_block of them, by their rows.
struct Block {
  int H, m;
  bool root;                             // zero was before: products with it are left out
  bool saves;                            // false in inference
  float* spare;                          // [m, K·H]
  const float* early;                    // packed weights of the gates that read h of the parent; null in backward
  const float* late;                     // of the others; transposed in backward
  const float* bias;                     // [H], where the cell has one
  float* d_bias;                         // [H]: grows
  const float* x[row_block];             // [G·H]: the input's part of the gates
  const float* before[row_block];        // [H]: h of the parent; null for roots
  const float* memory_before[row_block]; // [H]: its memory, where the cell has one; null for roots
  float* h[row_block];                   // [H]
  float* saved[row_block];               // [K·H]; a row of `spare` where nothing is saved
  const float* d_memory[row_block];      // [H]: gradient of the memory, from the children; null without
  float* dh[row_block];                  // [H]: backward: the gradient of h, then what is carried to the parent
  float* dx[row_block];                  // [G·H]: gradient of what the node reads: grows

  // to[i] += rows[i]·U for columns of packed weights.
  INLINE void product(const float* const* rows, const float* weights, int columns, float* const* to) const {
    if (!root) rows_product(m, H, rows, weights, columns, to);
  }
  // f(i, j, w): w floats from j of row i.
  template <class F>
  INLINE void each(F&& f) const {
    for (int i = 0; i < m; i++) each_vector(H, [&](int j, int w) { f(i, j, w); });
  }
};

struct Cell {
  CellShape shape;
  int summed;  // saved blocks before this one are added over the children of a node
  int factor;  // the saved block that the late gates' weights are multiplied with
  void (*forward)(const Block&);
  void (*backward)(const Block&);
};

// n floats at p, 0 where there is no row.
INLINE vec get_or_zero(const float* p, int j, int n) { return p ? get(p + j, n) : vec{}; }
// A sum grows.
INLINE void grow(float* p, vec v, int n) { put(p, get(p, n) + v, n); }
INLINE void copy(float* to, const float* from, size_t n) { std::memcpy(to, from, sizeof(float) * n); }

}  // namespace VARIANT
