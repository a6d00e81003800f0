import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dataOf } from '../../src/results/index.ts';
import { leastRecord } from './sample.ts';

const files = (...hashes: string[]) =>
  hashes.map((sha256) => ({ path: `${sha256}.pcap`, packets: 1, bytes: 1, sha256, format: 'pcapng' }));
const of = (hashes: string[], spec: Readonly<Record<string, unknown>> = {}) =>
  dataOf(leastRecord({ data: { files: files(...hashes), packets: 1, keptPackets: 1 } }), spec);

describe('the data of a run', () => {
  it('are the contents of its captures, whatever they are called', () => {
    assert.equal(of(['a', 'b']), of(['b', 'a']));
    assert.notEqual(of(['a', 'b']), of(['a']));
    assert.equal(of([]), undefined);
  });

  it('are others the other way round, where one trains and another tests', () => {
    const test = { test: { dataset: 'other' } };
    assert.notEqual(of(['a', 'b'], test), of(['b', 'a'], test));
    assert.notEqual(of(['a', 'b'], test), of(['a', 'b']));
    assert.equal(of(['a', 'b'], { test: null }), of(['a', 'b']));
  });
});
