// See engine/reference/lstm.ts. Blocks of `saved`: forward i f g o c, backward dx_i dx_f dx_g dx_o and the gradient of
// the parent's c.
#pragma once
#include "cell.h"

namespace VARIANT {

// c of the parent of row i, or its gradient in a child; null on level 0.
INLINE const float* lstm_state(const Block& b, size_t node) { return b.layer.p.saved + (node * 5 + 4) * b.H; }
INLINE const float* lstm_state_before(const Block& b, int i) {
  return b.level ? lstm_state(b, b.layer.tree.parent[b.first + i]) : nullptr;
}

inline void lstm_forward(const Block& b) {
  const int H = b.H;
  // saved: → x_i x_f x_g x_o –
  for (int i = 0; i < b.m; i++) copy(b.saved[i], b.x[i], 4 * H);
  // saved: x_i x_f x_g x_o – → the gates' arguments, –
  b.product(b.before, H, b.layer.packed, 4 * H, b.saved);
  // saved: … → i f g o c
  for (int i = 0; i < b.m; i++) {
    const float* before = lstm_state_before(b, i);
    each_vector(H, [&](int j, int w) {
      float* s = b.saved[i] + j;
      vec in = sigmoid_of(get(s, w)), f = sigmoid_of(get(s + H, w));
      vec g = tanh_of(get(s + 2 * H, w)), o = sigmoid_of(get(s + 3 * H, w));
      vec c = fma(f, get_or_zero(before, j, w), mul(in, g));
      put(s, in, w);
      put(s + H, f, w);
      put(s + 2 * H, g, w);
      put(s + 3 * H, o, w);
      put(s + 4 * H, c, w);
      put(b.h[i] + j, mul(o, tanh_of(c)), w);
    });
  }
}

inline void lstm_backward(const Block& b) {
  const int H = b.H;
  const uint32_t* child_start = b.layer.tree.child_start + b.first;
  // saved: i f g o c → dx_i dx_f dx_g dx_o and the gradient of the parent's c; dh: dh → 0
  for (int i = 0; i < b.m; i++) {
    const float* before = lstm_state_before(b, i);
    each_vector(H, [&](int j, int w) {
      float* s = b.saved[i] + j;
      vec in = get(s, w), f = get(s + H, w), g = get(s + 2 * H, w), o = get(s + 3 * H, w);
      vec tc = tanh_of(get(s + 4 * H, w)), d = get(b.dh[i] + j, w);
      vec dc = mul(mul(d, o), d_tanh(tc));
      for (uint32_t child = child_start[i]; child < child_start[i + 1]; child++)
        dc = add(dc, get(lstm_state(b, child) + j, w));
      put(s, mul(mul(dc, g), d_sigmoid(in)), w);
      put(s + H, mul(mul(dc, get_or_zero(before, j, w)), d_sigmoid(f)), w);
      put(s + 2 * H, mul(mul(dc, in), d_tanh(g)), w);
      put(s + 3 * H, mul(mul(d, tc), d_sigmoid(o)), w);
      put(s + 4 * H, mul(dc, f), w);
      put(b.dh[i] + j, set(0.0f), w);
    });
  }
  // dh: 0 → the gradient of p
  b.product(b.saved, 4 * H, b.layer.packed, H, b.dh, b.ahead);
}

constexpr Cell lstm = {{4, 5, false, true}, 4, -1, 0, lstm_forward, lstm_backward};

}  // namespace VARIANT
