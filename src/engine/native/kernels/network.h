// A whole step on one chunk: packet encoder, session encoder, head, loss, and all of it backward.
#pragma once
#include "decoder.h"

namespace VARIANT {

// All products read their weights in panels; the input product of tokens is a table.
inline void pack_weights(const Step& step, bool training) {
  const Plan& plan = *step.plan;
  const Packed& packed = *step.packed;
  const size_t G = plan.weight[0].columns;
  for (int v = 0; v < plan.vocabulary; v++) {
    copy(packed.table + v * G, step.value[0] + v * G, G);
    add_to(packed.table + v * G, step.value[plan.packet.layer[0].bias], G);
  }
  for (int i = 0; i < plan.weights; i++) {
    const auto& [rows, columns, product, offset] = plan.weight[i];
    float* backward = training ? packed.backward[i] : nullptr;
    const int early = product == Product::recurrent ? plan.shape.early * rows : columns;
    if (product != Product::none) pack_by_gates(step.value[i], rows, early, columns - early, packed.forward[i], backward);
  }
}

// A layer of an encoder; its nodes read rows of the table, of the vectors below, or their own.
INLINE Layer layer_of(const Encoder& p, const Step& step, Workspace& w, const EncoderStates& e, int l, bool saves,
                      float* const* packed) {
  const RecurrentLayer& weights = p.layer[l];
  const bool tokens = &p == &step.plan->packet && l == 0;
  return {cells[step.plan->cell],
          e.forest,
          p.units,
          packed[weights.recurrent],
          weights.recurrent_bias < 0 ? nullptr : step.value[weights.recurrent_bias],
          weights.initial < 0 ? nullptr : step.value[weights.initial],
          tokens ? step.packed->table : e.rows[l],
          l == 0 ? e.forest.input : nullptr,
          e.hidden[l],
          saves ? e.saved[l] : nullptr,
          w.spare,
          nullptr, nullptr, nullptr, nullptr, nullptr};
}

// Vectors [count, inputs], or tokens if null → out [S, H].
inline void encode(const Encoder& p, const Step& step, Workspace& w, EncoderStates& e, const float* vectors, int count,
                   bool training) {
  const Plan& plan = *step.plan;
  for (int l = 0; l < p.layers; l++) {
    const RecurrentLayer& weights = p.layer[l];
    if (vectors)
      linear(count, weights.inputs, plan.shape.gates * p.units, vectors, step.packed->forward[weights.input],
             step.value[weights.bias], e.rows[l]);
    recurrent_forward(layer_of(p, step, w, e, l, training || plan.shape.memory >= 0, step.packed->forward));
    vectors = e.hidden[l];
    count = e.forest.nodes;
  }
  attend(p, step, e, vectors);
}

// The gradient of `out` is in d_out; that of the vectors goes to d_vectors.
inline void encode_backward(const Encoder& p, const Step& step, const Chunk& chunk, Workspace& w, EncoderStates& e,
                            const float* vectors, int count, float* d_vectors, bool decoded) {
  const Plan& plan = *step.plan;
  auto gradient = [&](int weight) { return weight < 0 ? nullptr : chunk.gradients + plan.weight[weight].offset; };
  const int G = plan.shape.gates * p.units;
  Outside outside = attend_backward(p, step, chunk, w, e, e.hidden[p.layers - 1]);
  if (decoded) outside.extra = e.extra;
  for (int l = p.layers - 1; l >= 0; l--) {
    const RecurrentLayer& weights = p.layer[l];
    const bool tokens = l == 0 && vectors == nullptr;
    Layer layer = layer_of(p, step, w, e, l, true, step.packed->backward);
    layer.dx = tokens ? gradient(weights.input) : e.rows[l];
    layer.touched = tokens ? chunk.touched : nullptr;
    layer.d_recurrent = gradient(weights.recurrent);
    layer.d_bias = gradient(weights.recurrent_bias);
    layer.d_initial = gradient(weights.initial);
    const int rows = l == 0 ? count : e.forest.nodes;
    // The gradient of the rows takes their place: nobody reads them any more.
    if (!tokens) std::memset(e.rows[l], 0, sizeof(float) * (size_t)rows * G);
    recurrent_backward(layer, outside, e.carried, w.panels);
    if (tokens) return;
    float* below = l == 0 ? d_vectors : e.d_hidden;
    linear_backward(rows, weights.inputs, G, l == 0 ? vectors : e.hidden[l - 1], step.packed->backward[weights.input],
                    e.rows[l], below, gradient(weights.input), gradient(weights.bias), w.panels);
    outside = {e.d_hidden, nullptr, nullptr};
  }
}

// Scores and weights of each sequence go to its row.
inline void write_attention(const Encoder& p, const EncoderStates& e, const uint32_t* row_of, float* scores, float* weights) {
  for (int s = 0; s < e.forest.sequences; s++) {
    const int n = path_of(e, s);
    const size_t row = (size_t)row_of[s] * e.steps;
    copy(weights + row, e.weights + (size_t)s * e.steps, n);
    if (p.attention == Attention::none || p.attention == Attention::mean) continue;
    for (int t = 0; t < n; t++) scores[row + t] = e.scores[e.path[t]];
  }
}

inline void forward(const Step& step, const Chunk& chunk, Workspace& w, bool training) {
  const Plan& plan = *step.plan;
  encode(plan.packet, step, w, w.packet, nullptr, 0, training);
  encode(plan.session, step, w, w.session, w.packet.out, w.packet.forest.sequences, training);
  const float* x = w.session.out;
  for (int i = 0; i < plan.head_layers; i++) {
    dense_forward(plan.head[i], step, chunk, w.head[i], x, training);
    x = w.head[i].values;
  }
  for (int i = 0; i < chunk.count; i++)
    copy(step.logits + (size_t)chunk.sessions[i] * plan.classes(), x + (size_t)i * plan.classes(), plan.classes());
  if (step.surprise) decode(step, chunk, w, false);
  if (!step.token_weights) return;
  write_attention(plan.packet, w.packet, w.rows, step.token_scores, step.token_weights);
  write_attention(plan.session, w.session, chunk.sessions, step.packet_scores, step.packet_weights);
}

inline void backward(const Step& step, const Chunk& chunk, Workspace& w) {
  const Plan& plan = *step.plan;
  const int C = plan.classes();
  DenseStates& last = w.head[plan.head_layers - 1];
  for (int i = 0; i < chunk.count; i++) {
    const uint32_t b = chunk.sessions[i];
    step.losses[b] = cross_entropy(C, last.values + (size_t)i * C, step.labels[b], step.class_weights, step.size,
                                   last.gradient + (size_t)i * C);
    if (step.nats) step.nats[b] = 0;
    if (step.divergences) step.divergences[b] = 0;
  }
  for (int i = plan.head_layers - 1; i >= 0; i--)
    dense_backward(plan.head[i], step, chunk, w, w.head[i], i ? w.head[i - 1].values : w.session.out,
                   i ? w.head[i - 1].gradient : w.session.d_out);
  const bool decoded = step.decoder_gradient != 0;
  if (decoded) decode(step, chunk, w, true);
  encode_backward(plan.session, step, chunk, w, w.session, w.packet.out, w.packet.forest.sequences, w.packet.d_out, decoded);
  encode_backward(plan.packet, step, chunk, w, w.packet, nullptr, 0, nullptr, decoded);
}

}  // namespace VARIANT
