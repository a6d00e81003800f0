// See engine/reference/lstm.ts. Blocks of `saved`: forward i f g o c, backward dx_i dx_f dx_g dx_o and the gradient of
// the parent's c.
#pragma once
#include "cell.h"

namespace VARIANT {

inline void lstm_forward(const Block& b) {
  const int H = b.H;
  // saved: → x_i x_f x_g x_o –
  for (int i = 0; i < b.m; i++) copy(b.saved[i], b.x[i], 4 * H);
  // saved: x_i x_f x_g x_o – → the gates' arguments, –
  b.product(b.before, b.early, 4 * H, b.saved);
  // saved: … → i f g o c
  b.each([&](int i, int j, int w) {
    float* s = b.saved[i] + j;
    const vec in = sigmoid_of(get(s, w)), f = sigmoid_of(get(s + H, w));
    const vec g = tanh_of(get(s + 2 * H, w)), o = sigmoid_of(get(s + 3 * H, w));
    const vec c = fma(f, get_or_zero(b.memory_before[i], j, w), in * g);
    put(s, in, w);
    put(s + H, f, w);
    put(s + 2 * H, g, w);
    put(s + 3 * H, o, w);
    put(s + 4 * H, c, w);
    put(b.h[i] + j, o * tanh_of(c), w);
  });
}

inline void lstm_backward(const Block& b) {
  const int H = b.H;
  // saved: i f g o c → dx_i dx_f dx_g dx_o and the gradient of the parent's c; dh: dh → 0
  b.each([&](int i, int j, int w) {
    float* s = b.saved[i] + j;
    const vec in = get(s, w), f = get(s + H, w), g = get(s + 2 * H, w), o = get(s + 3 * H, w);
    const vec tc = tanh_of(get(s + 4 * H, w)), d = get(b.dh[i] + j, w);
    const vec dc = d * o * d_tanh(tc) + get_or_zero(b.d_memory[i], j, w);
    const vec gates[4] = {dc * g * d_sigmoid(in), dc * get_or_zero(b.memory_before[i], j, w) * d_sigmoid(f),
                          dc * in * d_tanh(g), d * tc * d_sigmoid(o)};
    for (int k = 0; k < 4; k++) {
      put(s + k * H, gates[k], w);
      grow(b.dx[i] + k * H + j, gates[k], w);
    }
    put(s + 4 * H, dc * f, w);
    put(b.dh[i] + j, vec{}, w);
  });
}

constexpr Cell lstm = {{4, 5, 4, false, 4}, 5, 0, lstm_forward, lstm_backward};

}  // namespace VARIANT
