/**
 * The simple recurrent network (J. Elman, 1990). One gate; x [H], U [H, H].
 *
 *   h = tanh⟨x; p U⟩
 */
import { addProduct, dTanh, type ReferenceCell } from './cell.ts';
import { tanh } from './functions.ts';

export const rnn: ReferenceCell = {
  gates: 1,
  saved: 1,
  factors: [null],
  summed: 1,
  inputs: [0],
  bias: null,
  memory: null,

  forward(node) {
    const { H, x, before, h } = node;
    // h: → x
    h.set(x);
    // h: x → the argument of tanh
    addProduct(node, before, 0, H, h);
    // h: … → the new state
    for (let j = 0; j < H; j++) h[j] = tanh(h[j]!);
  },

  backward(node) {
    const { H, h, s, dh } = node;
    // s: – → dx; dh: dh → 0
    for (let j = 0; j < H; j++) {
      s[j] = dh[j]! * dTanh(h[j]!);
      dh[j] = 0;
    }
  },
};
