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
#include "api.h"
#include "functions.h"
#include "tile.h"

namespace VARIANT {

constexpr int row_block = 24;  // a multiple of every MR; a block of pre-activations stays in the first cache

// Calls f(j, n) for vectors at j of n ≤ W floats that cover `units`.
template <class F>
INLINE void each_vector(int units, F&& f) {
  int j = 0;
  for (; j + W <= units; j += W) f(j, W);
  if (j < units) f(j, units - j);
}
INLINE vec get(const float* p, int n) { return n == W ? load(p) : load_n(p, n); }
INLINE void put(float* p, vec v, int n) { n == W ? store(p, v) : store_n(p, v, n); }

// Pre-activations r z q and x_n → state, for one row: n = tanh(x_n + r q); h' = n + z (h − n). `saved` may be null.
INLINE void gru_state(int H, const float* xn, const float* pre, const float* before, float* saved, float* h) {
  each_vector(H, [&](int j, int n) {
    vec r = sigmoid_of(get(pre + j, n)), z = sigmoid_of(get(pre + H + j, n)), q = get(pre + 2 * H + j, n);
    vec c = tanh_of(fma(r, q, get(xn + j, n)));
    vec hp = before ? get(before + j, n) : set(0.0f);
    if (saved) {
      put(saved + j, r, n);
      put(saved + H + j, z, n);
      put(saved + 2 * H + j, q, n);
      put(saved + 3 * H + j, c, n);
    }
    put(h + j, fma(z, sub(hp, c), c), n);
  });
}

// Derivatives of a gate from its output: σ' = y (1 − y), tanh' = 1 − y².
INLINE vec d_sigmoid(vec y) { return mul(y, sub(set(1.0f), y)); }
INLINE vec d_tanh(vec y) { return fma(sub(set(0.0f), y), y, set(1.0f)); }

struct Forward {
  const Tree& tree;
  const Recurrent& p;
  const float* packed;   // [H, G·H], or its first two gates for gru_reset_before
  const float* packed2;  // the third gate of gru_reset_before

