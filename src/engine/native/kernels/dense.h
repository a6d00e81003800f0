// Dense layers on the rows of a chunk: products, activations, layer normalisation; definitions in engine/reference/dense.ts.
#pragma once
#include "recurrent.h"

namespace VARIANT {

// y = ⟨bias; k: x w⟩, [rows, in] → [rows, out]; w packed.
inline void linear(int rows, int in, int out, const float* x, const float* packed, const float* bias, float* y) {
  for (int r = 0; r < rows; r++) copy(y + (size_t)r * out, bias, out);
  matrix_product(rows, in, x, packed, out, y);
}

// dx = ⟨0; j: dy w⟩, w packed transposed; dw = ⟨dw; r: x dy⟩; db += Σ_r dy.
inline void linear_backward(int rows, int in, int out, const float* x, const float* packed, const float* dy, float* dx,
                            float* dw, float* db, float* panels) {
  std::memset(dx, 0, sizeof(float) * (size_t)rows * in);
  matrix_product(rows, out, dy, packed, in, dx);
  OuterRows outer(in, out, dw, out, panels);
  for (int r = 0; r < rows; r++) {
    outer.add(x + (size_t)r * in, dy + (size_t)r * out);
    add_to(db, dy + (size_t)r * out, out);
  }
  outer.flush();
}

// x ← tanh(x) or max(x, 0).
inline void activate(Activation kind, size_t n, float* x) {
  each_vector(n, [&](int j, int w) {
    vec v = get(x + j, w);
    put(x + j, kind == Activation::tanh ? tanh_of(v) : max(v, set(0.0f)), w);
  });
}

// d ← d ⊙ (1 − y²) for tanh; d where y > 0 for relu.
inline void activate_backward(Activation kind, size_t n, const float* y, float* d) {
  if (kind == Activation::tanh)
    each_vector(n, [&](int j, int w) { put(d + j, get(d + j, w) * d_tanh(get(y + j, w)), w); });
  else
    for (size_t i = 0; i < n; i++) d[i] = y[i] > 0.0f ? d[i] : 0.0f;
}

inline void normalize(int rows, int width, const float* gain, const float* shift, DenseStates& s) {
  for (int r = 0; r < rows; r++) {
    float *x = s.values + (size_t)r * width, *normal = s.normal + (size_t)r * width;
    double mean = 0, variance = 0;
    for (int j = 0; j < width; j++) mean += x[j];
    mean /= width;
    for (int j = 0; j < width; j++) variance += (x[j] - mean) * (x[j] - mean);
    const double scale = s.inverse[r] = 1 / std::sqrt(variance / width + 1e-5);
    for (int j = 0; j < width; j++) {
      normal[j] = (float)((x[j] - mean) * scale);
      x[j] = (float)((double)normal[j] * gain[j] + shift[j]);
    }
  }
}

inline void normalize_backward(int rows, int width, const float* gain, const DenseStates& s, float* d_gain, float* d_shift) {
  for (int r = 0; r < rows; r++) {
    float* dy = s.gradient + (size_t)r * width;
    const float* normal = s.normal + (size_t)r * width;
    double sum = 0, product = 0;
    for (int j = 0; j < width; j++) {
      const double d = dy[j], g = gain[j], n = normal[j];
      d_shift[j] = (float)(d_shift[j] + d);
      d_gain[j] = (float)(d_gain[j] + d * n);
      sum += d * g;
      product += d * g * n;
    }
    for (int j = 0; j < width; j++) {
      const double centred = (double)dy[j] * gain[j] - sum / width - ((double)normal[j] * product) / width;
      dy[j] = (float)(centred * s.inverse[r]);
    }
  }
}

// Rows of x are multiplied with those of the mask that belong to their sessions.
inline void apply_mask(const Chunk& chunk, int units, const float* mask, float* x) {
  for (int i = 0; i < chunk.count; i++)
    for (int j = 0; j < units; j++) x[i * units + j] *= mask[(size_t)chunk.sessions[i] * units + j];
}

inline void dense_forward(const DenseLayer& p, const Step& step, const Chunk& chunk, DenseStates& s, const float* x,
                          bool training) {
  const int rows = chunk.count;
  linear(rows, p.inputs, p.units, x, step.packed->forward[p.weight], step.value[p.bias], s.values);
  if (p.norm) normalize(rows, p.units, step.value[p.gain], step.value[p.shift], s);
  if (p.activation != Activation::none) activate(p.activation, (size_t)rows * p.units, s.values);
  if (!training || !p.mask) return;
  // The derivative of the activation needs its output before the mask.
  copy(s.activated, s.values, (size_t)rows * p.units);
  apply_mask(chunk, p.units, step.mask[&p - step.plan->head], s.values);
}

// The gradient of `values` is in s.gradient, that of x goes to dx.
inline void dense_backward(const DenseLayer& p, const Step& step, const Chunk& chunk, const Workspace& w, DenseStates& s,
                           const float* x, float* dx) {
  const int rows = chunk.count;
  auto gradient = [&](int weight) { return chunk.gradients + step.plan->weight[weight].offset; };
  if (p.mask) apply_mask(chunk, p.units, step.mask[&p - step.plan->head], s.gradient);
  if (p.activation != Activation::none)
    activate_backward(p.activation, (size_t)rows * p.units, p.mask ? s.activated : s.values, s.gradient);
  if (p.norm) normalize_backward(rows, p.units, step.value[p.gain], s, gradient(p.gain), gradient(p.shift));
  linear_backward(rows, p.inputs, p.units, x, step.packed->backward[p.weight], s.gradient, dx, gradient(p.weight),
                  gradient(p.bias), w.panels);
}

}  // namespace VARIANT
