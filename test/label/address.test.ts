import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADDRESS_WORDS, parseAddress } from '../../src/label/address.ts';
import { formatOffset, parseAnyTime, parseCicTime, parseIsoTime } from '../../src/label/time.ts';
import { Interner } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';

const words = (text: string): readonly number[] | null => {
  const into = new Int32Array(4);
  return parseAddress(text, into) ? [...into].map((word) => word >>> 0) : null;
};

describe('addresses in label files', () => {
  it('are IPv4 in dotted decimal', () => {
    assert.deepEqual(words('192.168.5.122'), [0, 0, 0xffff, 0xc0a8057a]);
    assert.deepEqual(words('0.0.0.0'), [0, 0, 0xffff, 0]);
    assert.deepEqual(words('255.255.255.255'), [0, 0, 0xffff, 0xffffffff]);
    for (const wrong of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '1..3.4',
      '1.2.3.',
      '1.2.3.0004',
      ' 1.2.3.4',
      'a',
    ])
      assert.equal(words(wrong), null, wrong);
  });

  it('are IPv6 in every form of RFC 4291', () => {
    assert.deepEqual(words('2001:db8::8:800:200c:417a'), [0x20010db8, 0, 0x00080800, 0x200c417a]);
    assert.deepEqual(words('2001:0DB8:0:0:8:800:200C:417A'), words('2001:db8::8:800:200c:417a'));
    assert.deepEqual(words('::'), [0, 0, 0, 0]);
    assert.deepEqual(words('::1'), [0, 0, 0, 1]);
    assert.deepEqual(words('ff01::'), [0xff010000, 0, 0, 0]);
    assert.deepEqual(words('::ffff:129.144.52.38'), words('129.144.52.38'));
    assert.deepEqual(words('fe80::1%eth0'), words('fe80::1'));
    for (const wrong of [
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '1:2:3:4:5:6:7::8',
      '1.2.3.4::',
      'g::',
    ])
      assert.equal(words(wrong), null, wrong);
  });

  it('keep their numbers, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 4000 }), (hosts) => {
        const book = new Interner(ADDRESS_WORDS, Int32Array);
        const numbers = new Map<number, number>();
        for (const host of hosts) {
          const address = Int32Array.of(0, 0, 0xffff, host);
          assert.equal(book.find(address, 0), numbers.get(host) ?? -1);
          const number = book.add(address, 0);
          assert.equal(number, numbers.get(host) ?? numbers.size);
          numbers.set(host, number);
        }
        assert.equal(book.count, numbers.size);
      }),
      { numRuns: 30 },
    );
  });
});

describe('times in label files', () => {
  const seconds = (parse: typeof parseIsoTime, text: string): readonly [number, number] | null => {
    const stamp = { seconds: 0, resolution: -1 };
    return parse(text, stamp) ? [stamp.seconds, stamp.resolution] : null;
  };

  it('are ISO 8601 and its relatives, each with its resolution', () => {
    const whole = Date.parse('2010-06-13T23:57:19Z') / 1000;
    assert.deepEqual(seconds(parseIsoTime, '2010-06-13T23:57:19'), [whole, 1]);
    assert.deepEqual(seconds(parseIsoTime, '2010/06/13 23:57:19.5'), [whole + 0.5, 0]);
    assert.deepEqual(seconds(parseIsoTime, '2010-06-13T20:57:19-03:00'), [whole, 1]);
    assert.deepEqual(seconds(parseIsoTime, '2010-06-14T00:57:19+0100'), [whole, 1]);
    assert.deepEqual(seconds(parseIsoTime, '2010-06-13T23:57Z'), [whole - 19, 60]);
    assert.deepEqual(seconds(parseAnyTime, String(whole)), [whole, 1]);
    assert.deepEqual(seconds(parseAnyTime, `${whole}.25`), [whole + 0.25, 0]);
    for (const wrong of [
      '',
      '13.06.2010',
      '2010-02-29T00:00:00',
      '2010-13-01T00:00:00',
      '2010-06-13T24:00:00',
      '2010-06-13',
      'now',
    ])
      assert.equal(seconds(parseAnyTime, wrong), null, wrong);
    assert.ok(seconds(parseIsoTime, '2012-02-29T00:00:00') !== null);
  });

  it('agree with the calendar of the machine', () => {
    const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const text = date.toISOString();
        assert.ok(Math.abs(seconds(parseIsoTime, text)![0] - date.getTime() / 1000) < 1e-6);
      }),
    );
  });

  it('are day first and of twelve hours in CICIDS2017', () => {
    const at = (text: string) => Date.parse(text) / 1000;
    assert.deepEqual(seconds(parseCicTime, '3/7/2017 8:00'), [at('2017-07-03T08:00:00Z'), 60]);
    assert.deepEqual(seconds(parseCicTime, '3/7/2017 7:59'), [at('2017-07-03T19:59:00Z'), 60]);
    assert.deepEqual(seconds(parseCicTime, '3/7/2017 12:59:01'), [at('2017-07-03T12:59:01Z'), 1]);
    assert.deepEqual(seconds(parseCicTime, '3/7/2017 12:59:01 AM'), [at('2017-07-03T00:59:01Z'), 1]);
    assert.deepEqual(seconds(parseCicTime, '3/7/2017 11:59 pm'), [at('2017-07-03T23:59:00Z'), 60]);
    assert.equal(seconds(parseCicTime, '31/6/2017 9:00'), null);
  });

  it('differ by offsets that people can read', () => {
    assert.deepEqual([10800, -12600, 0, 0.25, 3661].map(formatOffset), [
      '+3:00:00',
      '−3:30:00',
      '+0:00:00',
      '+0:00:00.25',
      '+1:01:01',
    ]);
  });
});
