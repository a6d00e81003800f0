// Latent vectors of the sessions of a chunk; definitions in engine/reference/latent.ts.
#pragma once
#include "dense.h"
#include "loss.h"

namespace VARIANT {

// KL of a unit from the prior N(0, 1), in nats.
inline double divergence_of(double mean, double deviation) {
  return 0.5 * (mean * mean + deviation * deviation - 1) - ln64(deviation);
}

// Session vectors → z and r, what the decoder is told.
inline void latent_forward(const Step& step, const Chunk& chunk, LatentStates& s, const float* vectors) {
  const Plan& plan = *step.plan;
  const Decoder& d = plan.decoder;
  const int Z = d.latent, n = chunk.count;
  linear(n, plan.session.units, 2 * Z, vectors, step.packed->forward[d.posterior], step.value[d.posterior_bias], s.q);
  for (int i = 0; i < n; i++) {
    const float* mean = s.q + (size_t)i * 2 * Z;
    const size_t at = (size_t)i * Z;
    each_vector(Z, [&](int k, int w) {
      const vec y = sigmoid_of(get(mean + Z + k, w)), deviation = fma(set(0.99f), y, set(0.01f));
      const vec noise = step.noise ? get(step.noise + (size_t)chunk.sessions[i] * Z + k, w) : vec{};
      put(s.y + at + k, y, w);
      put(s.deviation + at + k, deviation, w);
      put(s.z + at + k, step.without_latent ? vec{} : fma(deviation, noise, get(mean + k, w)), w);
    });
    if (!step.posterior) continue;
    copy(step.posterior + (size_t)chunk.sessions[i] * 2 * Z, mean, Z);
    copy(step.posterior + ((size_t)chunk.sessions[i] * 2 + 1) * Z, s.deviation + at, Z);
  }
  std::memset(s.r, 0, sizeof(float) * (size_t)n * d.units);
  matrix_product(n, Z, s.z, step.packed->forward[d.project], d.units, s.r);
}

// dr → the gradient of the session vectors, added to d_vectors; divergences of the sessions that are learned from.
inline void latent_backward(const Step& step, const Chunk& chunk, LatentStates& s, const float* vectors, float* d_vectors,
                            float* panels) {
  const Plan& plan = *step.plan;
  const Decoder& d = plan.decoder;
  const int Z = d.latent, K = d.units, S = plan.session.units, n = chunk.count;
  auto gradient = [&](int weight) { return chunk.gradients + plan.weight[weight].offset; };
  std::memset(s.dz, 0, sizeof(float) * (size_t)n * Z);
  matrix_product(n, K, s.dr, step.packed->backward[d.project], Z, s.dz);
  OuterRows outer(Z, K, gradient(d.project), K, panels);
  for (int i = 0; i < n; i++) outer.add(s.z + (size_t)i * Z, s.dr + (size_t)i * K);
  outer.flush();
  std::memset(s.dq, 0, sizeof(float) * (size_t)n * 2 * Z);
  for (int i = 0; i < n; i++) {
    const uint32_t b = chunk.sessions[i];
    if (step.labels[b] != 0) continue;
    for (int k = 0; k < Z; k++) {
      const size_t at = (size_t)i * Z + k;
      const float m = s.q[(size_t)i * 2 * Z + k], deviation = s.deviation[at], y = s.y[at];
      const float noise = step.noise ? step.noise[(size_t)b * Z + k] : 0.0f;
      const double nats = divergence_of(m, deviation);
      const float c = nats > step.free_nats ? step.divergence_gradient : 0.0f;
      step.divergences[b] += nats;
      s.dq[(size_t)i * 2 * Z + k] = s.dz[at] + c * m;
      const float dd = s.dz[at] * noise + c * (deviation - 1.0f / deviation);
      s.dq[((size_t)i * 2 + 1) * Z + k] = dd * (0.99f * (y * (1.0f - y)));
    }
  }
  linear_backward(n, S, 2 * Z, vectors, step.packed->backward[d.posterior], s.dq, s.d_vectors, gradient(d.posterior),
                  gradient(d.posterior_bias), panels);
  add_to(d_vectors, s.d_vectors, n * S);
}

}  // namespace VARIANT
