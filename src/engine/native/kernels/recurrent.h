// Recurrent layers over a forest of shared prefixes, level by level, forward and backward.
//
// Forward, per level: rows are cut into blocks that threads take in turn; a block is initialised with its input
// rows, multiplied with the packed recurrent weights while in cache, and turned into states. One barrier a level.
//
// Backward, per level from the last: (rows) a block adds what its children carried, computes gate gradients in place
// and multiplies them with the transposed weights, which is what it carries to its parents; barrier; (columns) the
// gradients of weights and inputs grow by the level's rows, each piece of columns by one thread. Every output
// element belongs to one task a level, and levels are separated by barriers, so each sum has one order:
// levels descending, nodes ascending.
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

// Gates whose weights are packed first: those that read h of the parent.
INLINE int early_gates(const Cell& cell) { return cell.factor < 0 ? cell.shape.gates : cell.plain; }

inline void recurrent_forward(ThreadPool& pool, const Tree& tree, const Recurrent& p) {
  const Cell& cell = cells[p.cell];
  const int H = p.units, columns = cell.shape.gates * H, early = early_gates(cell) * H, rest = columns - early;
  float* packed = pool.shared(0).floats(packed_size(H, early) + packed_size(H, rest));
  float* late = packed + packed_size(H, early);
  pack(p.recurrent, columns, 1, H, early, packed);
  pack(p.recurrent + early, columns, 1, H, rest, late);
  for (int t = 0; t < pool.threads(); t++) pool.scratch(t).floats((size_t)row_block * cell.shape.saved * H);
  auto* next = pool.counters(tree.levels);
  const Layer layer{tree, p, cell, packed, late};
  pool.run([&](int thread) {
    float* spare = pool.scratch(thread).floats(0);
    for (int level = 0; level < tree.levels; level++) {
      int start = tree.level_start[level], end = tree.level_start[level + 1];
      take_blocks(next[level], end - start, row_block, [&](size_t from, size_t to) {
        cell.forward(Block(layer, level, start + from, start + to, spare));
      });
      if (level + 1 < tree.levels) pool.barrier();
    }
  });
}

// dh of a node: what comes from outside the recurrence, then what its children carry.
INLINE void gather_gradient(const Layer& layer, int level, size_t node, float* dh) {
  const Tree& tree = layer.tree;
  const Recurrent& p = layer.p;
  const int H = p.units;
  if (p.steps) {
    const uint32_t first = tree.first[node], last = tree.last[node];
    each_vector(H, [&](int j, int n) {
      vec sum = p.dense ? get(dh + j, n) : set(0.0f);
      for (uint32_t place = first; place < last; place++) {
        const size_t sequence = tree.order[place];
        sum = fma(set(p.weight[sequence * p.steps + level]), get(p.d_out + sequence * H + j, n), sum);
      }
      if (p.d_score) sum = fma(set(p.d_score[node]), get(p.score_weight + j, n), sum);
      put(dh + j, sum, n);
    });
  } else if (!p.dense) {
    std::memset(dh, 0, sizeof(float) * H);
  }
  for (uint32_t child = tree.child_start[node]; child < tree.child_start[node + 1]; child++)
    add_to(dh, p.d_hidden + (size_t)child * H, H);
}

