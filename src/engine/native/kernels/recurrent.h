// Recurrent layers over a chunk's forest of shared prefixes, level by level, forward and backward. The order of every sum is
// that of engine/reference/recurrent.ts: levels descending, nodes ascending.
#pragma once
#include "gru.h"
#include "gru_reset_before.h"
#include "lstm.h"
#include "rnn.h"

namespace VARIANT {

// In the order of engine/reference/cells.ts.
constexpr Cell cells[] = {gru, gru_reset_before, lstm, rnn};
constexpr int cell_count = sizeof cells / sizeof *cells;
inline const CellShape& shape_of(int cell) { return cells[cell].shape; }

// One layer on its way through the forest.
struct Layer {
  const Cell& cell;
  const Forest& forest;
  int H;
  const float* packed;        // recurrent weights, those of the early gates first; transposed in backward
  const float* bias;          // [H], where the cell has one
  const float* x;             // [R, G·H]
  const uint32_t* inputs;     // [N]: the row of x that a node reads; null: its own
  float* hidden;              // [N, H]
  float* saved;               // [N, K·H], or null in inference
  float* spare;               // [row_block, K·H]

  int early() const { return cell.shape.early * H; }
  int late() const { return (cell.shape.gates - cell.shape.early) * H; }
  size_t input(size_t node) const { return inputs ? inputs[node] : node; }
  Block block(int level, size_t first, int m) const {
    const size_t G = (size_t)cell.shape.gates * H, K = (size_t)cell.shape.saved * H;
    Block b;
    b.H = H;
    b.level = level;
    b.m = m;
    b.spare = spare;
    b.early = packed;
    b.late = packed + packed_size(H, early());
    b.bias = bias;
    b.saves = saved != nullptr;
    for (int i = 0; i < b.m; i++) {
      const size_t node = first + i, parent = forest.parent[node];
      b.x[i] = x + input(node) * G;
      b.before[i] = level ? hidden + parent * H : nullptr;
      b.saved_before[i] = level && saved ? saved + parent * K : nullptr;
      b.h[i] = hidden + node * H;
      b.saved[i] = saved ? saved + node * K : spare + i * K;
    }
    return b;
  }
};

// Recurrent weights [H, G·H] as forward reads them, and as backward does.
inline void pack_recurrent(const Cell& cell, int H, const float* w, float* forward, float* backward) {
  const int columns = cell.shape.gates * H, early = cell.shape.early * H, late = columns - early;
  pack(w, columns, 1, H, early, forward);
  pack(w + early, columns, 1, H, late, forward + packed_size(H, early));
  if (backward == nullptr) return;
  pack(w, 1, columns, early, H, backward);
  pack(w + early, 1, columns, late, H, backward + packed_size(early, H));
}

inline void recurrent_forward(const Layer& layer) {
  const Forest& f = layer.forest;
  for (int level = 0; level < f.levels; level++)
    in_pieces(f.level_start[level + 1] - f.level_start[level], row_block, [&](int from, int m) {
      layer.cell.forward(layer.block(level, f.level_start[level] + from, m));
    });
}

// The gradient that reaches the states of a layer from outside the recurrence.
struct Outside {
  const float* dense;         // [N, H] or null
  const EncoderStates* pool;  // attention's, in its factors; null without
  const float* score_weight;  // [H], where scores are a product with the states
  const float* extra = nullptr;  // [N, H], added to all that

  INLINE void of(const Forest& f, int H, int level, size_t node, bool carried, float* dh) const {
    const uint32_t first = f.first[node], last = f.last[node];
    each_vector(H, [&](int j, int n) {
      vec sum = dense ? get(dense + node * H + j, n) : set(0.0f);
      if (pool) {
        for (uint32_t s = first; s < last; s++)
          sum = fma(set(pool->weights[(size_t)s * pool->steps + level]), get(pool->d_out + (size_t)s * H + j, n), sum);
        if (score_weight) sum = fma(set(pool->d_scores[node]), get(score_weight + j, n), sum);
      }
      if (extra) sum = add(sum, get(extra + node * H + j, n));
      put(dh + j, carried ? add(sum, get(dh + j, n)) : sum, n);
    });
  }
};

// Where the gradients of a layer grow.
struct RecurrentGradients {
  float* x;          // [R, G·H]
  uint8_t* touched;  // [R]: rows of x that are not to be set to 0 first; null: all
  float* recurrent;  // [H, G·H]
  float* bias;       // [H], where the cell has one
};

inline void recurrent_backward(const Layer& layer, const Outside& outside, const RecurrentGradients& to,
                               float* const carried[2], float* panels) {
  const Forest& f = layer.forest;
  const Cell& cell = layer.cell;
  const int H = layer.H, early = layer.early(), late = layer.late();
  const size_t G = (size_t)cell.shape.gates * H, K = (size_t)cell.shape.saved * H;
  OuterRows outer(H, early, to.recurrent, G, panels);
  OuterRows outer_late(H, late, to.recurrent + early, G, panels);
  for (int level = f.levels - 1; level >= 0; level--) {
    const int start = f.level_start[level], end = f.level_start[level + 1];
    float* rows = carried[level & 1];
    in_pieces(end - start, row_block, [&](int from, int m) {
      Block b = layer.block(level, start + from, m);
      b.late = layer.packed + packed_size(early, H);
      b.d_bias = to.bias;
      for (int i = 0; i < b.m; i++) {
        const size_t node = start + from + i, row = layer.input(node);
        const uint32_t child = f.child_start[node];
        const bool inner = child < f.child_start[node + 1];
        b.below[i] = inner ? layer.saved + child * K : nullptr;
        b.dh[i] = rows + (node - start) * H;
        b.dx[i] = to.x + row * G;
        outside.of(f, H, level, node, inner, b.dh[i]);
        if (to.touched && !to.touched[row]) {
          to.touched[row] = 1;
          std::memset(b.dx[i], 0, sizeof(float) * G);
        }
      }
      cell.backward(b);
      if (level && late)
        for (int i = 0; i < b.m; i++) outer_late.add(b.saved[i] + cell.factor * H, b.saved[i] + early);
    });
    if (level == 0) break;
    // The parents meet their children as one: in the row of the first.
    const float* sums[row_block];
    float* above[row_block];
    int m = 0;
    const int parents = f.level_start[level - 1];
    for (int parent = parents; parent < start; parent++) {
      const int child = f.child_start[parent], last = f.child_start[parent + 1];
      if (child == last) continue;
      float* sum = layer.saved + child * K;
      float* dh = carried[(level - 1) & 1] + (size_t)(parent - parents) * H;
      copy(dh, rows + (size_t)(child - start) * H, H);
      for (int c = child + 1; c < last; c++) {
        add_to(sum, layer.saved + c * K, cell.summed * H);
        add_to(dh, rows + (size_t)(c - start) * H, H);
      }
      outer.add(layer.hidden + (size_t)parent * H, sum);
      sums[m] = sum;
      above[m++] = dh;
      if (m < row_block && parent + 1 < start) continue;
      rows_product(m, early, sums, layer.packed, H, above);
      m = 0;
    }
    if (m) rows_product(m, early, sums, layer.packed, H, above);
  }
  outer.flush();
  outer_late.flush();
}

}  // namespace VARIANT
