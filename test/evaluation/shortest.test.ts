import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ipv6Text } from '../../src/evaluation/endpoint.ts';
import { endpoints, shortest32, timeText } from '../../src/evaluation/index.ts';
import fc from '../support/fast-check.ts';

describe('the shortest decimal of an f32', () => {
  it('rounds to the same f32, also through JSON', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const back = Math.fround(JSON.parse(JSON.stringify(shortest32(x))));
        assert.ok(back === x, `${x} became ${back}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('has nine significant digits at most', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const digits = shortest32(x).toExponential().replace(/e.*/, '').replace(/\D/g, '');
        assert.ok(digits.length <= 9, digits);
      }),
      { numRuns: 2000 },
    );
  });

  it('is what a person would write', () => {
    assert.equal(shortest32(Math.fround(0.1)), 0.1);
    assert.equal(shortest32(Math.fround(1 / 3)), 0.33333334);
    assert.equal(shortest32(16777216), 16777216);
    assert.equal(shortest32(2 ** -149), 1e-45);
    assert.equal(shortest32(0), 0);
  });

  it('keeps NaN', () => {
    assert.ok(Number.isNaN(shortest32(Number.NaN)));
  });
});

describe('an endpoint', () => {
  it('of IPv4 is address:port', () => {
    const header = new Uint8Array(24);
    header.set([10, 0, 0, 5, 192, 168, 1, 255], 12);
    header.set([0xc4, 0x88, 0x01, 0xbb], 20);
    assert.deepEqual(endpoints(header, 4, 0, 20), {
      source: '10.0.0.5:50312',
      destination: '192.168.1.255:443',
    });
  });

  it('of IPv6 is [address]:port', () => {
    const header = new Uint8Array(44);
    header.set([0x20, 0x01, 0x0d, 0xb8], 8);
    header[23] = 1;
    header[39] = 1;
    header.set([0, 53, 255, 255], 40);
    assert.deepEqual(endpoints(header, 6, 0, 40), { source: '[2001:db8::1]:53', destination: '[::1]:65535' });
  });

  it('of IPv6 is written as RFC 5952 wants it', () => {
    const text = (words: readonly number[]) =>
      ipv6Text(Uint8Array.from(words.flatMap((w) => [w >> 8, w & 255])));
    assert.equal(text([0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]), '2001:db8::1:0:0:1');
    assert.equal(text([0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]), '2001:db8:0:1:1:1:1:1');
    assert.equal(text([0x2001, 0, 0, 1, 0, 0, 0, 1]), '2001:0:0:1::1');
    assert.equal(text([0, 0, 0, 0, 0, 0, 0, 0]), '::');
    assert.equal(text([0xfe80, 0, 0, 0, 0, 0, 0, 0]), 'fe80::');
    assert.equal(text([1, 2, 3, 4, 5, 6, 7, 0xabcd]), '1:2:3:4:5:6:7:abcd');
  });
});

describe('a time stamp', () => {
  it('is ISO 8601 in UTC with nanoseconds', () => {
    assert.equal(timeText(1361916155, 958312001), '2013-02-26T22:02:35.958312001Z');
    // A damaged time stamp must not end a run.
    assert.equal(timeText(1e15, 0), '+275760-09-13T00:00:00.000000000Z');
    assert.equal(timeText(0, 7), '1970-01-01T00:00:00.000000007Z');
  });
});
