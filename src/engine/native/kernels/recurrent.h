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
  const float* initial;       // [H], and the memory where the cell has one: the state before the first step; null: zero
  const float* x;             // [R, G·H]
  const uint32_t* inputs;     // [N]: the row of x that a node reads; null: its own
  float* hidden;              // [N, H]
  float* saved;               // [N, K·H], or null in inference
  float* spare;               // [row_block, K·H]
  // Where gradients grow; in backward.
  float* dx;           // [R, G·H]
  uint8_t* touched;    // [R]: rows of dx that are not to be set to 0 first; null: all
  float* d_recurrent;  // [H, G·H]
  float* d_bias;       // [H], where the cell has one
  float* d_initial;    // as `initial`

  int early() const { return cell.shape.early * H; }
  int late() const { return (cell.shape.gates - cell.shape.early) * H; }
  size_t input(size_t node) const { return inputs ? inputs[node] : node; }
  // The memory among what this node saved; null where the cell has none.
  float* memory(size_t node) const {
    return cell.shape.memory < 0 ? nullptr : saved + (node * cell.shape.saved + cell.shape.memory) * H;
  }
  Block block(int level, size_t first, int m) const {
    const size_t G = (size_t)cell.shape.gates * H, K = (size_t)cell.shape.saved * H;
    Block b;
    b.H = H;
    b.m = m;
    b.root = level == 0 && initial == nullptr;
    b.saves = saved != nullptr;
    b.spare = spare;
    b.early = packed;
    b.late = packed + packed_size(H, early());
    b.bias = bias;
    for (int i = 0; i < m; i++) {
      const size_t node = first + i, parent = forest.parent[node];
      b.x[i] = x + input(node) * G;
      b.before[i] = level ? hidden + parent * H : initial;
      b.memory_before[i] = level ? memory(parent) : initial ? initial + H : nullptr;
      b.h[i] = hidden + node * H;
      b.saved[i] = saved ? saved + node * K : spare + i * K;
    }
    return b;
  }
};

// Weights [rows, early + late] as forward reads them, and as backward does, the gates of each kind by themselves.
inline void pack_by_gates(const float* w, int rows, int early, int late, float* forward, float* backward) {
  const int columns = early + late;
  pack(w, columns, 1, rows, early, forward);
  pack(w + early, columns, 1, rows, late, forward + packed_size(rows, early));
  if (backward == nullptr) return;
  pack(w, 1, columns, early, rows, backward);
  pack(w + early, 1, columns, late, rows, backward + packed_size(early, rows));
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
  const float* extra = nullptr;  // [N, H], added to all that; null without

  INLINE void of(const Forest& f, int H, int level, size_t node, bool carried, float* dh) const {
    const uint32_t first = f.first[node], last = f.last[node];
    each_vector(H, [&](int j, int n) {
      vec sum = get_or_zero(dense, node * H + j, n);
      if (pool) {
        for (uint32_t s = first; s < last; s++)
          sum = fma(set(pool->weights[(size_t)s * pool->steps + level]), get(pool->d_out + (size_t)s * H + j, n), sum);
        if (score_weight) sum = fma(set(pool->d_scores[node]), get(score_weight + j, n), sum);
      }
      if (extra) sum += get(extra + node * H + j, n);
      put(dh + j, carried ? sum + get(dh + j, n) : sum, n);
    });
  }
};

// The parents of the nodes of a level meet their children as one, in the row of the first: the sums of what the children
// carry, continued by the product of the sums of their gates' gradients, are carried to the parent. The parent of all roots
// is the initial state.
inline void meet_children(const Layer& layer, int level, const float* carried, float* to, OuterRows& outer) {
  const Forest& f = layer.forest;
  const int H = layer.H, start = f.level_start[level], parents = level ? f.level_start[level - 1] : -1;
  const size_t K = (size_t)layer.cell.shape.saved * H;
  const float* sums[row_block];
  float* above[row_block];
  int m = 0;
  auto multiply = [&] {
    rows_product(m, layer.early(), sums, layer.packed, H, above);
    m = 0;
  };
  for (int parent = parents; parent < start; parent++) {
    const int child = level ? f.child_start[parent] : 0, last = level ? f.child_start[parent + 1] : f.level_start[1];
    if (child == last) continue;
    float *sum = layer.saved + child * K, *dh = to + (size_t)(parent - parents) * H;
    copy(dh, carried + (size_t)(child - start) * H, H);
    for (int c = child + 1; c < last; c++) {
      add_to(sum, layer.saved + c * K, layer.cell.summed * H);
      add_to(dh, carried + (size_t)(c - start) * H, H);
    }
    outer.add(level ? layer.hidden + (size_t)parent * H : layer.initial, sum);
    sums[m] = sum;
    above[m++] = dh;
    if (m == row_block) multiply();
  }
  multiply();
}

inline void recurrent_backward(const Layer& layer, const Outside& outside, float* const carried[2], float* panels) {
  const Forest& f = layer.forest;
  const Cell& cell = layer.cell;
  const int H = layer.H, early = layer.early(), late = layer.late();
  const size_t G = (size_t)cell.shape.gates * H;
  OuterRows outer(H, early, layer.d_recurrent, G, panels), outer_late(H, late, layer.d_recurrent + early, G, panels);
  for (int level = f.levels - 1; level >= 0; level--) {
    const int start = f.level_start[level];
    float* rows = carried[level & 1];
    in_pieces(f.level_start[level + 1] - start, row_block, [&](int from, int m) {
      Block b = layer.block(level, start + from, m);
      b.late = layer.packed + packed_size(early, H);
      b.d_bias = layer.d_bias;
      for (int i = 0; i < m; i++) {
        const size_t node = start + from + i, row = layer.input(node);
        const uint32_t child = f.child_start[node];
        const bool inner = child < f.child_start[node + 1];
        b.d_memory[i] = inner ? layer.memory(child) : nullptr;
        b.dh[i] = rows + (node - start) * H;
        b.dx[i] = layer.dx + row * G;
        outside.of(f, H, level, node, inner, b.dh[i]);
        if (layer.touched && !layer.touched[row]) {
          layer.touched[row] = 1;
          std::memset(b.dx[i], 0, sizeof(float) * G);
        }
      }
      cell.backward(b);
      if (!b.root && late)
        for (int i = 0; i < m; i++) outer_late.add(b.saved[i] + cell.factor * H, b.saved[i] + early);
    });
    if (level || layer.initial) meet_children(layer, level, rows, carried[(level - 1) & 1], outer);
  }
  if (layer.initial) {
    add_to(layer.d_initial, carried[1], H);
    if (cell.shape.memory >= 0) add_to(layer.d_initial + H, layer.memory(0), H);
  }
  outer.flush();
  outer_late.flush();
}

}  // namespace VARIANT
