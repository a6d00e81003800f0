// See engine/reference/gru-reset-before.ts. Blocks of `saved`: forward r z n r⊙p, backward dx_r dx_z dx_n r⊙p.
#pragma once
#include "cell.h"

namespace VARIANT {

inline void gru_reset_before_forward(const Block& b) {
  const int H = b.H;
  const float* reset[row_block];
  float* n_of[row_block];
  // saved: → x_r x_z x_n –
  for (int i = 0; i < b.m; i++) {
    copy(b.saved[i], b.x[i], 3 * H);
    reset[i] = b.saved[i] + 3 * H;
    n_of[i] = b.saved[i] + 2 * H;
  }
  // saved: x_r x_z x_n – → the arguments of r and z, x_n, –
  b.product(b.before, b.early, 2 * H, b.saved);
  // saved: … → the arguments of r and z, x_n, r ⊙ p
  b.each([&](int i, int j, int w) {
    float* s = b.saved[i] + j;
    put(s + 3 * H, sigmoid_of(get(s, w)) * get_or_zero(b.before[i], j, w), w);
  });
  // saved: … → the arguments of r, z and n, r ⊙ p
  b.product(reset, b.late, H, n_of);
  // saved: … → r z n r⊙p
  b.each([&](int i, int j, int w) {
    float* s = b.saved[i] + j;
    const vec r = sigmoid_of(get(s, w)), z = sigmoid_of(get(s + H, w)), n = tanh_of(get(s + 2 * H, w));
    put(s, r, w);
    put(s + H, z, w);
    put(s + 2 * H, n, w);
    put(b.h[i] + j, fma(z, get_or_zero(b.before[i], j, w) - n, n), w);
  });
}

inline void gru_reset_before_backward(const Block& b) {
  const int H = b.H;
  float* product[row_block];
  const float* dn[row_block];
  for (int i = 0; i < b.m; i++) {
    product[i] = b.spare + (size_t)i * H;
    dn[i] = b.saved[i] + 2 * H;
  }
  // saved: r z n r⊙p → r dx_z dx_n r⊙p; dh: dh → dh ⊙ z; product: → 0
  b.each([&](int i, int j, int w) {
    float *s = b.saved[i] + j, *dx = b.dx[i] + j;
    const vec z = get(s + H, w), n = get(s + 2 * H, w), d = get(b.dh[i] + j, w), p = get_or_zero(b.before[i], j, w);
    const vec dz = d * (p - n) * d_sigmoid(z), dxn = d * (1.0f - z) * d_tanh(n);
    put(s + H, dz, w);
    put(s + 2 * H, dxn, w);
    grow(dx + H, dz, w);
    grow(dx + 2 * H, dxn, w);
    put(b.dh[i] + j, d * z, w);
    put(product[i] + j, vec{}, w);
  });
  // product: 0 → the gradient of r ⊙ p
  b.product(dn, b.late, H, product);
  // saved: r dx_z dx_n r⊙p → dx_r dx_z dx_n r⊙p; dh: dh ⊙ z → dh ⊙ z + product ⊙ r
  b.each([&](int i, int j, int w) {
    float* s = b.saved[i] + j;
    const vec r = get(s, w), e = get(product[i] + j, w), dr = e * get_or_zero(b.before[i], j, w) * d_sigmoid(r);
    put(s, dr, w);
    grow(b.dx[i] + j, dr, w);
    put(b.dh[i] + j, fma(e, r, get(b.dh[i] + j, w)), w);
  });
}

constexpr Cell gru_reset_before = {{3, 4, 2, false, -1}, 2, 3, gru_reset_before_forward, gru_reset_before_backward};

}  // namespace VARIANT