  void block(int level, int r0, int r1, float* spare) const {
    const int H = p.units, K = saved_of(p.cell);
    const float* a[row_block];
    float* g[row_block];
    float* h[row_block];
    const float* x[row_block];
    int m = r1 - r0;
    for (int i = 0; i < m; i++) {
      size_t node = r0 + i;
      x[i] = p.input + (size_t)tree.input[node] * gates_of(p.cell) * H;
      a[i] = level ? p.hidden + (size_t)tree.parent[node] * H : nullptr;
      h[i] = p.hidden + node * H;
      // GRU's products are formed in the small spare buffer: `saved` is then written once, not read back cold.
      g[i] = p.saved && p.cell != Cell::gru ? p.saved + node * K * H : spare + (size_t)i * K * H;
    }
    switch (p.cell) {
      case Cell::gru:
        for (int i = 0; i < m; i++) {
          std::memcpy(g[i], x[i], sizeof(float) * 2 * H);
          std::memcpy(g[i] + 2 * H, p.recurrent_bias, sizeof(float) * H);
        }
        if (level) rows_product(m, H, a, packed, 3 * H, g);
        for (int i = 0; i < m; i++)
          gru_state(H, x[i] + 2 * H, g[i], a[i], p.saved ? p.saved + (size_t)(r0 + i) * K * H : nullptr, h[i]);
        break;
      case Cell::gru_reset_before: {
        // saved: r z n rh, rh = r ⊙ h of the parent
        for (int i = 0; i < m; i++) std::memcpy(g[i], x[i], sizeof(float) * 3 * H);
        if (level) {
          rows_product(m, H, a, packed, 2 * H, g);
          const float* rh[row_block];
          float* gn[row_block];
          for (int i = 0; i < m; i++) {
            each_vector(H, [&](int j, int n) { put(g[i] + 3 * H + j, mul(sigmoid_of(get(g[i] + j, n)), get(a[i] + j, n)), n); });
            rh[i] = g[i] + 3 * H;
            gn[i] = g[i] + 2 * H;
          }
          rows_product(m, H, rh, packed2, H, gn);
        } else {
          for (int i = 0; i < m; i++) std::memset(g[i] + 3 * H, 0, sizeof(float) * H);
        }
        for (int i = 0; i < m; i++)
          each_vector(H, [&](int j, int n) {
            float* gi = g[i] + j;
            vec r = sigmoid_of(get(gi, n)), z = sigmoid_of(get(gi + H, n)), c = tanh_of(get(gi + 2 * H, n));
            vec hp = level ? get(a[i] + j, n) : set(0.0f);
            put(gi, r, n);
            put(gi + H, z, n);
            put(gi + 2 * H, c, n);
            put(h[i] + j, fma(z, sub(hp, c), c), n);
          });
        break;
      }
      case Cell::lstm:
        // saved: i f g o c
        for (int i = 0; i < m; i++) std::memcpy(g[i], x[i], sizeof(float) * 4 * H);
        if (level) rows_product(m, H, a, packed, 4 * H, g);
        for (int i = 0; i < m; i++) {
          const float* before = level ? p.saved + (size_t)tree.parent[r0 + i] * 5 * H + 4 * H : nullptr;
          each_vector(H, [&](int j, int n) {
            float* gi = g[i] + j;
            vec in = sigmoid_of(get(gi, n)), forget = sigmoid_of(get(gi + H, n));
            vec cand = tanh_of(get(gi + 2 * H, n)), out = sigmoid_of(get(gi + 3 * H, n));
            vec c = fma(forget, before ? get(before + j, n) : set(0.0f), mul(in, cand));
            put(gi, in, n);
            put(gi + H, forget, n);
            put(gi + 2 * H, cand, n);
            put(gi + 3 * H, out, n);
            put(gi + 4 * H, c, n);
            put(h[i] + j, mul(out, tanh_of(c)), n);
          });
        }
        break;
      case Cell::rnn:
        for (int i = 0; i < m; i++) std::memcpy(h[i], x[i], sizeof(float) * H);
        if (level) rows_product(m, H, a, packed, H, h);
        for (int i = 0; i < m; i++) each_vector(H, [&](int j, int n) { put(h[i] + j, tanh_of(get(h[i] + j, n)), n); });
        break;
    }
  }
};

inline void recurrent_forward(Pool& pool, const Tree& tree, const Recurrent& p) {
  const int H = p.units, G = gates_of(p.cell);
  const bool split = p.cell == Cell::gru_reset_before;
  const int columns = split ? 2 * H : G * H;
  float* packed = pool.shared(0).floats(packed_size(H, columns) + (split ? packed_size(H, H) : 0));
  float* packed2 = packed + packed_size(H, columns);
  pack(p.recurrent, (size_t)G * H, 1, H, columns, packed);
  if (split) pack(p.recurrent + 2 * H, (size_t)G * H, 1, H, H, packed2);
  for (int t = 0; t < pool.threads(); t++) pool.scratch(t).floats((size_t)row_block * saved_of(p.cell) * H);
  auto* next = pool.counters(tree.levels);
  Forward forward{tree, p, packed, packed2};
  pool.run([&](int thread) {
    float* spare = pool.scratch(thread).floats(0);
    for (int level = 0; level < tree.levels; level++) {
      int start = tree.level_start[level], end = tree.level_start[level + 1];
      for (;;) {
        int r0 = start + next[level].fetch_add(1, std::memory_order_relaxed) * row_block;
        if (r0 >= end) break;
        forward.block(level, r0, std::min(r0 + row_block, end), spare);
      }
      if (level + 1 < tree.levels) pool.barrier();
    }
  });
}

struct Backward {
  const Tree& tree;
  const Recurrent& p;
  const float* packed;   // transposed recurrent weights [G·H, H]; for gru_reset_before the first two gates
  const float* packed2;  // the third gate of gru_reset_before

