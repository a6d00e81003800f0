/** The head: dense layers from the session vector to one logit a class. */
import type { Kernels } from '../engine/index.ts';
import type { Gradients } from './gradients.ts';
import { dropout, layerNorm } from './normalize.ts';
import type { NetworkShape } from './shape.ts';

export interface Head {
  /** [B, C]. */
  readonly logits: Float32Array;
  readonly dLogits: Float32Array;
  forward(rows: number, training: boolean): void;
  backward(rows: number): void;
  /** The next dropout masks are those after so many steps. */
  continueAfter(steps: number): void;
}

/**
 * dropout(activation(norm(x·W + b))) for each hidden layer, then x·W + b; from `values` [B, S] with gradient `dValues`.
 */
export function createHead(
  kernels: Kernels,
  shape: NetworkShape,
  capacity: number,
  seed: number,
  gradients: Gradients,
  values: Float32Array,
  dValues: Float32Array,
): Head {
  let from = { width: shape.session.units, values, gradient: dValues };
  const widths = [...shape.head, shape.classes];
  const last = shape.head.length;
  const layers = widths.map((width, i) => {
    const name = i < last ? `head.${i}` : 'output';
    const to = {
      width,
      values: new Float32Array(capacity * width),
      activated: new Float32Array(i < last && shape.dropout > 0 ? capacity * width : 0),
      gradient: new Float32Array(capacity * width),
    };
    const layer = {
      from,
      to,
      weight: gradients.of(`${name}.weight`),
      bias: gradients.of(`${name}.bias`),
      norm:
        i < last && shape.layerNorm
          ? layerNorm(width, capacity, gradients.of(`${name}.gain`), gradients.of(`${name}.shift`))
          : undefined,
      drop: i < last && shape.dropout > 0 ? dropout(width, capacity, shape.dropout, seed, i) : undefined,
    };
    from = to;
    return layer;
  });
  return {
    continueAfter(steps) {
      for (const { drop } of layers) drop?.continueAfter(steps);
    },
    logits: from.values,
    dLogits: from.gradient,
    forward(rows, training) {
      layers.forEach(({ from: x, to: y, weight, bias, norm, drop }, i) => {
        kernels.linear(rows, x.width, y.width, x.values, weight.value, bias.value, y.values);
        norm?.forward(rows, y.values);
        if (i < last) kernels.activate(shape.activation, rows * y.width, y.values, y.values);
        if (drop !== undefined && training) {
          // The derivative of the activation needs its output before the mask.
          y.activated.set(y.values.subarray(0, rows * y.width));
          drop.forward(rows, y.values);
        }
      });
    },
    backward(rows) {
      for (let i = last; i >= 0; i--) {
        const { from: x, to: y, weight, bias, norm, drop } = layers[i]!;
        const n = rows * y.width;
        drop?.backward(rows, y.gradient);
        const activated = drop === undefined ? y.values : y.activated;
        if (i < last) kernels.activateBackward(shape.activation, n, activated, y.gradient, y.gradient);
        norm?.backward(rows, y.gradient);
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
