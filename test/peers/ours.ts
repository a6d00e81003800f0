/**
 * Ours takes part: each step loads, morphs and encodes its sessions, then computes loss, gradient, clip and Adam; in
 * inference, probabilities. Started by the benchmark: `ours.ts FOLDER CAPTURE…`.
 */

import { articleModelOptions, articleShape } from '../../src/bench/article.ts';
import { createModel } from '../../src/network/index.ts';
import { createBatch } from '../../src/token/index.ts';
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
    const batch = createBatch(size, articleShape.maxPackets, articleShape.maxTokens);
    const out = new Float32Array(size * articleShape.classes);
    return {
      batches: SESSIONS / size,
      run(i) {
        source.present(batch, i * size, size);
        if (mode === 'train') model.trainStep(batch, LEARNING_RATE);
        else model.predict(batch, out);
      },
    };
  },
});
model.dispose();
