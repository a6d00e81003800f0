import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { overallEta, type Timed } from '../../src/sweep/status-eta.ts';

const done = (milliseconds: number): Timed => ({ state: 'done', milliseconds });
const running = (step: number, eta: number | null): Timed => ({
  state: 'running',
  progress: { step, steps: 100, eta },
});
const open: Timed = { state: 'open' };

describe('the ETA of a sweep', () => {
  it('shares what is left among as many as work now: worked out by hand', () => {
    // Halfway with 5 s to go: 10 s in all, as the done one. Left: 5 + 5 + 4 · 10, by two.
    assert.equal(overallEta([done(10), running(50, 5), running(50, 5), open, open, open, open]), 25);
  });

  it('is no shorter than the longest run under way', () => {
    assert.equal(overallEta([running(10, 90), running(99, 1)]), 90);
  });

  it('takes a run that has just begun for one like the others', () => {
    assert.equal(overallEta([done(10), { state: 'running' }, open]), 20);
  });

  it('is unknown where nothing is under way, or nothing is known', () => {
    assert.equal(overallEta([done(10), open]), null);
    assert.equal(overallEta([{ state: 'running' }, open]), null);
    assert.equal(overallEta([running(0, null), open]), null);
    assert.equal(overallEta([]), null);
  });
});
