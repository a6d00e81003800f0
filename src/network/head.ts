/** The head: dense layers from the session vector to one logit a class. */
import type { Activation, Kernels } from '../engine/index.ts';
import type { Gradients } from './gradients.ts';

export interface Head {
  /** [B, C]. */
  readonly logits: Float32Array;
  readonly dLogits: Float32Array;
  forward(rows: number): void;
  backward(rows: number): void;
}

/** activation(x·W + b) for each hidden layer, then x·W + b; from `values` [B, inputs] with gradient `dValues`. */
export function createHead(
  kernels: Kernels,
  activation: Activation,
  hidden: readonly number[],
  inputs: number,
  classes: number,
  capacity: number,
  gradients: Gradients,
  values: Float32Array,
  dValues: Float32Array,
): Head {
  const names = [...hidden.map((_, i) => `head.${i}`), 'output'];
  const widths = [...hidden, classes];
  let from = { width: inputs, values, gradient: dValues };
  const layers = names.map((name, i) => {
    const width = widths[i]!;
    const to = {
      width,
      values: new Float32Array(capacity * width),
      gradient: new Float32Array(capacity * width),
    };
    const layer = { from, to, weight: gradients.of(`${name}.weight`), bias: gradients.of(`${name}.bias`) };
    from = to;
    return layer;
  });
  const last = layers.length - 1;
  return {
    logits: from.values,
    dLogits: from.gradient,
    forward(rows) {
      layers.forEach(({ from: x, to: y, weight, bias }, i) => {
        kernels.linear(rows, x.width, y.width, x.values, weight.value, bias.value, y.values);
        if (i < last) kernels.activate(activation, rows * y.width, y.values, y.values);
      });
    },
    backward(rows) {
      for (let i = last; i >= 0; i--) {
        const { from: x, to: y, weight, bias } = layers[i]!;
        if (i < last) kernels.activateBackward(activation, rows * y.width, y.values, y.gradient, y.gradient);
        kernels.linearBackward(
          rows,
          x.width,
          y.width,
          x.values,
          weight.value,
          y.gradient,
          x.gradient,
          weight.gradient,
          bias.gradient,
        );
      }
    },
  };
}
