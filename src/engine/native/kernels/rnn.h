// See engine/reference/rnn.ts. `saved`: backward dx.
#pragma once
#include "cell.h"

namespace VARIANT {

inline void rnn_forward(const Block& b) {
  // h: → x
  for (int i = 0; i < b.m; i++) copy(b.h[i], b.x[i], b.H);
  // h: x → the argument of tanh
  b.product(b.before, b.early, b.H, b.h);
  // h: … → the new state
  b.each([&](int i, int j, int w) { put(b.h[i] + j, tanh_of(get(b.h[i] + j, w)), w); });
}

inline void rnn_backward(const Block& b) {
  // saved: → dx; dh: dh → 0
  b.each([&](int i, int j, int w) {
    const vec dx = get(b.dh[i] + j, w) * d_tanh(get(b.h[i] + j, w));
    put(b.saved[i] + j, dx, w);
    grow(b.dx[i] + j, dx, w);
    put(b.dh[i] + j, vec{}, w);
  });
}

constexpr Cell rnn = {{1, 1, 1, false, -1}, 1, 0, rnn_forward, rnn_backward};

}  // namespace VARIANT
