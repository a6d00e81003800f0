import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { spoolStandardInput } from '../../src/capture/index.ts';

describe('standard input', () => {
  it('is kept as a file until it has been read', async () => {
    const input = Readable.from([Buffer.from('abc'), Buffer.from('def')]);
    const { patterns, remove } = await spoolStandardInput(['a.pcap', '-'], input);
    assert.equal(patterns[0], 'a.pcap');
    assert.equal(readFileSync(patterns[1]!, 'utf8'), 'abcdef');
    remove();
    assert.equal(existsSync(patterns[1]!), false);
  });

  it('is left alone where nobody names it', async () => {
    const patterns = ['a.pcap', './-'];
    assert.equal((await spoolStandardInput(patterns, Readable.from([]))).patterns, patterns);
  });

  it('is refused twice, and from a terminal', async () => {
    await assert.rejects(spoolStandardInput(['-', '-'], Readable.from([])), {
      message: 'standard input: is named twice, and can be read only once; name it once',
    });
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    await assert.rejects(
      spoolStandardInput(['-'], terminal),
      /standard input: is a terminal, expected a capture; pipe one in/,
    );
  });
});
