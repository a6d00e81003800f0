import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { defaultRecipe, writeSyntheticCapture } from '../../src/synth/index.ts';
import { artefacts, run, temporaryFolder, writeSpec } from '../run/sample.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const out = join(root, 'out');
const recipe = { ...defaultRecipe, seed: 3, sessions: 60, workstations: 4, duration: 300 };

mkdirSync(join(root, 'datasets'));
writeFileSync(
  join(root, 'datasets', 'lab.json'),
  JSON.stringify({
    name: 'lab',
    kind: 'captures',
    description: 'Two captures of a laboratory.',
    source: { byHand: 'Ask Ann.' },
    files: [
      { path: 'one/a.pcap', url: 'http://127.0.0.1:9/a.pcap' },
      { path: 'b.pcap', url: 'http://127.0.0.1:9/b.pcap' },
    ],
    days: [
      { name: 'first', captures: ['one/a.pcap'] },
      { name: 'second', captures: ['b.pcap'] },
    ],
  }),
);

describe('a run on a data set with a manifest', () => {
  const spec = writeSpec(root, { dataset: 'lab' });
  const load = { data };

  it('says which capture is missing, and the command that gets it', async () => {
    await assert.rejects(run(spec, out, { load }), (error) => {
      assert.ok(error instanceof FaultError && error.exitCode === ExitCode.data);
      assert.equal(error.faults.length, 2);
      for (const { place, problem, cure } of error.faults) {
        assert.match(place, /data\/lab\/(?:one\/a|b)\.pcap$/);
        assert.match(problem, /^no such file/);
        assert.equal(cure, 'get it with `sessionlab data fetch lab`');
      }
      return true;
    });
  });

  it('reads the captures of all days from the data folder', async () => {
    mkdirSync(join(data, 'lab', 'one'), { recursive: true });
    await writeSyntheticCapture(recipe, join(data, 'lab', 'one', 'a.pcap'));
    await writeSyntheticCapture(
      { ...recipe, seed: 4, start: '2018-03-06T09:00:00Z' },
      join(data, 'lab', 'b.pcap'),
    );
    const { prepared, runs } = await run(spec, out, { load });
    assert.equal(prepared.sessions.count, 120);
    assert.deepEqual(
      prepared.account.files.map(({ path }) => path),
      [join(data, 'lab', 'b.pcap'), join(data, 'lab', 'one', 'a.pcap')],
    );
    assert.equal(runs.length, 1);
  });

  it('gives the same result as on the same captures without a manifest, and when they have moved', async () => {
    const hashes: string[] = [];
    const predictions: string[] = [];
    const take = async (options: Parameters<typeof run>[2], results: string) => {
      const { runs } = await run(spec, results, options);
      hashes.push(runs[0]!.resultHash);
      predictions.push(artefacts(runs[0]!.folder)['predictions.csv']!);
    };
    await take({ load }, join(root, 'out-1'));
    await take({ load: { captures: [join(data, 'lab')] } }, join(root, 'out-2'));
    renameSync(data, `${data}-moved`);
    await take({ load: { data: `${data}-moved` } }, join(root, 'out-3'));
    assert.equal(new Set(hashes).size, 1);
    assert.equal(new Set(predictions).size, 1);
    rmSync(`${data}-moved`, { recursive: true });
  });
});

describe('a manifest without a list of files', () => {
  it('takes files and globs of its days, with labels, and misses what is not there', async () => {
    const days = [
      { name: 'one', captures: ['one/*.pcap'] },
      { name: 'two', captures: ['two.pcap'] },
    ];
    writeFileSync(
      join(root, 'datasets', 'short.json'),
      JSON.stringify({ name: 'short', kind: 'captures', description: 'Short.', source: {}, days }),
    );
    const protocol = {
      kind: 'days',
      train: ['one'],
      test: ['two'],
      labels: { test: 'morphs', unlabelled: 'as-normal' },
    };
    const folder = join(root, 'short-data');
    const spec = writeSpec(join(root, 'short'), { dataset: 'short', protocol: { kind: 'chronological' } });
    await assert.rejects(run(spec, out, { load: { data: folder } }), /two\.pcap: no such file/);
    mkdirSync(join(folder, 'short', 'one'), { recursive: true });
    await writeSyntheticCapture(recipe, join(folder, 'short', 'one', 'a.pcap'));
    await writeSyntheticCapture({ ...recipe, seed: 4 }, join(folder, 'short', 'two.pcap'));
    const { prepared } = await run(spec, out, { load: { data: folder } });
    assert.equal(prepared.account.files.length, 2);
    const unlabelled = writeSpec(join(root, 'short-days'), { dataset: 'short', protocol });
    await assert.rejects(
      run(unlabelled, out, { load: { data: folder } }),
      /asks for labels, but dataset has none/,
    );
  });
});
