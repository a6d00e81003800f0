// What a recurrent cell is to the walk of recurrent.h. The equations are those of its file in engine/reference/.
#pragma once
#include "functions.h"
#include "plan.h"
#include "tile.h"

namespace VARIANT {

// Nodes of one level, at most row_block of them, by their rows.
struct Block {
  int H, level, m;
  float* spare;                         // [m, K·H]
  const float* early;                   // packed weights of the gates that read h of the parent; null in backward
  const float* late;                    // of the others; transposed in backward
  const float* bias;                    // [H], where the cell has one
  float* d_bias;                        // [H]: grows
  bool saves;                           // false in inference
  const float* x[row_block];            // [G·H]: the input's part of the gates
  const float* before[row_block];       // [H]: h of the parent; null on level 0
  const float* saved_before[row_block]; // [K·H]: what the parent saved; null on level 0
  float* h[row_block];                  // [H]
  float* saved[row_block];              // [K·H]; a row of `spare` where nothing is saved
  const float* below[row_block];        // [K·H]: sums over the children of what backward left there; null without
  float* dh[row_block];                 // [H]: backward: the gradient of h, then what is carried to the parent
  float* dx[row_block];                 // [G·H]: gradient of what the node reads: grows

  // to[i] += rows[i]·U for columns of packed weights. Nothing on level 0.
  INLINE void product(const float* const* rows, int k, const float* weights, int columns, float* const* to) const {
    if (level) rows_product(m, k, rows, weights, columns, to);
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
INLINE vec get_or_zero(const float* p, int j, int n) { return p ? get(p + j, n) : set(0.0f); }
// A sum grows.
INLINE void grow(float* p, vec v, int n) { put(p, add(get(p, n), v), n); }
INLINE void copy(float* to, const float* from, size_t n) { std::memcpy(to, from, sizeof(float) * n); }

}  // namespace VARIANT
