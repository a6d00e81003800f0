import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { frame, pcap, type TestPacket } from '../capture/build.ts';
import { run, temporaryFolder } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const root = temporaryFolder();
const page = readFileSync(new URL('../../docs/labels.md', import.meta.url), 'utf8');
/** 2018-03-05T09:00:00Z. */
const NINE = 1520240400;

const capture = (packets: readonly (TestPacket & { readonly at: number })[]): Uint8Array =>
  pcap(packets.map(({ at, ...packet }) => ({ seconds: NINE + at, bytes: frame(packet) })));

before(() => {
  for (const [, name, text] of page.matchAll(/^`([\w.]+)`:\n\n```\w+\n(.*?)^```$/gms))
    writeFileSync(join(root, name!), text!);
  for (const folder of ['benign', 'attack']) mkdirSync(join(root, folder));
  const usual = Array.from({ length: 60 }, (_, i) => ({
    at: i - 3600,
    from: `10.0.0.${2 + (i % 7)}`,
    fromPort: 30_000 + i,
    to: `10.0.1.${1 + (i % 5)}`,
  }));
  writeFileSync(join(root, 'benign', 'monday.pcap'), capture(usual));
  writeFileSync(
    join(root, 'attack', 'tuesday.pcap'),
    capture([
      { at: 0, from: '192.0.2.66', fromPort: 40_000, to: '10.0.0.1', toPort: 22 },
      { at: 10, from: '192.0.2.66', fromPort: 40_001, to: '10.0.0.1', toPort: 22 },
      { at: 20, from: '10.0.0.9', fromPort: 40_002, to: '10.0.0.1' },
      { at: 30, from: '192.0.2.77', fromPort: 40_003, to: '10.0.0.1' },
      { at: 900, from: '10.0.0.1', fromPort: 40_004, to: '192.0.2.77' },
    ]),
  );
});

describe('the page about labels', () => {
  it('goes from two folders of captures to detection by attack', async () => {
    const { prepared, runs, lines } = await run(join(root, 'detect.json'), join(root, 'out'));
    assert.deepEqual(
      runs[0]!.detection.map(({ kind, called }) => [kind, called.denominator]),
      [
        ['normal', 2],
        ['exfiltration', 1],
        ['ssh brute force', 2],
      ],
    );
    const { split, leftOut } = prepared;
    assert.deepEqual([split.train.length, split.validation.length, split.test.length], [49, 5, 5]);
    assert.deepEqual(
      leftOut.map(({ side, sessions }) => [side, sessions]),
      [['training', 6]],
    );
    assert.match(lines.join(''), /nobody labelled these captures; 60 sessions count as normal/);
  });

  it('has a table of flows that labels the same captures', async () => {
    const { prepared, runs } = await run(join(root, 'table.json'), join(root, 'out'));
    assert.deepEqual(
      runs[0]!.detection.map(({ kind, called }) => [kind, called.denominator]),
      [
        ['normal', 1],
        ['1', 2],
      ],
    );
    assert.deepEqual(prepared.leftOut.at(-1), {
      side: 'test',
      reason: 'no label speaks of it',
      sessions: 2,
    });
  });

  it('looks at inputs without a run', async () => {
    const good = await sessionlab(['validate', '--inputs', 'detect.json', 'table.json'], { cwd: root });
    assert.equal(good.status, 0, good.stderr);
    writeFileSync(
      join(root, 'gone.json'),
      readFileSync(join(root, 'detect.json'), 'utf8').replace('rules.json', 'gone-rules.json'),
    );
    assert.equal((await sessionlab(['validate', 'gone.json'], { cwd: root })).status, 0);
    const gone = await sessionlab(['validate', '--inputs', 'gone.json'], { cwd: root });
    assert.notEqual(gone.status, 0);
    assert.match(gone.stderr, /gone-rules\.json/);
  });
});
