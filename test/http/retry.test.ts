import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPassing, pauseAfter, retryAfter } from '../../src/http/index.ts';

describe('the pause before another try', () => {
  it('doubles, up to a limit, and is not shorter than the server asks for', () => {
    assert.deepEqual(
      [1, 2, 3, 9].map((tries) => pauseAfter(tries, 200, 15_000)),
      [200, 400, 800, 15_000],
    );
    assert.equal(pauseAfter(1, 200, 15_000, 30_000), 30_000);
  });

  it('is asked for in seconds or with a date, and never longer than a minute', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    assert.equal(retryAfter('7', now), 7000);
    assert.equal(retryAfter('Thu, 01 Jan 2026 00:00:09 GMT', now), 9000);
    assert.equal(retryAfter('86400', now), 60_000);
    for (const none of [undefined, '', 'soon', '-1', 'Wed, 31 Dec 2025 00:00:00 GMT'])
      assert.equal(retryAfter(none, now), 0, String(none));
  });

  it('makes sense where the server may do better later', () => {
    assert.deepEqual([408, 429, 500, 503].map(isPassing), [true, true, true, true]);
    assert.deepEqual([400, 404, 501].map(isPassing), [false, false, false]);
  });
});
