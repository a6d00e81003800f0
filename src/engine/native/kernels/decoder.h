// The decoder on one chunk: each token from the state of its prefix and the session before its packet; definitions in
// engine/reference/decoder.ts.
#pragma once
#include "attention.h"
#include "latent.h"

namespace VARIANT {

// Greatest of n numbers.
INLINE float greatest(const float* z, int n) {
  float top = z[0], lanes[W];
  int j = 0;
  if (n >= W) {
    vec most = load(z);
    for (j = W; j + W <= n; j += W) most = max(load(z + j), most);
    store(lanes, most);
    for (int l = 0; l < W; l++) top = lanes[l] > top ? lanes[l] : top;
  }
  for (; j < n; j++) top = z[j] > top ? z[j] : top;
  return top;
}

// −ln p of a token in nats. The logits become exponentials, or, where it learns, their gradient times g.
INLINE double surprise_of(int V, float* z, int token, bool learns, float g) {
  const float top = greatest(z, V);
  const double chosen = (double)z[token] - top;
  sixteen lanes{};
  auto exponential = [&](int at, int n) {
    put(z + at, exp_of(get(z + at, n) - set(top)), n);
    return get(z + at, n);
  };
  int j = 0;
  for (; j + 16 <= V; j += 16)
    for (int v = 0; v < 16 / W; v++) lanes.v[v] += exponential(j + v * W, W);
  each_vector(V - j, [&](int at, int n) { lanes.v[at / W] += exponential(j + at, n); });
  const float sum = tree_sum(lanes);
  if (learns) {
    const vec scale = set(g / sum);
    each_vector(V, [&](int at, int n) { put(z + at, get(z + at, n) * scale, n); });
    z[token] -= g;
  }
  return ln64(sum) - chosen;
}

// The packets of the sessions that it learns from (class 0), or of all, in the order of the forest: surprise of their tokens,
// and where it learns the gradients of its weights, of the states of both encoders (EncoderStates::extra) and, with latent
// vectors, of the session vectors (added to EncoderStates::d_out).
inline void decode(const Step& step, const Chunk& chunk, Workspace& w, bool learns) {
  const Plan& plan = *step.plan;
  const Decoder& d = plan.decoder;
  DecoderStates& s = w.decoder;
  EncoderStates &packet = w.packet, &session = w.session;
  const float* hidden = packet.hidden[plan.packet.layers - 1];
  const float* states = session.hidden[plan.session.layers - 1];
  const int K = d.units, V = plan.vocabulary, H = plan.packet.units, S = plan.session.units;
  const int N = packet.forest.nodes, M = session.forest.nodes;
  const size_t P = plan.max_packets, T = plan.max_tokens;
  auto gradient = [&](int weight) { return chunk.gradients + plan.weight[weight].offset; };
  const float* bias = step.value[d.context_bias];

  std::memset(s.prefixes, 0, sizeof(float) * (size_t)N * K);
  matrix_product(N, H, hidden, step.packed->forward[d.prefix], K, s.prefixes);
  linear(M, S, K, states, step.packed->forward[d.context], bias, s.contexts);
  if (d.latent) {
    latent_forward(step, chunk, w.latent, session.out);
    std::memset(w.latent.dr, 0, sizeof(float) * (size_t)chunk.count * K);
  }
  if (learns) {
    std::memset(s.d_prefixes, 0, sizeof(float) * (size_t)N * K);
    std::memset(s.d_contexts, 0, sizeof(float) * (size_t)M * K);
  }
  for (int q = 0; q < packet.forest.sequences; q++) {
    const uint32_t row = w.rows[q], b = row / P, p = row % P;
    if (learns && step.labels[b] != 0) continue;
    const float* context = bias;
    float* d_context = learns ? gradient(d.context_bias) : nullptr;
    if (p > 0) {
      path_of(session, w.slots[q] / P);
      context = s.contexts + (size_t)session.path[p - 1] * K;
      if (learns) d_context = s.d_contexts + (size_t)session.path[p - 1] * K;
    }
    const size_t number = w.slots[q] / P;
    if (d.latent) {
      each_vector(K, [&](int j, int n) { put(s.told + j, get(context + j, n) + get(w.latent.r + number * K + j, n), n); });
      context = s.told;
    }
    const int length = path_of(packet, q);
    auto told_prefix = [&](int t) { return t > 0 && !(step.hidden && step.hidden[row * T + t]); };
    for (int from = 0; from < length; from += row_block) {
      const int m = std::min(row_block, length - from);
      for (int i = 0; i < m; i++) {
        const float* prefix = told_prefix(from + i) ? s.prefixes + (size_t)packet.path[from + i - 1] * K : nullptr;
        each_vector(K, [&](int j, int n) {
          const vec v = get(context + j, n);
          put(s.o + (size_t)i * K + j, tanh_of(prefix ? get(prefix + j, n) + v : v), n);
        });
      }
      linear(m, K, V, s.o, step.packed->forward[d.output], step.value[d.output_bias], s.logits);
      for (int i = 0; i < m; i++) {
        const size_t at = row * T + from + i;
        const double surprise = surprise_of(V, s.logits + (size_t)i * V, step.tokens[at], learns, step.decoder_gradient);
        if (!learns) step.surprise[at] = (float)surprise;
        if (learns) step.nats[b] += surprise;
      }
      if (!learns) continue;
      linear_backward(m, K, V, s.o, step.packed->backward[d.output], s.logits, s.d_o, gradient(d.output),
                      gradient(d.output_bias), w.panels);
      activate_backward(Activation::tanh, (size_t)m * K, s.o, s.d_o);
      for (int i = 0; i < m; i++) {
        const float* from_o = s.d_o + (size_t)i * K;
        add_to(d_context, from_o, K);
        if (d.latent) add_to(w.latent.dr + number * K, from_o, K);
        if (told_prefix(from + i)) add_to(s.d_prefixes + (size_t)packet.path[from + i - 1] * K, from_o, K);
      }
    }
  }
  if (!learns) return;
  if (d.latent) latent_backward(step, chunk, w.latent, session.out, session.d_out, w.panels);
  std::memset(packet.extra, 0, sizeof(float) * (size_t)N * H);
  matrix_product(N, K, s.d_prefixes, step.packed->backward[d.prefix], H, packet.extra);
  OuterRows outer(H, K, gradient(d.prefix), K, w.panels);
  for (int n = 0; n < N; n++) outer.add(hidden + (size_t)n * H, s.d_prefixes + (size_t)n * K);
  outer.flush();
  linear_backward(M, S, K, states, step.packed->backward[d.context], s.d_contexts, session.extra, gradient(d.context),
                  gradient(d.context_bias), w.panels);
}

}  // namespace VARIANT
