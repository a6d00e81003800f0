/**
 * Packet encoder and session encoder: recurrent layers with attention on top, over a forest of prefixes.
 *
 * The packet encoder reads tokens, [B, P, T] → [B, P, H]: its input product is a row look-up, because tokens are
 * one-hot. The session encoder reads packet vectors, [B, P, H] → [B, S].
 */
import {
  type Cell,
  gatesOf,
  hasRecurrentBias,
  type Kernels,
  type PooledGradient,
  type RecurrentLayer,
  savedOf,
  savesAlways,
  type Tree,
} from '../engine/index.ts';
import { type AttentionLayer, createAttention } from './attention.ts';
import type { Gradients } from './gradients.ts';
import type { LevelShape } from './shape.ts';

export interface Encoder {
  readonly attention: AttentionLayer;
  /** [S, H]: one vector a sequence. */
  readonly out: Float32Array;
  /** [S, H]: where the gradient of `out` is to be put before backward. */
  readonly dOut: Float32Array;
  forward(tree: Tree, training: boolean): void;
  backward(tree: Tree): void;
}

export interface EncoderOptions {
  readonly kernels: Kernels;
  readonly prefix: 'packet' | 'session';
  readonly cell: Cell;
  readonly level: LevelShape;
  /** Most sequences and steps of a batch. */
  readonly sequences: number;
  readonly steps: number;
  readonly gradients: Gradients;
  /** Width of the input vectors, or the vocabulary when tokens are read. */
  readonly inputs: number;
  /** Input vectors [rows, inputs] and their gradient; undefined when tokens are read. */
  readonly from?: {
    readonly values: Float32Array;
    readonly gradient: Float32Array;
    readonly rows: () => number;
  };
}

/** An encoder of one level. */
export function createEncoder(options: EncoderOptions): Encoder {
  const { kernels, prefix, cell, level, sequences, steps, gradients, from } = options;
  const H = level.units;
  const G = gatesOf(cell) * H;
  const nodes = sequences * steps;
  const dHidden = Array.from({ length: level.layers }, () => new Float32Array(nodes * H));
  const hidden = Array.from({ length: level.layers }, () => new Float32Array(nodes * H));
  const saved = Array.from({ length: level.layers }, () => new Float32Array(nodes * savedOf(cell) * H));
  const attention = createAttention(kernels, level.attention, prefix, H, sequences, steps, gradients);
  const out = new Float32Array(sequences * H);
  const dOut = new Float32Array(sequences * H);
  const ownNode = level.layers > 1 ? Uint32Array.from({ length: nodes }, (_, n) => n) : undefined;

  const layers = Array.from({ length: level.layers }, (_, l) => createLayer(l));
  const top = hidden[level.layers - 1]!;

  function createLayer(l: number) {
    const of = (name: string) => gradients.of(`${prefix}.${l}.${name}`);
    const [input, bias, recurrent] = [of('input'), of('bias'), of('recurrent')];
    const recurrentBias = hasRecurrentBias(cell) ? of('recurrent_bias') : undefined;
    const looksUp = l === 0 && from === undefined;
    const most = looksUp ? options.inputs : l === 0 ? sequences * steps : nodes;
    const width = l === 0 ? options.inputs : H;
    const rows = new Float32Array(most * G); // x·W + b
    const dRows = new Float32Array(most * G);
    const below = l === 0 ? from?.values : hidden[l - 1];
    const dBelow = l === 0 ? from?.gradient : dHidden[l - 1];
    const count = (tree: Tree): number => (looksUp ? options.inputs : l === 0 ? from!.rows() : tree.nodes);
    const view = (tree: Tree): Tree => (l === 0 ? tree : { ...tree, input: ownNode! });
    const layer = (n: number, training: boolean): RecurrentLayer => ({
      cell,
      units: H,
      inputRows: n,
      input: rows,
      recurrent: recurrent.value,
      recurrentBias: recurrentBias?.value ?? null,
      hidden: hidden[l]!,
      saved: training || savesAlways(cell) ? saved[l]! : null,
    });

    return {
      forward(tree: Tree, training: boolean): void {
        const n = count(tree);
        if (below === undefined) kernels.addRow(n, G, input.value, bias.value, rows);
        else kernels.linear(n, width, G, below, input.value, bias.value, rows);
        kernels.recurrentForward(view(tree), layer(n, training));
      },
      backward(tree: Tree, above: { readonly pooled: PooledGradient | null; readonly dense: boolean }): void {
        const n = count(tree);
        kernels.recurrentBackward(view(tree), layer(n, true), {
          ...above,
          hidden: dHidden[l]!,
          input: dRows,
          recurrent: recurrent.gradient,
          recurrentBias: recurrentBias?.gradient ?? null,
        });
        if (below === undefined) {
          input.gradient.set(dRows.subarray(0, n * G));
          kernels.columnSums(n, G, dRows, bias.gradient);
        } else {
          // A lower layer is read by the layer above alone, so that gradient is all it gets from outside.
          kernels.linearBackward(
            n,
            width,
            G,
            below,
            input.value,
            dRows,
            dBelow!,
            input.gradient,
            bias.gradient,
          );
        }
      },
    };
  }

  return {
    attention,
    out,
    dOut,
    forward(tree, training) {
      for (const layer of layers) layer.forward(tree, training);
      attention.forward(tree, top, out);
    },
    backward(tree) {
      let above: { pooled: PooledGradient | null; dense: boolean } = attention.backward(
        tree,
        top,
        dOut,
        dHidden[level.layers - 1]!,
      );
      for (let l = layers.length - 1; l >= 0; l--) {
        layers[l]!.backward(tree, above);
        above = { pooled: null, dense: true };
      }
    },
  };
}
