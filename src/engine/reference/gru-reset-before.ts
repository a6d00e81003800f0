/**
 * The gated recurrent unit as it was published (K. Cho et al., 2014; Keras' reset_after=False): it resets before the
 * product. Gates r z n; x [3, H], U [H, 3·H].
 *
 *   r = σ⟨x_r; p U_r⟩, z = σ⟨x_z; p U_z⟩, n = tanh⟨x_n; (r ⊙ p) U_n⟩, h = fma(z, p − n, n)
 */
import { addProduct, addTransposed, dSigmoid, dTanh, type ReferenceCell } from './cell.ts';
import { fma, sigmoid, tanh } from './functions.ts';

const f = Math.fround;

export const gruResetBefore: ReferenceCell = {
  gates: 3,
  saved: 4,
  factors: [null, null, 3],
  summed: 2,
  inputs: [0, 1, 2],
  bias: null,
  memory: null,

  forward(node) {
    const { H, x, before, s, h } = node;
    // s: → x_r x_z x_n –
    s.set(x);
    // s: x_r x_z x_n – → the arguments of r and z, x_n, –
    addProduct(node, before, 0, 2 * H, s);
    // s: … → the arguments of r and z, x_n, r ⊙ p
    for (let j = 0; j < H; j++) s[3 * H + j] = f(sigmoid(s[j]!) * before[j]!);
    // s: … → the arguments of r, z and n, r ⊙ p
    addProduct(node, s.subarray(3 * H), 2 * H, H, s.subarray(2 * H));
    // s: … → r z n r⊙p
    for (let j = 0; j < H; j++) {
      const z = sigmoid(s[H + j]!);
      const n = tanh(s[2 * H + j]!);
      s[j] = sigmoid(s[j]!);
      s[H + j] = z;
      s[2 * H + j] = n;
      h[j] = fma(z, f(before[j]! - n), n);
    }
  },

  backward(node) {
    const { H, before, s, dh } = node;
    // s: r z n r⊙p → r dx_z dx_n r⊙p; dh: dh → dh ⊙ z
    for (let j = 0; j < H; j++) {
      const z = s[H + j]!;
      const n = s[2 * H + j]!;
      const d = dh[j]!;
      s[H + j] = f(f(d * f(before[j]! - n)) * dSigmoid(z));
      s[2 * H + j] = f(f(d * f(1 - z)) * dTanh(n));
      dh[j] = f(d * z);
    }
    // The gradient of r ⊙ p: 0 → dx_n U_nᵀ
    const product = new Float32Array(H);
    addTransposed(node, s.subarray(2 * H), 2 * H, H, product);
    // s: r dx_z dx_n r⊙p → dx_r dx_z dx_n r⊙p; dh: dh ⊙ z → dh ⊙ z + the product's gradient ⊙ r
    for (let j = 0; j < H; j++) {
      const r = s[j]!;
      s[j] = f(f(product[j]! * before[j]!) * dSigmoid(r));
      dh[j] = fma(product[j]!, r, dh[j]!);
    }
  },
};
