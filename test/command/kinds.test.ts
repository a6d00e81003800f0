import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { anomalyKindNames } from '../../src/anomaly/index.ts';

const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));
const sessionlab = (...args: readonly string[]) =>
  spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });

describe('sessionlab kinds', () => {
  it('lists every kind with families, fields and traces, for people and for programs', () => {
    const text = sessionlab('kinds', 'destination-ip-swap', 'missing-syn-ack');
    assert.deepEqual(text.stdout.split('\n').slice(0, 4), [
      'destination-ip-swap (addresses) edits address',
      '  checksums are those before the edit [checksum]',
      '  the MAC address of the new address is that of the old one [mac]',
      '  the TTL of the answers is that of the host that sent them before [ttl]',
    ]);
    assert.match(text.stdout, /\n\nmissing-syn-ack \(dialogue\) edits packets\n$/);
    const list = JSON.parse(sessionlab('kinds', '--json').stdout) as { name: string; families: string[] }[];
    assert.deepEqual(
      list.map(({ name }) => name),
      anomalyKindNames,
    );
    assert.ok(list.every(({ families }) => families.length > 0));
  });

  it('answers a misspelt name with a suggestion', () => {
    const { status, stderr } = sessionlab('kinds', 'ttl-shfit');
    assert.equal(stderr, 'kinds: "ttl-shfit" is no kind of anomaly; did you mean "ttl-shift"?\n');
    assert.equal(status, 2);
  });
});
