import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatComparison } from '../../src/report/index.ts';
import { verifyRun } from '../../src/results/index.ts';
import { compareGroups, sweepStatus } from '../../src/sweep/index.ts';
import { defaultRecipe, writeSyntheticCapture } from '../../src/synth/index.ts';
import { readSweep, sweepContent } from '../../src/tracking/mlflow/read-sweep.ts';
import { sweep, temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const home = temporaryFolder();
const out = join(home, 'out');
const small = { training: { epochs: 1, batch: 16 }, attention: { sessions: 0 }, seeds: [1, 2] };
const spec = writeSpec(home, {
  ...small,
  dataset: { captures: ['a.pcap'] },
  sweep: { 'dataset.captures': [['a.pcap'], ['b.pcap']] },
});

const done = (async () => {
  for (const [name, seed] of [
    ['a', 3],
    ['b', 9],
  ] as const)
    await writeSyntheticCapture(
      { ...defaultRecipe, sessions: 60, workstations: 4, duration: 300, seed },
      join(home, `${name}.pcap`),
    );
  return sweep(spec, out);
})();

describe('the cells of a sweep over data', () => {
  const hasNoPair = (groups: Parameters<typeof compareGroups>[0]) => {
    const [first, second] = compareGroups(groups);
    assert.deepEqual([first!.otherData, second!.otherData], [false, true]);
    assert.deepEqual(new Set(Object.values(second!.difference)), new Set([null]));
    assert.match(formatComparison([first!, second!]), /Other data than .*: .* nothing is paired/);
  };

  it('are not paired, and that is said, when they are done and when they are there', async () => {
    const made = await done;
    assert.equal(made.failure, null);
    hasNoPair(made.groups);
    const kept = await sweep(spec, out);
    assert.deepEqual(new Set(kept.runs.map(({ state }) => state)), new Set(['kept']));
    hasNoPair(kept.groups);
  });

  it('are not paired in MLflow either', async () => {
    const { runs } = await done;
    const record = JSON.parse(readFileSync(join(runs[0]!.folder, 'run.json'), 'utf8'));
    const rows = readSweep(join(out, 'small'), record.sweep.hash);
    const content = sweepContent(record.sweep, rows, false);
    const { open } = await content.files.find(({ path }) => path === 'tables/differences.json')!.upload();
    const { data } = JSON.parse(String(open())) as { data: readonly (readonly unknown[])[] };
    assert.ok(data.length > 0);
    for (const [, , , pairs, difference] of data) assert.deepEqual([pairs, difference], [0, null]);
  });

  it('are told apart by compare, in CSV on standard error', async () => {
    await done;
    const { stdout, stderr } = await sessionlab(['compare', 'small', '--results', out, '--csv']);
    assert.match(stderr, /^Other data than .*: nothing is paired\.\n$/);
    assert.doesNotMatch(stderr, /undefined/);
    assert.match(stdout, /,0,,,,,exploratory,\n/);
  });
});

describe('a run on other data than those of the experiment', () => {
  it('says that compare shows them apart', async () => {
    await done;
    const alone = join(home, 'alone');
    const plain = writeSpec(join(home, 'plain'), {
      ...small,
      dataset: { captures: ['../a.pcap'] },
      seeds: [1],
    });
    const args = ['run', plain, '--threads', '1', '--out', alone];
    assert.doesNotMatch((await sessionlab(args)).stderr, /other data/);
    const other = await sessionlab([...args, '--capture', join(home, 'b.pcap')]);
    assert.equal(other.status, 0, other.stderr);
    assert.match(
      other.stderr,
      /note: .*small has runs on other data, too: `sessionlab compare small` shows them apart and pairs none of them with these\n/,
    );
    const { stdout } = await sessionlab(['compare', 'small', '--results', alone]);
    assert.match(stdout, /Other data than /);
  });
});

describe('a damaged run of a sweep', () => {
  it('is named, and done again', async () => {
    await sweep(spec, out);
    const { runs } = await done;
    const [flipped, edited, lost] = runs.map(({ folder }) => folder) as [string, string, string];
    const bytes = readFileSync(join(flipped, 'weights.safetensors'));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(join(flipped, 'weights.safetensors'), bytes);
    const record = readFileSync(join(edited, 'run.json'), 'utf8');
    writeFileSync(join(edited, 'run.json'), record.replace(/"accuracy": [\d.]+/, '"accuracy": 0.99999'));
    rmSync(join(lost, 'predictions.csv'));
    const { counts, runs: states } = await sweepStatus(spec, {}, out);
    assert.deepEqual([counts.damaged, counts.done], [3, 1]);
    for (const [i, why] of [
      /weights\.safetensors: was changed after the run/,
      /run\.json: was changed after the run: its seal does not fit/,
      /predictions\.csv: is missing/,
    ].entries())
      assert.match(states[i]!.faults!.join(), why);
    const told = await sessionlab(['status', spec, '--out', out]);
    assert.match(told.stdout, /1 of 4 runs done, 0 under way, 0 failed, 0 open, 3 damaged\n/);
    assert.match(told.stdout, /damaged +dataset\.captures=.*seed 1 +.*weights\.safetensors: was changed/);

    const again = await sweep(spec, out);
    assert.equal(again.failure, null);
    assert.deepEqual(
      again.runs.map(({ state }) => state),
      ['new', 'new', 'new', 'kept'],
    );
    const lines = again.lines.join('');
    assert.match(lines, /weights\.safetensors: was changed after the run.*done again/);
    assert.match(lines, /predictions\.csv: is missing.*done again/);
    for (const { folder } of runs) assert.equal((await verifyRun(folder)).state, 'verified');
    assert.deepEqual(readFileSync(join(flipped, 'weights.safetensors')).length, bytes.length);
    assert.ok(existsSync(join(flipped, '.damaged-weights.safetensors')));
    assert.equal((await sweepStatus(spec, {}, out)).counts.done, 4);
  });
});