  // The node's gradient: what comes from outside the recurrence, then what its children carry.
  INLINE void collect(int level, size_t node, float* dh) const {
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
    for (uint32_t child = tree.child_start[node]; child < tree.child_start[node + 1]; child++) {
      const float* carried = p.d_hidden + (size_t)child * H;
      each_vector(H, [&](int j, int n) { put(dh + j, add(get(dh + j, n), get(carried + j, n)), n); });
    }
  }

  // The rows of `saved` of nodes from … to − 1.
  Ahead saved_rows(int from, int to) const {
    const size_t row = (size_t)saved_of(p.cell) * p.units;
    return {reinterpret_cast<const char*>(p.saved + from * row), reinterpret_cast<const char*>(p.saved + to * row)};
  }

  // `ahead`: the rows of `saved` that this thread will read next.
  void block(int level, int r0, int r1, float* spare, Ahead ahead) const {
    const int H = p.units, K = saved_of(p.cell);
    float* g[row_block];
    float* dh[row_block];
    const float* before[row_block];
    int m = r1 - r0;
    for (int i = 0; i < m; i++) {
      size_t node = r0 + i;
      g[i] = p.saved + node * K * H;
      dh[i] = p.d_hidden + node * H;
      before[i] = level ? p.hidden + (size_t)tree.parent[node] * H : nullptr;
      collect(level, node, dh[i]);
    }
    switch (p.cell) {
      case Cell::gru:
        // r z q n → dr dz dq dn; dh → dh ⊙ z, to which the product is added
        for (int i = 0; i < m; i++)
          each_vector(H, [&](int j, int n) {
            float* gi = g[i] + j;
            vec r = get(gi, n), z = get(gi + H, n), q = get(gi + 2 * H, n), c = get(gi + 3 * H, n);
            vec d = get(dh[i] + j, n), hp = before[i] ? get(before[i] + j, n) : set(0.0f);
            vec dn = mul(mul(d, sub(set(1.0f), z)), d_tanh(c));
            vec dz = mul(mul(d, sub(hp, c)), d_sigmoid(z));
            put(gi, mul(mul(dn, q), d_sigmoid(r)), n);
            put(gi + H, dz, n);
            put(gi + 2 * H, mul(dn, r), n);
            put(gi + 3 * H, dn, n);
            put(dh[i] + j, mul(d, z), n);
          });
        if (level) rows_product(m, 3 * H, g, packed, H, dh, ahead);
        break;
      case Cell::gru_reset_before: {
        // r z n rh → dr dz dn rh
        float* drh[row_block];
        const float* dn_rows[row_block];
        for (int i = 0; i < m; i++) {
          drh[i] = spare + (size_t)i * H;
          dn_rows[i] = g[i] + 2 * H;
          each_vector(H, [&](int j, int n) {
            float* gi = g[i] + j;
            vec z = get(gi + H, n), c = get(gi + 2 * H, n), d = get(dh[i] + j, n);
            vec hp = before[i] ? get(before[i] + j, n) : set(0.0f);
            put(gi + H, mul(mul(d, sub(hp, c)), d_sigmoid(z)), n);
            put(gi + 2 * H, mul(mul(d, sub(set(1.0f), z)), d_tanh(c)), n);
            put(dh[i] + j, mul(d, z), n);
            put(drh[i] + j, set(0.0f), n);
          });
        }
        if (level) rows_product(m, H, dn_rows, packed2, H, drh);
        for (int i = 0; i < m; i++)
          each_vector(H, [&](int j, int n) {
            float* gi = g[i] + j;
            vec r = get(gi, n), e = get(drh[i] + j, n);
            vec hp = before[i] ? get(before[i] + j, n) : set(0.0f);
            put(gi, mul(mul(e, hp), d_sigmoid(r)), n);
            put(dh[i] + j, fma(e, r, get(dh[i] + j, n)), n);
          });
        if (level) rows_product(m, 2 * H, g, packed, H, dh, ahead);
        break;
      }
      case Cell::lstm:
        // i f g o c → di df dg do (dc ⊙ f)
        for (int i = 0; i < m; i++) {
          size_t node = r0 + i;
          const float* c_before = level ? p.saved + (size_t)tree.parent[node] * 5 * H + 4 * H : nullptr;
          each_vector(H, [&](int j, int n) {
            float* gi = g[i] + j;
            vec in = get(gi, n), forget = get(gi + H, n), cand = get(gi + 2 * H, n), out = get(gi + 3 * H, n);
            vec tc = tanh_of(get(gi + 4 * H, n)), d = get(dh[i] + j, n);
            vec dc = mul(mul(d, out), d_tanh(tc));
            for (uint32_t child = tree.child_start[node]; child < tree.child_start[node + 1]; child++)
              dc = add(dc, get(p.saved + (size_t)child * 5 * H + 4 * H + j, n));
            put(gi, mul(mul(dc, cand), d_sigmoid(in)), n);
            put(gi + H, mul(mul(dc, c_before ? get(c_before + j, n) : set(0.0f)), d_sigmoid(forget)), n);
            put(gi + 2 * H, mul(mul(dc, in), d_tanh(cand)), n);
            put(gi + 3 * H, mul(mul(d, tc), d_sigmoid(out)), n);
            put(gi + 4 * H, mul(dc, forget), n);
            put(dh[i] + j, set(0.0f), n);
          });
        }
        if (level) rows_product(m, 4 * H, g, packed, H, dh, ahead);
        break;
      case Cell::rnn:
        for (int i = 0; i < m; i++) {
          const float* h = p.hidden + (size_t)(r0 + i) * H;
          each_vector(H, [&](int j, int n) {
            put(g[i] + j, mul(get(dh[i] + j, n), d_tanh(get(h + j, n))), n);
            put(dh[i] + j, set(0.0f), n);
          });
        }
        if (level) rows_product(m, H, g, packed, H, dh, ahead);
        break;
    }
  }

