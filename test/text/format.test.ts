import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatScore,
  plural,
} from '../../src/text/index.ts';
import { breakName } from '../../src/text/table.ts';
import fc from '../support/fast-check.ts';

describe('a count', () => {
  it('has its thousands separated', () => {
    assert.equal(formatCount(0), '0');
    assert.equal(formatCount(999), '999');
    assert.equal(formatCount(12345), '12,345');
    assert.equal(formatCount(1234567890), '1,234,567,890');
    assert.equal(formatCount(-1234.56789), '-1,234.568');
    assert.deepEqual(
      [plural(0, 'packet'), plural(1, 'packet'), plural(12345, 'packet'), plural(2, 'matrix', 'matrices')],
      ['0 packets', '1 packet', '12,345 packets', '2 matrices'],
    );
  });
});

describe('a percentage', () => {
  it('has as many digits as it takes to tell it from 0% and 100%', () => {
    assert.equal(formatPercent(0.838457), '83.8%');
    assert.equal(formatPercent(0.99452), '99.45%');
    assert.equal(formatPercent(46 / 92501), '0.050%');
    assert.equal(formatPercent(0.9995), '99.950%');
    assert.equal(formatPercent(0.999996), '99.99960%');
    assert.equal(formatPercent(null), '–');
  });

  it('is 0% or 100% only when it is exactly that', () => {
    assert.equal(formatPercent(0), '0%');
    assert.equal(formatPercent(1), '100%');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 - 1 }), (k) => {
        assert.doesNotMatch(formatPercent(k / 1e6), /^(0|0\.0+|100|100\.0+)%$/);
        assert.doesNotMatch(formatPercent(k / 1e6, 3), /^(0|0\.0+|100|100\.0+)%$/);
      }),
    );
  });

  it('can be told to stop at some decimals', () => {
    assert.equal(formatPercent(1e-20, 3), '<0.001%');
    assert.equal(formatPercent(1 - 1e-9, 3), '>99.999%');
    assert.equal(formatPercent(0.05, 1), '5.0%');
    assert.equal(formatPercent(0.5, 1), '50.0%');
  });
});

describe('a score', () => {
  it('has three decimals, and more next to 1', () => {
    assert.equal(formatScore(0.90501), '0.905');
    assert.equal(formatScore(0.99995), '0.999950');
    assert.equal(formatScore(-0.25), '-0.250');
    assert.equal(formatScore(1), '1');
    assert.equal(formatScore(null), '–');
  });
});

describe('a duration', () => {
  it('has the two units that matter', () => {
    assert.equal(formatDuration(0), '0 ms');
    assert.equal(formatDuration(820.4), '820 ms');
    assert.equal(formatDuration(999.6), '1.0 s');
    assert.equal(formatDuration(12_340), '12.3 s');
    assert.equal(formatDuration(59_949), '59.9 s');
    assert.equal(formatDuration(59_950), '1 min 00 s');
    assert.equal(formatDuration(80_000), '1 min 20 s');
    assert.equal(formatDuration(3_599_600), '1 h 00 min');
    assert.equal(formatDuration(7_500_000), '2 h 05 min');
  });
});

describe('a size', () => {
  it('has decimal units', () => {
    assert.equal(formatBytes(812), '812 B');
    assert.equal(formatBytes(999), '999 B');
    assert.equal(formatBytes(13_400), '13.4 kB');
    assert.equal(formatBytes(999_600), '1.0 MB');
    assert.equal(formatBytes(368_000_000), '368 MB');
  });
});

describe('a name that is too long for its column', () => {
  it('is broken after hyphens and nowhere else', () => {
    assert.deepEqual(breakName('ip-direction-switch', 12), ['ip-', 'direction-', 'switch']);
    assert.deepEqual(breakName('destination-ip-swap', 12), ['destination-', 'ip-swap']);
    assert.deepEqual(breakName('normal', 3), ['normal']);
  });
});
