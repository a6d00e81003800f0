/** Test sessions at the article's sizes: morphed, encoded, predicted. */
import { createModel } from '../../network/index.ts';
import { createBatch } from '../../token/index.ts';
import { articleModelOptions, articleShape } from '../article.ts';
import { type Benchmark, type Suite, type Task, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { presentation } from '../presentation.ts';
import { batchSizes, measuredThreads, officeSessions, type SuiteContext, threadsText } from './context.ts';

export function inferenceSuite(context: SuiteContext): Suite {
  return {
    name: 'inference',
    summary: "class probabilities and attention weights at the article's sizes",
    benchmarks: () => [
      ...batchSizes(context).flatMap(([size, steps]) =>
        measuredThreads(context).map((threads) => inference(context, 'predict', size, 2 * steps, threads)),
      ),
      ...measuredThreads(context).map((threads) =>
        inference(context, 'attend', ...batchSizes(context)[0]!, threads),
      ),
    ],
  };
}

function inference(
  context: SuiteContext,
  what: 'predict' | 'attend',
  size: number,
  steps: number,
  threads: number,
): Benchmark {
  const problem = `inference/${what}, batch ${size}`;
  const prepare = () => inferenceTask(context, what, size, steps, threads);
  return timed(`${problem}, ${threadsText(threads)}`, 'sessions', prepare, { problem, threads });
}

async function inferenceTask(
  context: SuiteContext,
  what: 'predict' | 'attend',
  size: number,
  steps: number,
  threads: number,
): Promise<Task> {
  const present = presentation(await context.fixture.assembled(officeSessions(context)));
  const { model } = await createModel(articleModelOptions(threads, size));
  const batch = createBatch(size, articleShape.maxPackets, articleShape.maxTokens);
  const C = articleShape.classes;
  const probabilities = new Float32Array(steps * size * C);
  // Of the attention: what the weights of each step add up to, each with its place as a factor.
  const moments = new Float64Array(2 * steps);
  return {
    amount: size * steps,
    run() {
      for (let step = 0; step < steps; step++) {
        present(batch, step * size, size);
        const out = probabilities.subarray(step * size * C, (step + 1) * size * C);
        if (what === 'predict') {
          model.predict(batch, out);
          continue;
        }
        const attention = model.attend(batch);
        out.set(attention.probabilities);
        moments[2 * step] = moment(attention.tokenWeights);
        moments[2 * step + 1] = moment(attention.packetWeights);
      }
    },
    spoil(value) {
      probabilities.fill(value);
      if (what === 'attend') moments.fill(value);
    },
    checksum: () => checksumOf([probabilities, moments]),
    close: () => model.dispose(),
  };
}

function moment(weights: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * i;
  return sum;
}
