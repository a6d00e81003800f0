import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Kernels, nativeKernels, nativeVariants, referenceKernels } from '../../src/engine/index.ts';
import { SELF_TEST_HASH, selfTest } from '../../src/network/index.ts';

const variants = nativeVariants();

describe('the self-test', () => {
  it('gives the expected hash on the reference engine', () => {
    assert.equal(
      selfTest(referenceKernels()),
      SELF_TEST_HASH,
      'a number is defined in another way than before: if that is meant, old results are no longer comparable; ' +
        'then put the new hash into src/network/self-test.ts and say so in the release',
    );
  });

  it('gives it on every native variant, with 1, 2 and 3 threads', {
    skip: variants.length === 0 && 'the native engine is not built here',
  }, () => {
    for (const variant of variants)
      for (const threads of [1, 2, 3])
        assert.equal(
          selfTest(nativeKernels(threads, variant)),
          SELF_TEST_HASH,
          `${variant}, ${threads} threads`,
        );
  });

  it('gives another hash when a gradient is wrong in its last bit', () => {
    const kernels = referenceKernels();
    const wrong: Kernels = {
      ...kernels,
      createSteps(plan, capacity) {
        const steps = kernels.createSteps(plan, capacity);
        return {
          ...steps,
          train(batch) {
            steps.train(batch);
            const { gradient } = plan.packet.layers[0]!.recurrent;
            new Uint32Array(gradient.buffer)[0]! ^= 1;
          },
        };
      },
    };
    assert.notEqual(selfTest(wrong), SELF_TEST_HASH);
  });
});
