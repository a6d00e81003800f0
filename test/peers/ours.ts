/**
 * Ours takes part: each step loads, morphs and encodes its sessions, then computes loss, gradient, clip and Adam; in
 * inference, probabilities. Started by the benchmark: `ours.ts FOLDER CAPTURE…`.
 */
import { articleModelOptions, articleShape } from '../../src/bench/article.ts';
import { createModel } from '../../src/network/index.ts';
import { type Batch, createBatch } from '../../src/token/index.ts';
import { BATCH_SIZES, checkOf, LEARNING_RATE, openSource, SESSIONS } from './material.ts';
import { serve } from './worker.ts';

const [folder = '', ...captures] = process.argv.slice(2);
const threads = Number(process.env.PEER_THREADS);
const source = await openSource(folder, captures);
const { model, facts } = await createModel(articleModelOptions(threads, Math.max(...BATCH_SIZES)));

await serve({
  name: 'sessionlab',
  versions: { engine: `${facts.engine} ${facts.variant}` },
  notes: facts.notes,
  check: () => checkOf(model, source),
  runner(mode, size) {
    const batches = SESSIONS / size;
    const out = new Float32Array(size * articleShape.classes);
    const create = () => createBatch(size, articleShape.maxPackets, articleShape.maxTokens);
    // As in training, the next batch is presented while the engine computes: one in every run.
    let [batch, next] = [create(), create()];
    let ready = -1;
    const present = (into: Batch, i: number) => source.present(into, i * size, size);
    return {
      batches,
      run(i) {
        if (ready === i) [batch, next] = [next, batch];
        else present(batch, i);
        ready = (i + 1) % batches;
        const meanwhile = () => present(next, ready);
        if (mode === 'train') model.trainStep(batch, LEARNING_RATE, meanwhile);
        else model.predict(batch, out, meanwhile);
      },
    };
  },
});
model.dispose();
