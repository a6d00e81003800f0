import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createStopping, type StoppingRule } from '../../src/training/index.ts';
import { fakeModel } from './sample.ts';

/** Gives each epoch the weights of its number; says after which one it stops, and which weights are kept. */
function watch(rule: StoppingRule, values: readonly number[]) {
  const model = fakeModel(1);
  const stopping = createStopping(rule, model);
  const { data } = model.parameters[0]!;
  let stopped = 0;
  for (const [i, value] of values.entries()) {
    data.fill(i + 1);
    const stop = stopping.note(i + 1, { loss: value, accuracy: value });
    if (stop) {
      stopped = i + 1;
      break;
    }
  }
  stopping.restore();
  return { stopped, best: stopping.best, weights: [...new Set(data)] };
}

describe('early stopping', () => {
  it('stops after as many epochs without a lower loss as its patience, and keeps the best weights', () => {
    const rule = { metric: 'loss', patience: 2, minDelta: 0 } as const;
    assert.deepEqual(watch(rule, [3, 2, 2.5, 2, 1]), { stopped: 4, best: 2, weights: [2] });
    assert.deepEqual(watch(rule, [3, 2, 2.5, 1, 4]), { stopped: 0, best: 4, weights: [4] });
  });

  it('wants a higher accuracy where it is told to', () => {
    const rule = { metric: 'accuracy', patience: 1, minDelta: 0 } as const;
    assert.deepEqual(watch(rule, [0.5, 0.6, 0.7, 0.7]), { stopped: 4, best: 3, weights: [3] });
  });

  it('does not count what is better by no more than minDelta', () => {
    const rule = { metric: 'loss', patience: 2, minDelta: 0.5 } as const;
    assert.deepEqual(watch(rule, [3, 2.75, 2.5, 1]), { stopped: 3, best: 1, weights: [1] });
  });

  it('leaves the weights alone before the first epoch', () => {
    const model = fakeModel(1);
    model.parameters[0]!.data.fill(7);
    createStopping({ metric: 'loss', patience: 1, minDelta: 0 }, model).restore();
    assert.deepEqual([...new Set(model.parameters[0]!.data)], [7]);
  });
});
