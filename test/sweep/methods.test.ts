import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { stream } from '../../src/random/index.ts';
import { formatMethods } from '../../src/report/index.ts';
import { groupOf, methodsOf } from '../../src/sweep/index.ts';

const root = mkdtempSync(join(tmpdir(), 'sessionlab-methods-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Runs of a cell with some seeds, on sessions of 14 hosts; it recognises a share of them. */
function cell(name: string, share: number, seeds: number, hosts = 14) {
  const folders = new Map<number, string>();
  for (let seed = 1; seed <= seeds; seed++) {
    const folder = mkdtempSync(join(root, `${name}-`));
    const rows = Array.from({ length: 140 }, (_, i) => {
      const good = stream(seed, 'method', i).uniform() < share - (i % hosts === 0 ? 0.3 : 0);
      const label = i % 2 === 0 ? 'normal' : 'bad';
      const p = (label === 'normal') === good ? 0.9 : 0.1;
      return `${i},10.0.0.${i % hosts}:4000,10.1.0.${(i * 3) % hosts}:80,${label},${p},${(1 - p).toFixed(1)}`;
    });
    writeFileSync(
      join(folder, 'predictions.csv'),
      `session,initiator,responder,label,p_normal,p_bad\n${rows.join('\n')}\n`,
    );
    folders.set(seed, folder);
  }
  return { ...groupOf(name, name, new Map()), folders };
}

describe('cells by seeds and hosts', () => {
  it('have rates and differences with intervals of both, session by session', async () => {
    const methods = await methodsOf([cell('a', 0.7, 5), cell('b', 0.9, 5), cell('few', 0.9, 5, 6)]);
    const [a, b, few] = methods;
    assert.equal(a!.difference, null);
    const { accuracy } = b!.rates;
    assert.ok(accuracy.low! < accuracy.value! && accuracy.value! < accuracy.high!, 'an interval');
    assert.ok(
      Math.abs(b!.difference!.value! - (accuracy.value! - a!.rates.accuracy.value!)) < 1e-12,
      'paired',
    );
    assert.ok(b!.difference!.low! > 0, `${b!.difference!.low}`);
    assert.deepEqual([few!.rates.recall.low, few!.difference], [null, null], 'six hosts, and others');
    const text = formatMethods(methods);
    assert.match(text, /\n {2}b +5 +\S+ +\S+ … \S+ .* \+\d\S+ +\+\S+ … \+\S+\n/);
    assert.match(text, /\n {2}few +5 +\S+ +none .*\n/);
  });

  it('of two seeds have none', async () =>
    assert.equal((await methodsOf([cell('a', 0.7, 2)]))[0]!.rates.accuracy.low, null));
});
