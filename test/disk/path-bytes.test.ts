import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasLost, isGarbled, pathOf, systemPath } from '../../src/disk/index.ts';
import fc from '../support/fast-check.ts';

describe('a path with bytes that are no UTF-8', () => {
  it('is a text from which the same bytes come back', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        assert.deepEqual(Buffer.from(systemPath(pathOf(bytes))), bytes);
      }),
    );
  });

  it('has half of a surrogate pair for each of them (PEP 383), and JSON has it, too', () => {
    const path = pathOf(Buffer.from('/caf\xe9.pcap', 'latin1'));
    assert.equal(path, '/caf\udce9.pcap');
    assert.equal(JSON.stringify(path), '"/caf\\udce9.pcap"');
    assert.deepEqual([isGarbled(path), hasLost(path)], [true, false]);
  });

  it('is the text itself where all is UTF-8, also with the character for what is lost', () => {
    for (const text of ['/caf\u00e9.pcap', 'a\ufffdb', '\u{1f600}', '']) {
      assert.equal(pathOf(Buffer.from(text)), text);
      assert.equal(systemPath(text), text);
    }
  });
});
