import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepStatus } from '../../src/sweep/index.ts';
import { defaultRecipe, writeSyntheticCapture } from '../../src/synth/index.ts';
import { run, sweep, temporaryFolder, writeSpec } from '../run/sample.ts';

const root = temporaryFolder();
const home = join(root, 'home');
const spec = join(home, 'spec.json');
const changes = {
  dataset: { captures: ['a.pcap'] },
  training: { epochs: 1, batch: 16 },
  attention: { sessions: 0 },
};
const tiny = { ...defaultRecipe, sessions: 60, workstations: 4, duration: 300 };

/** States of the runs of a spec in a folder, and why they are open or unknown. */
async function statesIn(folder: string, name = 'spec.json') {
  const { runs } = await sweepStatus(join(folder, name), {}, join(folder, 'out'));
  return runs.map(({ state, why }) => (why === undefined ? state : `${state}: ${why}`));
}

describe('how far a sweep is', () => {
  const ready = (async () => {
    writeSpec(home, { ...changes, sweep: { 'network.cell': ['gru', 'rnn'] } });
    await writeSyntheticCapture(tiny, join(home, 'a.pcap'));
    // A file that has just changed is not noted: the runs are there, and nothing else.
    const { failure } = await sweep(spec, join(home, 'out'));
    assert.equal(failure, null);
  })();

  it('is told without notes: of a capture that nobody has noted, changed rights, a copied folder', async () => {
    await ready;
    assert.deepEqual(await statesIn(home), ['done', 'done']);
    await sleep(2200);
    assert.deepEqual(await statesIn(home), ['done', 'done']);
    chmodSync(join(home, 'a.pcap'), 0o640);
    assert.deepEqual(await statesIn(home), ['done', 'done']);
    cpSync(home, join(root, 'copy'), { recursive: true });
    assert.deepEqual(await statesIn(join(root, 'copy')), ['done', 'done']);
  });

  it('is told of a spec without a sweep that was run', async () => {
    await ready;
    const { network, ...rest } = {
      network: { packet: { units: 5 }, session: { units: 4 }, head: [3] },
      ...changes,
    };
    writeSpec(join(home, 'one'), {
      ...rest,
      network: { ...network, cell: 'gru' },
      dataset: { captures: ['../a.pcap'] },
    });
    // The same cell, whoever made it.
    const { runs } = await sweepStatus(join(home, 'one', 'spec.json'), {}, join(home, 'out'));
    assert.deepEqual(
      runs.map(({ state }) => state),
      ['done'],
    );
    const out = join(home, 'other');
    assert.equal((await run(join(home, 'one', 'spec.json'), out)).failure, null);
    rmSync(join(out, '.known'), { recursive: true, force: true });
    const alone = await sweepStatus(join(home, 'one', 'spec.json'), {}, out);
    assert.deepEqual(alone.counts, {
      ...{ done: 1, running: 0, failed: 0 },
      ...{ damaged: 0, open: 0, unknown: 0 },
    });
  });

  it('is told by the runs where the captures are not here, and unknown where these cannot tell', async () => {
    await ready;
    const away = join(root, 'away');
    cpSync(home, away, { recursive: true });
    rmSync(join(away, 'a.pcap'));
    assert.deepEqual(await statesIn(away), ['done', 'done']);
    // Nothing was done of this one, or of other data: nobody can tell.
    writeSpec(join(away, 'more'), {
      ...changes,
      dataset: { captures: ['../a.pcap'] },
      training: { epochs: 2, batch: 16 },
    });
    const { runs, counts } = await sweepStatus(join(away, 'more', 'spec.json'), {}, join(away, 'out'));
    assert.equal(counts.unknown, 1);
    assert.match(runs[0]!.why ?? '', /a\.pcap: no such file/);
    // Other data of the same size: open.
    await writeSyntheticCapture({ ...tiny, seed: 9 }, join(away, 'a.pcap'));
    assert.deepEqual(await statesIn(away), ['open', 'open']);
  });

  it('needs nothing to be written, and neither does a dry run', async () => {
    await ready;
    const out = join(home, 'out');
    const locks = join(out, 'small', '.locks');
    mkdirSync(locks);
    const [hash] = readdirSync(join(out, 'small')).filter((name) => /^[0-9a-f]{12}$/.test(name));
    const owner = {
      host: 'node17',
      system: 'linux other',
      pid: 4242,
      start: '99',
      nonce: 'abc',
      since: '2026-01-01T00:00:00Z',
    };
    writeFileSync(join(locks, `${hash}-1`), `${JSON.stringify(owner).padEnd(1023)}\n`);
    rmSync(join(out, '.known'), { recursive: true, force: true });
    const folders = [out, join(out, 'small'), locks];
    for (const folder of folders) chmodSync(folder, 0o555);
    const before = process.geteuid?.();
    try {
      // Root may write everything.
      if (before === 0) {
        chmodSync(root, 0o755);
        process.seteuid!(65_534);
      }
      assert.deepEqual((await statesIn(home)).sort(), ['done', 'running']);
      const { runs, failure } = await sweep(spec, out, { dryRun: true });
      assert.equal(failure, null);
      assert.deepEqual(runs.map(({ state }) => state).sort(), ['kept', 'planned']);
      assert.equal(existsSync(join(out, '.known')), false);
    } finally {
      if (before === 0) process.seteuid!(0);
      for (const folder of folders) chmodSync(folder, 0o755);
      rmSync(locks, { recursive: true });
    }
  });
});
