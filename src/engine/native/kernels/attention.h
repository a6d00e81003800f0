// Attention over the paths of a chunk's forest: scores, softmax, weighted sums; definitions in engine/reference/attention.ts.
#pragma once
#include "dense.h"

namespace VARIANT {

// dw grows by Σ_n d[n] x[n], node by node.
inline void add_scored(int nodes, int H, const float* d, const float* x, float* dw) {
  each_vector(H, [&](int j, int w) {
    vec sum = get(dw + j, w);
    for (int n = 0; n < nodes; n++) sum = fma(set(d[n]), get(x + (size_t)n * H + j, w), sum);
    put(dw + j, sum, w);
  });
}

// score = scale · (x·w) + bias, the product in the sixteen-lane order.
inline void score_rows(int rows, int H, float scale, const float* x, const float* w, float bias, float* score) {
  for (int r = 0; r < rows; r++) score[r] = std::fmaf(dot16(x + (size_t)r * H, w, H), scale, bias);
}

inline float dot_scale(int H) { return (float)(1 / std::sqrt((double)H)); }

// The nodes on the path of a sequence, first to last; returns how many.
INLINE int path_of(const EncoderStates& e, int s) {
  const int n = e.forest.length[s];
  uint32_t node = e.forest.leaf[s];
  for (int t = n - 1; t >= 0; t--, node = e.forest.parent[node]) e.path[t] = node;
  return n;
}

// hidden [N, H] → out [S, H]. Softmax: w = exp(score − max), w / Σ w; out = ⟨0; t: w h⟩.
inline void attend(const Encoder& p, const Step& step, EncoderStates& e, const float* hidden) {
  const int H = p.units, N = e.forest.nodes;
  if (p.attention == Attention::tanh) {
    score_rows(N, H, 1.0f, hidden, step.value[p.scoring[0]], step.value[p.scoring[1]][0], e.scores);
    activate(Activation::tanh, N, e.scores);
  } else if (p.attention == Attention::dot) {
    score_rows(N, H, dot_scale(H), hidden, step.value[p.scoring[0]], 0.0f, e.scores);
  } else if (p.attention == Attention::additive) {
    linear(N, H, H, hidden, step.packed->forward[p.scoring[0]], step.value[p.scoring[1]], e.projected);
    activate(Activation::tanh, (size_t)N * H, e.projected);
    score_rows(N, H, 1.0f, e.projected, step.value[p.scoring[2]], 0.0f, e.scores);
  }
  for (int s = 0; s < e.forest.sequences; s++) {
    const int n = path_of(e, s);
    float* w = e.weights + (size_t)s * e.steps;
    if (p.attention == Attention::none || p.attention == Attention::mean) {
      for (int t = 0; t < n; t++) w[t] = p.attention == Attention::mean ? (float)(1.0 / n) : t == n - 1 ? 1.0f : 0.0f;
    } else {
      float top = e.scores[e.path[0]];
      for (int t = 0; t < n; t++) {
        w[t] = e.scores[e.path[t]];
        top = w[t] > top ? w[t] : top;
      }
      each_vector(n, [&](int j, int k) { put(w + j, exp_of(get(w + j, k) - top), k); });
      float sum = 0.0f;
      for (int t = 0; t < n; t++) sum += w[t];
      each_vector(n, [&](int j, int k) { put(w + j, get(w + j, k) / sum, k); });
    }
    each_vector(H, [&](int j, int k) {
      vec sum{};
      for (int t = 0; t < n; t++) sum = fma(set(w[t]), get(hidden + (size_t)e.path[t] * H + j, k), sum);
      put(e.out + (size_t)s * H + j, sum, k);
    });
  }
}

// d_out [S, H] → gradients of the attention's weights, of the scores (d_scores), and, where scores are more than a product
// with the states, of the states (d_hidden). Returns what the states get from it.
inline Outside attend_backward(const Encoder& p, const Step& step, const Chunk& chunk, Workspace& w, EncoderStates& e,
                               const float* hidden) {
  const int H = p.units, N = e.forest.nodes;
  Outside outside{nullptr, &e, nullptr};
  if (p.attention == Attention::none || p.attention == Attention::mean) return outside;
  auto gradient = [&](int i) { return chunk.gradients + step.plan->weight[p.scoring[i]].offset; };
  // The softmax's gradient on each path, w (a − Σ w a) with a = d_out·h, summed for each node over the sequences through it.
  std::memset(e.d_scores, 0, sizeof(float) * N);
  for (int s = 0; s < e.forest.sequences; s++) {
    const int n = path_of(e, s);
    const float* weight = e.weights + (size_t)s * e.steps;
    float mean = 0.0f;
    for (int t = 0; t < n; t++) {
      e.d_path[t] = dot16(e.d_out + (size_t)s * H, hidden + (size_t)e.path[t] * H, H);
      mean = std::fmaf(weight[t], e.d_path[t], mean);
    }
    for (int t = 0; t < n; t++) e.d_scores[e.path[t]] += weight[t] * (e.d_path[t] - mean);
  }
  if (p.attention == Attention::additive) {
    add_scored(N, H, e.d_scores, e.projected, gradient(2));
    for (int n = 0; n < N; n++) {
      each_vector(H, [&](int j, int k) {
        put(e.d_projected + (size_t)n * H + j, e.d_scores[n] * get(step.value[p.scoring[2]] + j, k), k);
      });
    }
    activate_backward(Activation::tanh, (size_t)N * H, e.projected, e.d_projected);
    linear_backward(N, H, H, hidden, step.packed->backward[p.scoring[0]], e.d_projected, e.d_hidden, gradient(0), gradient(1),
                    w.panels);
    outside.dense = e.d_hidden;
    return outside;
  }
  if (p.attention == Attention::tanh) {
    activate_backward(Activation::tanh, N, e.scores, e.d_scores);
    for (int n = 0; n < N; n++) *gradient(1) += e.d_scores[n];
  } else {
    for (int n = 0; n < N; n++) e.d_scores[n] *= dot_scale(H);
  }
  add_scored(N, H, e.d_scores, hidden, gradient(0));
  outside.score_weight = step.value[p.scoring[0]];
  return outside;
}

}  // namespace VARIANT
