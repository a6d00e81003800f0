import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createQueue } from '../../src/synth/queue.ts';
import fc from '../support/fast-check.ts';

describe('the queue of events', () => {
  it('gives events in the order of time, and at the same time in the order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 }), (times) => {
        const queue = createQueue();
        times.forEach((time, event) => {
          queue.add(time, event);
        });
        const taken: number[] = [];
        while (queue.size > 0) {
          const { next } = queue;
          const event = queue.take();
          assert.equal(times[event], next);
          taken.push(event);
        }
        const sorted = times.map((_, event) => event).sort((a, b) => times[a]! - times[b]! || a - b);
        assert.deepEqual(taken, sorted);
        assert.equal(queue.next, Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('keeps its order while events are added and taken by turns', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 200 }), (gaps) => {
        const queue = createQueue();
        for (let event = 0; event < 4; event++) queue.add(event, event);
        let before = 0;
        for (const gap of gaps) {
          const now = queue.next;
          assert(now >= before);
          before = now;
          queue.add(now + gap, queue.take());
        }
        assert.equal(queue.size, 4);
      }),
    );
  });
});