  // Columns from … to of all sums over nodes grow by the rows of one level: the recurrent weights' gradient, the
  // input's, and the recurrent bias's. Rows are taken in blocks that stay in cache for all three.
  void grow(int level, int start, int end, int from, int to, float* panels) const {
    const int H = p.units, K = saved_of(p.cell), G = gates_of(p.cell);
    const float* a[outer_block];
    const float* b[outer_block];
    for (int n0 = start; n0 < end; n0 += outer_block) {
      const int n = std::min(outer_block, end - n0);
      for (int i = 0; i < n; i++) b[i] = p.saved + (size_t)(n0 + i) * K * H;
      if (level) {
        // The third gate of gru_reset_before reads r ⊙ h, saved in the fourth column block; pieces end at its border.
        const bool reset = p.cell == Cell::gru_reset_before && from >= 2 * H;
        for (int i = 0; i < n; i++)
          a[i] = reset ? b[i] + 3 * H : p.hidden + (size_t)tree.parent[n0 + i] * H;
        outer_product(n, H, a, b, from, to, p.d_recurrent, (size_t)G * H, panels);
      }
      if (p.cell != Cell::gru) {
        add_inputs(n0, n, b, from, to, 0);
        continue;
      }
      // GRU keeps dq in the third column block and dn, which belongs to the input, in the fourth.
      if (from < 2 * H) add_inputs(n0, n, b, from, std::min(to, 2 * H), 0);
      if (to > 2 * H) {
        const int j0 = std::max(from, 2 * H);
        add_inputs(n0, n, b, j0, to, H);
        float* bias = p.d_recurrent_bias + j0 - 2 * H;
        for (int i = 0; i < n; i++)
          each_vector(to - j0, [&](int j, int w) { put(bias + j, add(get(bias + j, w), get(b[i] + j0 + j, w)), w); });
      }
    }
  }

