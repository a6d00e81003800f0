/**
 * Parameters as tensors. Arrays with gate columns, [rows, G·H], become a tensor a gate, [rows, H], on the way in, and
 * their gradients one array on the way out: plain copies, where slicing columns of every step's tensors would cost more
 * than the products on the plain JavaScript backend.
 */
import { gatesOf } from '../../engine/index.ts';
import type { Parameter } from '../model.ts';
import type { NetworkShape } from '../shape.ts';
import type { Tensor, Tf } from './tensor.ts';

export interface Weights {
  /** @throws RangeError when there is no such parameter. */
  of(name: string): Tensor;
  /** One tensor a gate, [rows, H] or [H]. */
  gates(name: string): readonly Tensor[];
}

const GATED = /^(packet|session)\.\d+\.(input|bias|recurrent)$/;

const gateCount = (shape: NetworkShape, name: string): number => (GATED.test(name) ? gatesOf(shape.cell) : 1);

/** New tensors of all parameters, gate by gate, in the parameters' order. */
export function toTensors(tf: Tf, shape: NetworkShape, parameters: readonly Parameter[]): Tensor[] {
  return parameters.flatMap(({ name, shape: size, data }) => {
    const G = gateCount(shape, name);
    // A copy, since the plain backend would keep the caller's array, which is trained in place.
    if (G === 1) return [tf.tensor(data.slice(), [...size])];
    const columns = size.at(-1)!;
    const H = columns / G;
    return Array.from({ length: G }, (_, gate) => {
      const part = new Float32Array(data.length / G);
      for (let at = gate * H, to = 0; at < data.length; at += columns, to += H)
        part.set(data.subarray(at, at + H), to);
      return tf.tensor(part, [...size.slice(0, -1), H]);
    });
  });
}

/** Adds the gradients of those tensors to the gradients of the parameters. */
export function addGradients(
  shape: NetworkShape,
  parameters: readonly Parameter[],
  tensors: readonly Tensor[],
  gradients: readonly Float32Array[],
): void {
  let next = 0;
  parameters.forEach(({ name, shape: size }, i) => {
    const G = gateCount(shape, name);
    const columns = G === 1 ? 1 : size.at(-1)!;
    const H = columns / G;
    const to = gradients[i]!;
    for (let gate = 0; gate < G; gate++) {
      const from = tensors[next++]!.dataSync();
      for (let k = 0; k < from.length; k++) {
        const at = G === 1 ? k : Math.floor(k / H) * columns + gate * H + (k % H);
        to[at] = to[at]! + from[k]!;
      }
    }
  });
}

/** The tensors of toTensors by the names of their parameters. */
export function byName(
  shape: NetworkShape,
  parameters: readonly Parameter[],
  tensors: readonly Tensor[],
): Weights {
  const found = new Map<string, readonly Tensor[]>();
  let next = 0;
  for (const { name } of parameters) {
    const G = gateCount(shape, name);
    found.set(name, tensors.slice(next, next + G));
    next += G;
  }
  const gates = (name: string): readonly Tensor[] => {
    const list = found.get(name);
    if (list === undefined) throw new RangeError(`no parameter ${name} in this network`);
    return list;
  };
  return { gates, of: (name) => gates(name)[0]! };
}
