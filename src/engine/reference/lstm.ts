/**
 * Long short-term memory (S. Hochreiter and J. Schmidhuber, 1997; with the forget gate of F. Gers et al., 2000). Gates
 * i f g o; x [4, H], U [H, 4·H]; the cell state c is saved behind the gates.
 *
 *   i f g o of ⟨x; p U⟩ by σ σ tanh σ, c = fma(f, c_p, i ⊙ g), h = o ⊙ tanh(c)
 */
import { addProduct, dSigmoid, dTanh, type ReferenceCell } from './cell.ts';
import { fma, sigmoid, tanh } from './functions.ts';

const round = Math.fround;

export const lstm: ReferenceCell = {
  gates: 4,
  saved: 5,
  factors: [null, null, null, null],
  summed: 5,
  inputs: [0, 1, 2, 3],
  bias: null,
  memory: 4,

  forward(node) {
    const { H, x, before, savedBefore, s, h } = node;
    // s: → x_i x_f x_g x_o –
    s.set(x);
    // s: x_i x_f x_g x_o – → the gates' arguments, –
    addProduct(node, before, 0, 4 * H, s);
    // s: … → i f g o c
    for (let j = 0; j < H; j++) {
      const i = sigmoid(s[j]!);
      const f = sigmoid(s[H + j]!);
      const g = tanh(s[2 * H + j]!);
      const o = sigmoid(s[3 * H + j]!);
      const c = fma(f, savedBefore[4 * H + j]!, round(i * g));
      s[j] = i;
      s[H + j] = f;
      s[2 * H + j] = g;
      s[3 * H + j] = o;
      s[4 * H + j] = c;
      h[j] = round(o * tanh(c));
    }
  },

  backward(node) {
    const { H, savedBefore, s, dh, below } = node;
    // s: i f g o c → dx_i dx_f dx_g dx_o and the gradient of c_p; dh: dh → 0
    for (let j = 0; j < H; j++) {
      const i = s[j]!;
      const f = s[H + j]!;
      const g = s[2 * H + j]!;
      const o = s[3 * H + j]!;
      const tc = tanh(s[4 * H + j]!);
      const d = dh[j]!;
      const dc = round(round(round(d * o) * dTanh(tc)) + below[4 * H + j]!);
      s[j] = round(round(dc * g) * dSigmoid(i));
      s[H + j] = round(round(dc * savedBefore[4 * H + j]!) * dSigmoid(f));
      s[2 * H + j] = round(round(dc * i) * dTanh(g));
      s[3 * H + j] = round(round(d * tc) * dSigmoid(o));
      s[4 * H + j] = round(dc * f);
      dh[j] = 0;
    }
  },
};
