/** Records what an engine is asked and what it answers, as blocks of bytes that replay.cc reads. */

import { flatBatch, flatPlan } from '../../src/engine/native/calls.ts';
import { type Kernels, type Plan, type Steps, weightsOf } from '../../src/engine/plan.ts';
import { decoderGradient } from '../../src/engine/reference/decoder.ts';

type Numbers = Int32Array | Uint8Array | Uint16Array | Float32Array | Float64Array;

export interface Recorder {
  readonly kernels: Kernels;
  /** The record so far. */
  bytes(): Uint8Array;
}

const ABSENT = 0xffff_ffff;
const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const copy = (x: Numbers): Uint8Array => new Uint8Array(x.slice().buffer as ArrayBuffer);

/** Kernels that do what these do, and keep a record of it. */
export function record(kernels: Kernels): Recorder {
  const chunks: Uint8Array[] = [];
  let count = 0;

  /** A call: its name, what it reads, and what it writes, before and after. */
  function log<T>(
    name: string,
    inputs: readonly (Numbers | null)[],
    outputs: readonly Numbers[],
    run: () => T,
  ): T {
    const before = outputs.map(copy);
    const read = inputs.map((x) => x && copy(x));
    const result = run();
    const blocks = [
      new TextEncoder().encode(name),
      ...read,
      ...outputs.flatMap((x, i) => [before[i]!, copy(x)]),
    ];
    chunks.push(word(blocks.length));
    for (const block of blocks)
      chunks.push(word(block === null ? ABSENT : block.length), block ?? new Uint8Array(0));
    count++;
    return result;
  }

  function createSteps(plan: Plan, capacity: number): Steps {
    const steps = kernels.createSteps(plan, capacity);
    const weights = weightsOf(plan);
    const values = weights.map(({ value }) => value);
    const { logits, losses, nats } = steps;
    const of = (batch: Parameters<Steps['train']>[0]) => {
      const [size, ...arrays] = flatBatch(batch);
      return [flatPlan(plan, capacity), Int32Array.of(size), ...arrays] as const;
    };
    return {
      logits,
      losses,
      nats,
      train(batch) {
        const classWeights = plan.classWeights && Float64Array.from(plan.classWeights);
        const masks = plan.head.map(({ mask }) => mask);
        const gradients = weights.map(({ gradient }) => gradient);
        const gradient = plan.decoder === null ? [] : [Float32Array.of(decoderGradient(plan, batch))];
        const inputs = [...of(batch), classWeights, ...masks, ...gradient, ...values];
        const decoded = plan.decoder === null ? [] : [nats];
        log('train', inputs, [logits, losses, ...decoded, ...gradients], () => steps.train(batch));
      },
      infer(batch, attention) {
        const written =
          attention === null
            ? []
            : [
                attention.tokenScores,
                attention.tokenWeights,
                attention.packetScores,
                attention.packetWeights,
              ];
        log('infer', [...of(batch), ...values], [logits, ...written], () => steps.infer(batch, attention));
      },
    };
  }

  return {
    kernels: {
      ...kernels,
      createSteps,
      sumOfSquares(x) {
        const result = new Float64Array(1);
        log('sumOfSquares', [x], [result], () => result.set([kernels.sumOfSquares(x)]));
        return result[0]!;
      },
      adam(p, g, m, v, constants) {
        const { scale, beta1, beta2, epsilon, rate, correction } = constants;
        const numbers = Float64Array.of(scale, beta1, beta2, epsilon, rate, correction);
        log('adam', [numbers, g], [p, m, v], () => kernels.adam(p, g, m, v, constants));
      },
    },
    bytes: () => Buffer.concat([word(count), ...chunks]),
  };
}
