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
  b.product(b.before, b.early, 3 * H, g);
  // saved: → r z q n
  b.each([&](int i, int j, int w) {
    const float* s = g[i] + j;
    const vec r = sigmoid_of(get(s, w)), z = sigmoid_of(get(s + H, w)), q = get(s + 2 * H, w);
    const vec n = tanh_of(fma(r, q, get(b.x[i] + 2 * H + j, w)));
    if (b.saves) {
      float* saved = b.saved[i] + j;
      put(saved, r, w);
      put(saved + H, z, w);
      put(saved + 2 * H, q, w);
      put(saved + 3 * H, n, w);
    }
    put(b.h[i] + j, fma(z, get_or_zero(b.before[i], j, w) - n, n), w);
  });
}

inline void gru_backward(const Block& b) {
  const int H = b.H;
  // saved: r z q n → dx_r dx_z dq –; dh: dh → dh ⊙ z
  b.each([&](int i, int j, int w) {
    float *s = b.saved[i] + j, *dh = b.dh[i] + j, *dx = b.dx[i] + j;
    const vec r = get(s, w), z = get(s + H, w), q = get(s + 2 * H, w), n = get(s + 3 * H, w);
    const vec d = get(dh, w), p = get_or_zero(b.before[i], j, w);
    const vec dn = d * (1.0f - z) * d_tanh(n), dr = dn * q * d_sigmoid(r), dz = d * (p - n) * d_sigmoid(z), dq = dn * r;
    put(s, dr, w);
    put(s + H, dz, w);
    put(s + 2 * H, dq, w);
    put(dh, d * z, w);
    grow(dx, dr, w);
    grow(dx + H, dz, w);
    grow(dx + 2 * H, dn, w);
    grow(b.d_bias + j, dq, w);
  });
}

constexpr Cell gru = {{3, 4, 3, true, -1}, 3, 0, gru_forward, gru_backward};

}  // namespace VARIANT
