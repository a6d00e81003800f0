// What a recurrent cell is to the walk of recurrent.h. The equations are those of its file in engine/reference/.
#pragma once
#include "api.h"
#include "functions.h"
#include "tile.h"

namespace VARIANT {

struct Cell;

// A layer on its way through the forest. Weights are packed; transposed in backward.
struct Layer {
  const Tree& tree;
  const Recurrent& p;
  const Cell& cell;
  const float* packed;  // of the gates that read h of the parent
  const float* late;    // of those that read a saved block instead
};

// Nodes first … first + m − 1 of one level, m ≤ row_block, by their rows.
struct Block {
  const Layer& layer;
  const int H, level, first, m;
  float* const spare;              // [m, K·H]
  Prefetch ahead;                  // backward: what this thread will read next
  const float* x[row_block];       // [G·H]: the input's part of the gates
  const float* before[row_block];  // [H]: h of the parent; null on level 0
  float* h[row_block];             // [H]
  float* saved[row_block];         // [K·H]; a row of `spare` in inference
  float* dh[row_block];            // [H]: backward: the gradient of h, then what is carried to the parent

  INLINE Block(const Layer& layer, int level, int from, int to, float* spare);
  // to[i] += rows[i]·U for columns of the packed weights, or of the late ones. Nothing on level 0.
  INLINE void product(const float* const* rows, int k, const float* weights, int columns, float* const* to,
                      Prefetch prefetch = {}) const {
    if (level) rows_product(m, k, rows, weights, columns, to, prefetch);
  }
};

struct Cell {
  CellShape shape;
  // Gates before `plain` read h of the parent, and leave the gradient of their input in their own block of `saved`.
  int plain;
  int factor;  // the saved block that the gates from there on read instead; −1 for h as well
  int shift;   // how many blocks behind their own they leave the gradient of their input
  void (*forward)(const Block&);
  void (*backward)(const Block&);
};

INLINE Block::Block(const Layer& l, int level, int from, int to, float* spare)
    : layer(l), H(l.p.units), level(level), first(from), m(to - from), spare(spare) {
  const Recurrent& p = l.p;
  const size_t G = l.cell.shape.gates, K = l.cell.shape.saved;
  for (int i = 0; i < m; i++) {
    const size_t node = first + i;
    x[i] = p.input + l.tree.input[node] * G * H;
    before[i] = level ? p.hidden + (size_t)l.tree.parent[node] * H : nullptr;
    h[i] = p.hidden + node * H;
    saved[i] = p.saved ? p.saved + node * K * H : spare + i * K * H;
    dh[i] = p.d_hidden ? p.d_hidden + node * H : nullptr;
  }
}

// n floats at p, 0 where there is no row.
INLINE vec get_or_zero(const float* p, int j, int n) { return p ? get(p + j, n) : set(0.0f); }
INLINE void copy(float* to, const float* from, size_t n) { std::memcpy(to, from, sizeof(float) * n); }

}  // namespace VARIANT
