/**
 * The gated recurrent unit that resets after the product (cuDNN, PyTorch). Gates r z n; x [3, H], U [H, 3·H], c [H].
 *
 *   r = σ⟨x_r; p U_r⟩, z = σ⟨x_z; p U_z⟩, q = ⟨c; p U_n⟩, n = tanh(fma(r, q, x_n)), h = fma(z, p − n, n)
 */
import { addProduct, dSigmoid, dTanh, type ReferenceCell } from './cell.ts';
import { fma, sigmoid, tanh } from './functions.ts';

const f = Math.fround;

export const gru: ReferenceCell = {
  gates: 3,
  saved: 4,
  factors: [null, null, null],
  summed: 3,
  inputs: [0, 1, 3],
  bias: 2,
  memory: null,

  forward(node) {
    const { H, x, bias, before, s, h } = node;
    // s: → x_r x_z c –
    s.set(x.subarray(0, 2 * H));
    s.set(bias, 2 * H);
    // s: x_r x_z c – → the arguments of r and z, q, –
    addProduct(node, before, 0, 3 * H, s);
    // s: … → r z q n
    for (let j = 0; j < H; j++) {
      const r = sigmoid(s[j]!);
      const z = sigmoid(s[H + j]!);
      const n = tanh(fma(r, s[2 * H + j]!, x[2 * H + j]!));
      s[j] = r;
      s[H + j] = z;
      s[3 * H + j] = n;
      h[j] = fma(z, f(before[j]! - n), n);
    }
  },

  backward(node) {
    const { H, before, s, dh } = node;
    // s: r z q n → dx_r dx_z dq dx_n; dh: dh → dh ⊙ z
    for (let j = 0; j < H; j++) {
      const r = s[j]!;
      const z = s[H + j]!;
      const q = s[2 * H + j]!;
      const n = s[3 * H + j]!;
      const d = dh[j]!;
      const dn = f(f(d * f(1 - z)) * dTanh(n));
      s[j] = f(f(dn * q) * dSigmoid(r));
      s[H + j] = f(f(d * f(before[j]! - n)) * dSigmoid(z));
      s[2 * H + j] = f(dn * r);
      s[3 * H + j] = dn;
      dh[j] = f(d * z);
    }
  },
};
