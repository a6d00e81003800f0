/** Records every kernel call of a computation, with all arrays before and after, in the format that replay.cc reads. */
import type { Kernels } from '../../src/engine/index.ts';
import { type Argument, calls, type Operation } from '../../src/engine/native/calls.ts';

const treeFields = [
  'levelStart',
  'parent',
  'childStart',
  'input',
  'order',
  'leaf',
  'length',
  'first',
  'last',
] as const;

export interface Recorder {
  readonly kernels: Kernels;
  /** The record so far. */
  bytes(): Uint8Array;
}

/** Kernels that do what these do, and keep a record of it. */
export function record(kernels: Kernels): Recorder {
  const chunks: Uint8Array[] = [];
  let count = 0;
  const word = (...values: number[]): void =>
    void chunks.push(new Uint8Array(Uint32Array.from(values).buffer));
  const doubles = (values: readonly number[]): void =>
    void chunks.push(new Uint8Array(Float64Array.from(values).buffer));
  const copy = (x: Float32Array | Uint32Array): Uint8Array =>
    new Uint8Array(x.slice().buffer as ArrayBuffer, 0, x.byteLength);

  function logged<K extends Operation>(name: K) {
    return (...args: Parameters<Kernels[K]>): ReturnType<Kernels[K]> => {
      const flat: readonly Argument[] = calls[name](...args);
      const arrays = flat.filter((x): x is Float32Array | null => x === null || x instanceof Float32Array);
      const before = arrays.map((x) => x && copy(x));
      const method = kernels[name] as (...a: Parameters<Kernels[K]>) => ReturnType<Kernels[K]>;
      const result = method(...args);
      const text = new TextEncoder().encode(name);
      word(text.length);
      chunks.push(text);
      const numbers = flat.filter((x) => typeof x === 'number');
      word(numbers.length);
      doubles(numbers);
      const tree = flat.find((x) => x !== null && typeof x === 'object' && 'levelStart' in x);
      word(tree ? 1 : 0);
      if (tree && 'levelStart' in tree) {
        word(tree.levels, tree.nodes, tree.sequences);
        for (const field of treeFields) {
          word(tree[field].length);
          chunks.push(copy(tree[field]));
        }
      }
      word(arrays.length);
      arrays.forEach((x, i) => {
        const same = arrays.indexOf(x);
        if (x === null) word(0);
        else if (same < i) word(2, same);
        else word(1, x.length);
        if (x === null || same < i) return;
        chunks.push(before[i]!, copy(x));
      });
      doubles([result ?? 0]);
      count++;
      return result;
    };
  }

  const names = Object.keys(calls) as Operation[];
  return {
    kernels: { ...kernels, ...Object.fromEntries(names.map((name) => [name, logged(name)])) },
    bytes: () => Buffer.concat([Uint8Array.from(new Uint8Array(Uint32Array.of(count).buffer)), ...chunks]),
  };
}
