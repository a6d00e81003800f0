/** Whole training steps at the article's sizes: morph, encode, forward, backward, clip, Adam. */
import { createModel, type NetworkShape } from '../../network/index.ts';
import { createBatch } from '../../token/index.ts';
import { articleModelOptions, articleShape, decoderShape } from '../article.ts';
import { type Suite, type Task, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import type { FixtureSessions } from '../fixture.ts';
import { presentation } from '../presentation.ts';
import { batchSizes, measuredThreads, officeSessions, type SuiteContext, threadsText } from './context.ts';

export function trainingSuite(context: SuiteContext): Suite {
  return {
    name: 'training',
    summary: "whole training steps at the article's sizes, by batch and threads",
    benchmarks: () => [
      ...batchSizes(context).flatMap(([size, steps]) => ofBatch(size, steps, 'training', articleShape)),
      // Half of the sessions are normal: of those a decoder learns.
      ...batchSizes(context)
        .slice(-1)
        .flatMap(([size, steps]) => ofBatch(size, steps, 'training/with a decoder', decoderShape)),
    ],
  };

  function ofBatch(size: number, steps: number, name: string, shape: NetworkShape) {
    return measuredThreads(context).map((threads) => {
      const problem = `${name}/batch ${size}`;
      const prepare = async () =>
        trainingTask(await context.fixture.assembled(officeSessions(context)), threads, size, steps, shape);
      return timed(`${problem}, ${threadsText(threads)}`, 'sessions', prepare, { problem, threads });
    });
  }
}

/**
 * Trains on the same batches again and again. The timed steps have the learning rate 0: they compute everything that
 * others do, but start from the same weights each time, so that the loss and the gradient's norm of every one of them
 * can be checked. The checksum also has the weights after two real steps.
 */
export async function trainingTask(
  data: FixtureSessions,
  threads: number,
  size: number,
  steps: number,
  shape = articleShape,
): Promise<Task<Float64Array>> {
  const present = presentation(data);
  const { model } = await createModel(articleModelOptions(threads, size, shape));
  const batch = createBatch(size, articleShape.maxPackets, articleShape.maxTokens);
  present(batch, 0, size);
  for (let step = 0; step < 2; step++) model.trainStep(batch, 0.001);
  const weights = checksumOf(model.parameters.map(({ data: values }) => values));
  const found = new Float64Array(2 * steps);
  return {
    amount: size * steps,
    run() {
      for (let step = 0; step < steps; step++) {
        present(batch, step * size, size);
        const { loss, gradientNorm } = model.trainStep(batch, 0);
        found[2 * step] = loss;
        found[2 * step + 1] = gradientNorm;
      }
      return found;
    },
    spoil: (value) => void found.fill(value),
    checksum: () => checksumOf([weights, found]),
    close: () => model.dispose(),
  };
}
