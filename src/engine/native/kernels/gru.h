// See engine/reference/gru.ts. Blocks of `saved`: forward r z q n, backward dx_r dx_z dq –.
#pragma once
#include "cell.h"

namespace VARIANT {

inline void gru_forward(const Block& b) {
  const int H = b.H;
  // spare: → x_r x_z c
  float* g[row_block];
  for (int i = 0; i < b.m; i++) {
    g[i] = b.spare + (size_t)i * 4 * H;
    copy(g[i], b.x[i], 2 * H);
    copy(g[i] + 2 * H, b.bias, H);
  }
  // spare: x_r x_z c → the arguments of r and z, q
  b.product(b.before, H, b.early, 3 * H, g);
  // saved: → r z q n
  for (int i = 0; i < b.m; i++) {
    float* saved = b.saves ? b.saved[i] : nullptr;
    const float *pre = g[i], *xn = b.x[i] + 2 * H, *before = b.before[i];
    each_vector(H, [&](int j, int w) {
      vec r = sigmoid_of(get(pre + j, w)), z = sigmoid_of(get(pre + H + j, w)), q = get(pre + 2 * H + j, w);
      vec n = tanh_of(fma(r, q, get(xn + j, w)));
      vec p = get_or_zero(before, j, w);
      if (saved) {
        put(saved + j, r, w);
        put(saved + H + j, z, w);
        put(saved + 2 * H + j, q, w);
        put(saved + 3 * H + j, n, w);
      }
      put(b.h[i] + j, fma(z, sub(p, n), n), w);
    });
  }
}

inline void gru_backward(const Block& b) {
  const int H = b.H;
  // saved: r z q n → dx_r dx_z dq –; dh: dh → dh ⊙ z
  for (int i = 0; i < b.m; i++) {
    float *saved = b.saved[i], *dh = b.dh[i], *dx = b.dx[i];
    const float* before = b.before[i];
    each_vector(H, [&](int j, int w) {
      float* s = saved + j;
      vec r = get(s, w), z = get(s + H, w), q = get(s + 2 * H, w), n = get(s + 3 * H, w);
      vec d = get(dh + j, w), p = get_or_zero(before, j, w);
      vec dn = mul(mul(d, sub(set(1.0f), z)), d_tanh(n));
      vec dr = mul(mul(dn, q), d_sigmoid(r)), dz = mul(mul(d, sub(p, n)), d_sigmoid(z)), dq = mul(dn, r);
      put(s, dr, w);
      put(s + H, dz, w);
      put(s + 2 * H, dq, w);
      put(dh + j, mul(d, z), w);
      grow(dx + j, dr, w);
      grow(dx + H + j, dz, w);
      grow(dx + 2 * H + j, dn, w);
      grow(b.d_bias + j, dq, w);
    });
  }
}

constexpr Cell gru = {{3, 4, 3, true, false}, 3, 0, gru_forward, gru_backward};

}  // namespace VARIANT