  INLINE void add_inputs(int n0, int n, const float* const* b, int from, int to, int shift) const {
    const size_t row = (size_t)gates_of(p.cell) * p.units;
    for (int i = 0; i < n; i++) {
      float* out = p.d_input + tree.input[n0 + i] * row + from;
      const float* d = b[i] + from + shift;
      each_vector(to - from, [&](int j, int w) { put(out + j, add(get(out + j, w), get(d + j, w)), w); });
    }
  }
};

// The columns [0, columns) in `groups` pieces of whole panels, none of which crosses `border`.
struct Pieces {
  int from[64], to[64], count = 0;
  Pieces(int columns, int border, int groups) {
    if (groups > 60) groups = 60;
    const int size = std::max(1, (panels_of(columns) + groups - 1) / groups) * NR;
    cut(0, std::min(border, columns), size);
    if (border < columns) cut(border, columns, size);
  }
  void cut(int start, int end, int size) {
    for (int j = start; j < end; j += size) {
      from[count] = j;
      to[count++] = std::min(end, j + size);
    }
  }
};

inline void recurrent_backward(Pool& pool, const Tree& tree, const Recurrent& p) {
  const int H = p.units, G = gates_of(p.cell), columns = G * H;
  const bool split = p.cell == Cell::gru_reset_before;
  const int first = split ? 2 * H : columns;
  float* packed = pool.shared(0).floats(packed_size(first, H) + (split ? packed_size(H, H) : 0));
  float* packed2 = packed + packed_size(first, H);
  pack(p.recurrent, 1, (size_t)columns, first, H, packed);
  if (split) pack(p.recurrent + 2 * H, 1, (size_t)columns, H, H, packed2);

  const Pieces pieces(columns, split ? 2 * H : columns, pool.threads());
  const size_t spare_floats = std::max((size_t)row_block * H, outer_scratch(columns));
  for (int t = 0; t < pool.threads(); t++) pool.scratch(t).floats(spare_floats);

  auto* next = pool.counters(2 * tree.levels + 1);
  Backward backward{tree, p, packed, packed2};
  const size_t clear_block = 16384, input_floats = (size_t)p.input_rows * columns;
  pool.run([&](int thread) {
    float* spare = pool.scratch(thread).floats(0);
    for (;;) {  // zero the sums
      size_t from = (size_t)next[2 * tree.levels].fetch_add(1, std::memory_order_relaxed) * clear_block;
      if (from == 0) {
        std::memset(p.d_recurrent, 0, sizeof(float) * (size_t)H * columns);
        if (p.d_recurrent_bias) std::memset(p.d_recurrent_bias, 0, sizeof(float) * H);
      }
      if (from >= input_floats) break;
      std::memset(p.d_input + from, 0, sizeof(float) * std::min(clear_block, input_floats - from));
    }
    for (int level = tree.levels - 1; level >= 0; level--) {
      int start = tree.level_start[level], end = tree.level_start[level + 1];
      auto claim = [&] { return start + next[2 * level].fetch_add(1, std::memory_order_relaxed) * row_block; };
      for (int r0 = claim(); r0 < end;) {
        const int after = claim();
        const Ahead ahead = after < end ? backward.saved_rows(after, std::min(after + row_block, end)) : Ahead{};
        backward.block(level, r0, std::min(r0 + row_block, end), spare, ahead);
        r0 = after;
      }
      pool.barrier();
      for (;;) {
        int task = next[2 * level + 1].fetch_add(1, std::memory_order_relaxed);
        if (task >= pieces.count) break;
        backward.grow(level, start, end, pieces.from[task], pieces.to[task], spare);
      }
    }
  });
}

}  // namespace VARIANT
