import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suggest } from '../../src/fault/index.ts';
import { editDistance } from '../../src/fault/suggest.ts';
import { KEYS, typo } from '../spec/helpers.ts';
import fc from '../support/fast-check.ts';

describe('a name that is no name', () => {
  it('is like none, at once', () => {
    const started = process.cpuUsage().user;
    const long = 'packet'.repeat(20_000);
    assert.equal(suggest(long, [...KEYS, `${long}s`]), undefined);
    assert.ok(process.cpuUsage().user - started < 1e6);
  });
});

describe('the distance between two names', () => {
  it('counts insertions, deletions, replacements and swaps of neighbours', () => {
    assert.equal(editDistance('packet', 'packet'), 0);
    assert.equal(editDistance('pakcet', 'packet'), 1);
    assert.equal(editDistance('packt', 'packet'), 1);
    assert.equal(editDistance('packett', 'packet'), 1);
    assert.equal(editDistance('pocket', 'packet'), 1);
    assert.equal(editDistance('', 'gru'), 3);
    assert.equal(editDistance('kitten', 'sitting'), 3);
    // Optimal string alignment: no part is edited twice (the unrestricted distance would be 2).
    assert.equal(editDistance('ca', 'abc'), 3);
  });

  it('is a symmetric number between the difference of lengths and the longer length', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const distance = editDistance(a, b);
        assert.equal(distance, editDistance(b, a));
        assert.ok(distance >= Math.abs(a.length - b.length) && distance <= Math.max(a.length, b.length));
        assert.equal(distance === 0, a === b);
      }),
    );
  });
});

describe('a suggestion', () => {
  it('gives back any known key from which one edit away was written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KEYS),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(...'abcxyz_-'),
        (key, kind, at, c) => {
          const written = typo(key, kind, at, c);
          fc.pre(!KEYS.includes(written));
          const suggested = suggest(written, KEYS);
          // Another key can be one edit away, too ("train" and "brain"); then that is as good.
          const rivals = KEYS.filter((other) => other !== key && editDistance(written, other) <= 1);
          assert.ok(
            suggested === key || (suggested !== undefined && rivals.includes(suggested)),
            `${written}: ${suggested}`,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('gives back a known name itself', () => {
    for (const key of KEYS) assert.equal(suggest(key, KEYS), key);
  });

  it('does not mind case, dashes, underscores and dots', () => {
    assert.equal(suggest('learning_rate', ['learningRate', 'kind']), 'learningRate');
    assert.equal(suggest('MaxPackets', ['minPackets', 'maxPackets']), 'maxPackets');
    assert.equal(
      suggest('IP direction switch', ['ip-direction-switch', 'port-direction-switch']),
      'ip-direction-switch',
    );
    assert.equal(suggest('ipttl', ['tcp.port', 'ip.ttl']), 'ip.ttl');
  });

  it('is silent when nothing is near', () => {
    assert.equal(suggest('banana', ['epochs', 'batch', 'optimizer']), undefined);
    assert.equal(suggest('x', ['ip', 'mac']), undefined);
    assert.equal(suggest('', ['mac']), undefined);
    assert.equal(suggest('mac', []), undefined);
  });

  it('prefers the nearest, and of two the first', () => {
    assert.equal(suggest('cat', ['cart', 'cat', 'at']), 'cat');
    assert.equal(suggest('tcp.sourc', ['udp.source', 'tcp.source']), 'tcp.source');
    assert.equal(suggest('bat', ['cat', 'hat']), 'cat');
  });
});
