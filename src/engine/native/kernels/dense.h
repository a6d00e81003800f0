// Dense layers, attention scores and pooling, the optimiser: everything that is not recurrent.
#pragma once
#include "api.h"
#include "functions.h"
#include "tile.h"

namespace VARIANT {

// Cuts [0, n) into blocks of `size` and calls f(thread, from, to) for each, on whichever thread is free.
template <class F>
inline void in_blocks(ThreadPool& pool, size_t n, size_t size, F&& f) {
  if (n <= size) {
    if (n) f(0, (size_t)0, n);
    return;
  }
  auto* next = pool.counters(1);
  pool.run([&](int thread) { take_blocks(*next, n, size, [&](size_t from, size_t to) { f(thread, from, to); }); });
}

// c = ⟨bias or 0; k: a b⟩, [rows, k]·[k, columns]; element (k, j) of b at b[k · row + j · column].
inline void product(ThreadPool& pool, int rows, int k, int columns, const float* a, const float* b, size_t row,
                    size_t column, const float* bias, float* c) {
  float* packed = pool.shared(0).floats(packed_size(k, columns));
  pack(b, row, column, k, columns, packed);
  in_blocks(pool, rows, row_block, [&](int, size_t r0, size_t r1) {
    const float* from[row_block];
    float* to[row_block];
    for (size_t r = r0; r < r1; r++) {
      from[r - r0] = a + r * k;
      to[r - r0] = c + r * columns;
      if (bias) std::memcpy(c + r * columns, bias, sizeof(float) * columns);
      else std::memset(c + r * columns, 0, sizeof(float) * columns);
    }
    rows_product(r1 - r0, k, from, packed, columns, to);
  });
}

// y = x·w + bias, [rows, in] → [rows, out]
inline void linear(ThreadPool& pool, int rows, int in, int out, const float* x, const float* w, const float* bias,
                   float* y) {
  product(pool, rows, in, out, x, w, out, 1, bias, y);
}

inline void column_sums(ThreadPool& pool, int rows, int columns, const float* x, float* out) {
  in_blocks(pool, columns, 64, [&](int, size_t j0, size_t j1) {
    each_vector(j1 - j0, [&](int j, int n) {
      vec sum = set(0.0f);
      for (int r = 0; r < rows; r++) sum = add(sum, get(x + (size_t)r * columns + j0 + j, n));
      put(out + j0 + j, sum, n);
    });
  });
}

inline void linear_backward(ThreadPool& pool, int rows, int in, int out, const float* x, const float* w, const float* dy,
                            float* dx, float* dw, float* db) {
  if (dx) product(pool, rows, out, in, dy, w, 1, out, nullptr, dx);
  for (int t = 0; t < pool.threads(); t++) pool.scratch(t).floats(outer_scratch(NR));
  std::memset(dw, 0, sizeof(float) * (size_t)in * out);
  in_blocks(pool, out, NR, [&](int thread, size_t j0, size_t j1) {
    const float* a[outer_block];
    const float* b[outer_block];
    for (int r0 = 0; r0 < rows; r0 += outer_block) {
      const int n = std::min(outer_block, rows - r0);
      for (int i = 0; i < n; i++) {
        a[i] = x + (size_t)(r0 + i) * in;
        b[i] = dy + (size_t)(r0 + i) * out;
      }
      outer_product(n, in, a, b, j0, j1, dw, out, pool.scratch(thread).floats(0));
    }
  });
  if (db) column_sums(pool, rows, out, dy, db);
}

inline void activate(ThreadPool& pool, Activation kind, size_t n, const float* x, float* y) {
  in_blocks(pool, n, 16384, [&](int, size_t from, size_t to) {
    each_vector(to - from, [&](int j, int w) {
      vec v = get(x + from + j, w);
      put(y + from + j, kind == Activation::tanh ? tanh_of(v) : max(v, set(0.0f)), w);
    });
  });
}

// dx = dy ⊙ (1 − y²) for tanh; dy where y > 0 for relu.
inline void activate_backward(ThreadPool& pool, Activation kind, size_t n, const float* y, const float* dy, float* dx) {
  in_blocks(pool, n, 16384, [&](int, size_t from, size_t to) {
    if (kind == Activation::tanh) {
      each_vector(to - from, [&](int j, int w) {
        put(dx + from + j, mul(get(dy + from + j, w), d_tanh(get(y + from + j, w))), w);
      });
    } else {
      for (size_t i = from; i < to; i++) dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
    }
  });
}

inline void add_row(ThreadPool& pool, int rows, int columns, const float* x, const float* row, float* y) {
  in_blocks(pool, rows, 64, [&](int, size_t r0, size_t r1) {
    for (size_t r = r0; r < r1; r++)
      each_vector(columns, [&](int j, int n) {
        put(y + r * columns + j, add(get(x + r * columns + j, n), get(row + j, n)), n);
      });
  });
}

// score = f(scale · (x·w) + bias), the product in the sixteen-lane order.
inline void scores(ThreadPool& pool, Score kind, int rows, int columns, float scale, const float* x, const float* w,
                   const float* bias, float* score) {
  const float b = bias ? bias[0] : 0.0f;
  in_blocks(pool, rows, 512, [&](int, size_t r0, size_t r1) {
    for (size_t r = r0; r < r1; r++) score[r] = std::fmaf(dot16(x + r * columns, w, columns), scale, b);
    if (kind == Score::tanh)
      each_vector(r1 - r0, [&](int j, int n) { put(score + r0 + j, tanh_of(get(score + r0 + j, n)), n); });
  });
}

// d = f'(score) · d_score · scale; dx = d w; dw = Σ d x, db = Σ d, summed in shards of 1,024 rows, shards in order.
constexpr int shard_rows = 1024;
inline void scores_backward(ThreadPool& pool, Score kind, int rows, int columns, float scale, const float* x, const float* w,
                            const float* score, float* d_score, float* dx, float* dw, float* db) {
  const int shards = (rows + shard_rows - 1) / shard_rows;
  float* partial = pool.shared(1).floats((size_t)shards * (columns + 1));
  in_blocks(pool, rows, shard_rows, [&](int, size_t r0, size_t r1) {
    float* sum = partial + r0 / shard_rows * (columns + 1);
    std::memset(sum, 0, sizeof(float) * (columns + 1));
    each_vector(r1 - r0, [&](int j, int n) {
      vec d = get(d_score + r0 + j, n);
      if (kind == Score::tanh) d = mul(d, d_tanh(get(score + r0 + j, n)));
      put(d_score + r0 + j, mul(d, set(scale)), n);
    });
    for (size_t r = r0; r < r1; r++) {
      const vec d = set(d_score[r]);
      const float* xr = x + r * columns;
      each_vector(columns, [&](int j, int n) { put(sum + j, fma(d, get(xr + j, n), get(sum + j, n)), n); });
      if (dx) each_vector(columns, [&](int j, int n) { put(dx + r * columns + j, mul(d, get(w + j, n)), n); });
      sum[columns] += d_score[r];
    }
  });
  std::memset(dw, 0, sizeof(float) * columns);
  float b = 0.0f;
  for (int s = 0; s < shards; s++) {
    const float* sum = partial + (size_t)s * (columns + 1);
    add_to(dw, sum, columns);
    b += sum[columns];
  }
  if (db) db[0] = b;
}

// Calls f(sequence, n, path) for each sequence, with the n nodes on its path, first to last.
template <class F>
inline void each_path(ThreadPool& pool, const Tree& tree, int steps, F&& f) {
  for (int t = 0; t < pool.threads(); t++) pool.scratch(t).bytes(sizeof(uint32_t) * steps);
  in_blocks(pool, tree.sequences, 32, [&](int thread, size_t from, size_t to) {
    uint32_t* path = static_cast<uint32_t*>(pool.scratch(thread).bytes(0));
    for (size_t place = from; place < to; place++) {
      const int n = tree.length[place];
      uint32_t node = tree.leaf[place];
      for (int t = n - 1; t >= 0; t--, node = tree.parent[node]) path[t] = node;
      f((size_t)tree.order[place], n, path);
    }
  });
}

// weight = softmax over each path of score[node] (given weights are kept when score is null); out = Σ weight · hidden.
// Rows of weight [S, steps] and out [S, H] are those of the sequence, not of its place.
inline void pool_forward(ThreadPool& pool, const Tree& tree, int H, int steps, const float* hidden, const float* score,
                         float* weight, float* out) {
  each_path(pool, tree, steps, [&](size_t sequence, int n, const uint32_t* path) {
    float* w = weight + sequence * steps;
    if (score) {
      float top = score[path[0]];
      for (int t = 0; t < n; t++) {
        w[t] = score[path[t]];
        top = w[t] > top ? w[t] : top;
      }
      each_vector(n, [&](int j, int k) { put(w + j, exp_of(sub(get(w + j, k), set(top))), k); });
      float sum = 0.0f;
      for (int t = 0; t < n; t++) sum += w[t];
      each_vector(n, [&](int j, int k) { put(w + j, div(get(w + j, k), set(sum)), k); });
      for (int t = n; t < steps; t++) w[t] = 0.0f;
    }
    float* o = out + sequence * H;
    each_vector(H, [&](int j, int k) {
      vec sum = set(0.0f);
      for (int t = 0; t < n; t++) sum = fma(set(w[t]), get(hidden + (size_t)path[t] * H + j, k), sum);
      put(o + j, sum, k);
    });
  });
}

// The softmax's gradient on each path, weight · (a − Σ weight a) with a = d_out·hidden, summed for each node over the
// sequences through it.
inline void pool_backward(ThreadPool& pool, const Tree& tree, int H, int steps, const float* hidden, const float* weight,
                          const float* d_out, float* d_path, float* d_score) {
  each_path(pool, tree, steps, [&](size_t sequence, int n, const uint32_t* path) {
    const float* w = weight + sequence * steps;
    float* d = d_path + sequence * steps;
    float mean = 0.0f;
    for (int t = 0; t < n; t++) {
      d[t] = dot16(d_out + sequence * H, hidden + (size_t)path[t] * H, H);
      mean = std::fmaf(w[t], d[t], mean);
    }
    each_vector(n, [&](int j, int k) { put(d + j, mul(get(w + j, k), sub(get(d + j, k), set(mean))), k); });
  });
  in_blocks(pool, tree.nodes, 1024, [&](int, size_t n0, size_t n1) {
    int level = 0;
    for (size_t node = n0; node < n1; node++) {
      while (tree.level_start[level + 1] <= node) level++;
      float sum = 0.0f;
      for (uint32_t s = tree.first[node]; s < tree.last[node]; s++) sum += d_path[(size_t)tree.order[s] * steps + level];
      d_score[node] = sum;
    }
  });
}

// Σ x² in double precision: eight lanes, lane l adds the squares i ≡ l (mod 8) in order; lanes added in order.
inline double sum_of_squares(size_t n, const float* x) {
  double lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int l = 0; l < 8; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
  for (int l = 0; i + l < n; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
  double sum = 0;
  for (int l = 0; l < 8; l++) sum += lane[l];
  return sum;
}

// m = β₁ m + (1 − β₁) g, v = β₂ v + (1 − β₂) g², p −= rate m / (√v · correction + ε), with g scaled by the clip.
inline void adam(ThreadPool& pool, size_t count, float* p, const float* g, float* m, float* v, float scale, float beta1,
                 float beta2, float epsilon, float rate, float correction) {
  const vec rest1 = set(1.0f - beta1), rest2 = set(1.0f - beta2);
  in_blocks(pool, count, 8192, [&](int, size_t from, size_t to) {
    each_vector(to - from, [&](int j, int n) {
      const size_t i = from + j;
      vec gi = mul(get(g + i, n), set(scale));
      vec mi = fma(set(beta1), get(m + i, n), mul(rest1, gi));
      vec vi = fma(set(beta2), get(v + i, n), mul(rest2, mul(gi, gi)));
      put(m + i, mi, n);
      put(v + i, vi, n);
      vec step = div(mul(set(rate), mi), fma(sqrt(vi), set(correction), set(epsilon)));
      put(p + i, sub(get(p + i, n), step), n);
    });
  });
}

}  // namespace VARIANT
