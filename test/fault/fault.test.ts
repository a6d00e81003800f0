import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatFault } from '../../src/fault/index.ts';

describe('the line of a fault', () => {
  it('has place, problem and cure', () => {
    assert.equal(formatFault({ place: 'x', problem: 'got 0', cure: 'add 1' }), 'x: got 0; add 1');
  });

  it('shows both ends of what is too long', () => {
    const line = formatFault({ place: 'x', problem: `got "${'y'.repeat(100_000)}", must be z` });
    assert.match(line, /^x: got "y+ … \(98017 characters\) … y+", must be z$/);
    assert.ok(line.length < 2100);
  });
});
