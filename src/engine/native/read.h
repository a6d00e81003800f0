// Reads the plan and the steps that a caller describes in flat arrays (calls.ts), and checks every number of them that a
// kernel follows.
#pragma once
#include <stdexcept>
#include <string>

#include "kernels/plan.h"

[[noreturn]] inline void refuse(const std::string& place, int64_t got, const std::string& what, int64_t least, int64_t most) {
  throw std::invalid_argument(place + ": got " + std::to_string(got) + what + ", expected " + std::to_string(least) + " to " +
                              std::to_string(most));
}

// The plan of such numbers (calls.ts: flatPlan), with its weights in the order of the data flow.
inline Plan make_plan(const Kernels& kernels, const int32_t* numbers, size_t count) {
  size_t at = 0;
  auto next = [&](int least, int most) {
    const int value = at < count ? numbers[at] : -1;
    if (value < least || value > most) refuse("plan", value, " at " + std::to_string(at), least, most);
    at++;
    return value;
  };
  constexpr int many = 1 << 24;
  Plan p{};
  auto weight = [&](size_t rows, size_t columns, Product product = Product::none) {
    p.weight[p.weights] = {rows, columns, product, p.total};
    p.total += (rows * columns + 15) / 16 * 16;
    return p.weights++;
  };
  p.cell = next(0, kernels.cells - 1);
  p.shape = kernels.shape_of(p.cell);
  p.vocabulary = next(1, 65536);
  p.max_packets = next(1, 255);
  p.max_tokens = next(1, 65535);
  p.capacity = next(1, many);
  int width = p.vocabulary;
  for (Encoder* e : {&p.packet, &p.session}) {
    e->units = next(1, many);
    e->layers = next(1, most_layers);
    e->attention = (Attention)next(0, 4);
    const bool initial = next(0, 1);
    const int H = e->units, G = p.shape.gates * H;
    for (int l = 0; l < e->layers; l++) {
      RecurrentLayer& layer = e->layer[l];
      layer.inputs = l ? H : width;
      // Tokens are rows of a table, not a factor.
      layer.input = weight(layer.inputs, G, p.weights ? Product::dense : Product::none);
      layer.bias = weight(1, G);
      layer.recurrent = weight(H, G, Product::recurrent);
      layer.recurrent_bias = p.shape.bias ? weight(1, H) : -1;
      layer.initial = initial ? weight(p.shape.memory < 0 ? 1 : 2, H) : -1;
    }
    if (e->attention == Attention::tanh || e->attention == Attention::dot) e->scoring[0] = weight(1, H);
    if (e->attention == Attention::tanh) e->scoring[1] = weight(1, 1);
    if (e->attention == Attention::additive) {
      e->scoring[0] = weight(H, H, Product::dense);
      e->scoring[1] = weight(1, H);
      e->scoring[2] = weight(1, H);
    }
    width = H;
  }
  p.head_layers = next(1, most_layers);
  for (int i = 0; i < p.head_layers; i++) {
    DenseLayer& d = p.head[i];
    d.inputs = width;
    d.units = width = next(1, many);
    d.norm = next(0, 1);
    d.activation = (Activation)next(0, 2);
    d.mask = next(0, 1);
    d.weight = weight(d.inputs, d.units, Product::dense);
    d.bias = weight(1, d.units);
    if (d.norm) {
      d.gain = weight(1, d.units);
      d.shift = weight(1, d.units);
    }
  }
  if (Decoder& d = p.decoder; (d.units = next(0, many))) {
    d.prefix = weight(p.packet.units, d.units, Product::dense);
    d.context = weight(p.session.units, d.units, Product::dense);
    d.context_bias = weight(1, d.units);
    d.output = weight(d.units, p.vocabulary, Product::dense);
    d.output_bias = weight(1, p.vocabulary);
    if ((d.latent = next(0, many))) {
      d.posterior = weight(p.session.units, 2 * (size_t)d.latent, Product::dense);
      d.posterior_bias = weight(1, 2 * (size_t)d.latent);
      d.project = weight(d.latent, d.units, Product::dense);
    }
  }
  return p;
}

// A step. `arrays` gives those of calls.ts (flatSteps) in their order, by get with the least number of elements, or by find
// where there may be none.
template <class Arrays>
Step read_step(const Plan& plan, Arrays&& arrays) {
  Step step{};
  step.size = *arrays.template get<int32_t>("sessions", 1);
  if (step.size < 1 || step.size > plan.capacity) refuse("batch", step.size, " sessions", 1, plan.capacity);
  const size_t B = step.size, P = plan.max_packets, T = plan.max_tokens;
  step.packets = arrays.template get<uint8_t>("packets", B);
  step.lengths = arrays.template get<uint16_t>("lengths", B * P);
  step.tokens = arrays.template get<uint16_t>("tokens", B * P * T);
  step.labels = arrays.template get<uint8_t>("labels", B);
  step.logits = arrays.template get<float>("logits", B * plan.classes());
  for (int i = 0; i < plan.weights; i++) step.value[i] = arrays.template get<float>("weights", plan.weight[i].size());
  step.losses = arrays.template find<double>("losses", B);
  if (step.losses) {
    for (int i = 0; i < plan.weights; i++) step.gradient[i] = arrays.template get<float>("gradients", plan.weight[i].size());
    for (int i = 0; i < plan.head_layers; i++)
      if (plan.head[i].mask) step.mask[i] = arrays.template get<float>("mask", B * plan.head[i].units);
    step.class_weights = arrays.template find<double>("classWeights", plan.classes());
    if (plan.decoder.units) {
      step.nats = arrays.template get<double>("nats", B);
      step.decoder_gradient = *arrays.template get<float>("decoderGradient", 1);
    }
    if (const size_t Z = plan.decoder.latent) {
      step.noise = arrays.template find<float>("noise", B * Z);
      step.hidden = arrays.template find<uint8_t>("hidden", B * P * T);
      const double* costs = arrays.template get<double>("divergence", 2);
      step.divergence_gradient = (float)costs[0];
      step.free_nats = costs[1];
      step.divergences = arrays.template get<double>("divergences", B);
    }
  } else {
    if (plan.decoder.units) step.surprise = arrays.template find<float>("surprise", B * P * T);
    if (const size_t Z = plan.decoder.latent) {
      step.noise = arrays.template find<float>("noise", B * Z);
      step.without_latent = *arrays.template get<int32_t>("withoutLatent", 1) != 0;
      step.posterior = arrays.template find<float>("posterior", B * 2 * Z);
    }
    if ((step.token_scores = arrays.template find<float>("tokenScores", B * P * T))) {
      step.token_weights = arrays.template get<float>("tokenWeights", B * P * T);
      step.packet_scores = arrays.template get<float>("packetScores", B * P);
      step.packet_weights = arrays.template get<float>("packetWeights", B * P);
    }
  }
  for (size_t b = 0; b < B; b++) {
    if (step.packets[b] < 1 || step.packets[b] > P) refuse("batch", step.packets[b], " packets", 1, P);
    if (step.losses && step.labels[b] >= plan.classes()) refuse("batch", step.labels[b], " as a label", 0, plan.classes() - 1);
    for (size_t row = b * P; row < b * P + step.packets[b]; row++) {
      if (step.lengths[row] < 1 || step.lengths[row] > T) refuse("batch", step.lengths[row], " tokens", 1, T);
      for (size_t t = row * T; t < row * T + step.lengths[row]; t++)
        if (step.tokens[t] >= plan.vocabulary) refuse("batch", step.tokens[t], " as a token", 0, plan.vocabulary - 1);
    }
  }
  return step;
}