// Columns from … to of the sums over nodes grow by the nodes start … end − 1 of a level: the gradients of the recurrent
// weights, of the input rows and of the recurrent bias. Rows are taken in blocks that stay in cache for all three.
inline void add_to_sums(const Layer& layer, int level, int start, int end, int from, int to, float* panels) {
  const Tree& tree = layer.tree;
  const Recurrent& p = layer.p;
  const Cell& cell = layer.cell;
  const int H = p.units, plain = cell.plain * H;
  const size_t row = (size_t)cell.shape.gates * H;
  const int middle = std::clamp(plain, from, to);  // gates before it are plain
  const float* a[outer_block];
  const float* b[outer_block];
  for (int n0 = start; n0 < end; n0 += outer_block) {
    const int n = std::min(outer_block, end - n0);
    for (int i = 0; i < n; i++) b[i] = p.saved + (size_t)(n0 + i) * cell.shape.saved * H;
    if (level) {
      const bool late = cell.factor >= 0 && from >= plain;  // no range crosses the border
      for (int i = 0; i < n; i++)
        a[i] = late ? b[i] + cell.factor * H : p.hidden + (size_t)tree.parent[n0 + i] * H;
      outer_product(n, H, a, b, from, to, p.d_recurrent, row, panels);
    }
    for (int i = 0; i < n; i++) {
      float* out = p.d_input + tree.input[n0 + i] * row;
      add_to(out + from, b[i] + from, middle - from);
      add_to(out + middle, b[i] + middle + cell.shift * H, to - middle);
    }
    if (cell.shape.bias)
      for (int i = 0; i < n; i++) add_to(p.d_recurrent_bias + middle - plain, b[i] + middle, to - middle);
  }
}

// The columns [0, columns) in about `count` ranges of whole panels, none of which crosses `border`.
struct ColumnRanges {
  int from[64], to[64], count = 0;
  ColumnRanges(int columns, int border, int wanted) {
    wanted = std::min(wanted, 60);
    const int size = std::max(1, (panels_of(columns) + wanted - 1) / wanted) * NR;
    cut(0, border, size);
    cut(border, columns, size);
  }
  void cut(int start, int end, int size) {
    for (int j = start; j < end; j += size) {
      from[count] = j;
      to[count++] = std::min(end, j + size);
    }
  }
};

inline void recurrent_backward(ThreadPool& pool, const Tree& tree, const Recurrent& p) {
  const Cell& cell = cells[p.cell];
  const int H = p.units, columns = cell.shape.gates * H, early = early_gates(cell) * H, rest = columns - early;
  float* packed = pool.shared(0).floats(packed_size(early, H) + packed_size(rest, H));
  float* late = packed + packed_size(early, H);
  pack(p.recurrent, 1, columns, early, H, packed);
  pack(p.recurrent + early, 1, columns, rest, H, late);

  const ColumnRanges ranges(columns, early, pool.threads());
  const size_t spare_floats = std::max((size_t)row_block * H, outer_scratch(columns));
  for (int t = 0; t < pool.threads(); t++) pool.scratch(t).floats(spare_floats);

  auto* next = pool.counters(2 * tree.levels + 1);
  const Layer layer{tree, p, cell, packed, late};
  const size_t input_floats = (size_t)p.input_rows * columns, saved_row = (size_t)cell.shape.saved * H;
  pool.run([&](int thread) {
    float* spare = pool.scratch(thread).floats(0);
    take_blocks(next[2 * tree.levels], input_floats, 16384, [&](size_t from, size_t to) {  // zero the sums
      std::memset(p.d_input + from, 0, sizeof(float) * (to - from));
      if (from > 0) return;
      std::memset(p.d_recurrent, 0, sizeof(float) * (size_t)H * columns);
      if (p.d_recurrent_bias) std::memset(p.d_recurrent_bias, 0, sizeof(float) * H);
    });
    for (int level = tree.levels - 1; level >= 0; level--) {
      int start = tree.level_start[level], end = tree.level_start[level + 1];
      auto next_block = [&] { return start + next[2 * level].fetch_add(1, std::memory_order_relaxed) * row_block; };
      for (int r0 = next_block(); r0 < end;) {
        const int after = next_block();
        Block block(layer, level, r0, std::min(r0 + row_block, end), spare);
        if (after < end)
          block.ahead = Prefetch(p.saved + after * saved_row, p.saved + std::min(after + row_block, end) * saved_row);
        for (int i = 0; i < block.m; i++) gather_gradient(layer, level, r0 + i, block.dh[i]);
        cell.backward(block);
        r0 = after;
      }
      pool.barrier();
      take_blocks(next[2 * level + 1], ranges.count, 1, [&](size_t range, size_t) {
        add_to_sums(layer, level, start, end, ranges.from[range], ranges.to[range], spare);
      });
    }
  });
}

}  // namespace VARIANT
