/** Records what an engine is asked and what it answers, as blocks of bytes that replay.cc reads. */

import { flatPlan, flatSteps, type Numbers } from '../../src/engine/native/calls.ts';
import { type Kernels, type Plan, type Steps, weightsOf } from '../../src/engine/plan.ts';

export interface Recorder {
  readonly kernels: Kernels;
  /** The record so far. */
  bytes(): Uint8Array;
}

const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const block = (bytes: Uint8Array): Uint8Array[] => [word(bytes.length), bytes];
/** No bytes where there is no array. */
const copy = (x: Numbers | null): Uint8Array => new Uint8Array((x?.slice().buffer ?? []) as ArrayBuffer);

/** Kernels that do what these do, and keep a record of it. */
export function record(kernels: Kernels): Recorder {
  const chunks: Uint8Array[] = [];
  let count = 0;

  /** A call: its name, its arrays in order as they were before, and those that it writes as they are after it. */
  function log<T>(
    name: string,
    arrays: readonly (Numbers | null)[],
    written: readonly Numbers[],
    run: () => T,
  ): T {
    const before = arrays.map(copy);
    const result = run();
    chunks.push(...block(new TextEncoder().encode(name)), word(arrays.length));
    arrays.forEach((x, i) => {
      chunks.push(...block(before[i]!), ...block(copy(x !== null && written.includes(x) ? x : null)));
    });
    count++;
    return result;
  }

  function createSteps(plan: Plan, capacity: number): Steps {
    const steps = kernels.createSteps(plan, capacity);
    const { logits, losses, nats, divergences } = steps;
    const arrays = flatSteps(plan, steps);
    const numbers = flatPlan(plan, capacity);
    return {
      logits,
      losses,
      nats,
      divergences,
      train(batch, _, latent) {
        const written = [
          logits,
          losses,
          nats,
          divergences,
          ...weightsOf(plan).map(({ gradient }) => gradient),
        ];
        log('step', [numbers, ...arrays.train(batch, latent)], written, () =>
          steps.train(batch, undefined, latent),
        );
      },
      infer(batch, attention, _, decoding) {
        const others = [
          ...(attention === null ? [] : Object.values(attention)),
          ...(decoding === undefined ? [] : [decoding.surprise]),
          ...(decoding?.posterior === undefined ? [] : [decoding.posterior]),
        ];
        log('step', [numbers, ...arrays.infer(batch, attention, decoding)], [logits, ...others], () =>
          steps.infer(batch, attention, undefined, decoding),
        );
      },
    };
  }

  return {
    kernels: {
      ...kernels,
      createSteps,
      sumOfSquares(x) {
        const result = new Float64Array(1);
        log('sumOfSquares', [x, result], [result], () => result.set([kernels.sumOfSquares(x)]));
        return result[0]!;
      },
      adam(p, g, m, v, constants) {
        const { scale, beta1, beta2, epsilon, rate, correction } = constants;
        const numbers = Float32Array.of(scale, beta1, beta2, epsilon, rate, correction);
        log('adam', [p, g, m, v, numbers], [p, m, v], () => kernels.adam(p, g, m, v, constants));
      },
    },
    bytes: () => Buffer.concat([word(count), ...chunks]),
  };
}
