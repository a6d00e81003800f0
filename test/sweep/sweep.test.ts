import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ExitCode, FaultError, Interrupted } from '../../src/fault/index.ts';
import { comparisonCsv, formatComparison } from '../../src/report/index.ts';
import { findFinished, findRun, verifyRun } from '../../src/results/index.ts';
import { compareGroups, findGroup, readGroups } from '../../src/sweep/index.ts';
import { filesBelow, forge, run, sweep, temporaryFolder, writeSpec } from '../run/sample.ts';

const folder = temporaryFolder();
const cells = { 'network.packet.units': [3, 5], 'network.cell': ['gru', 'rnn'] };
const path = writeSpec(join(folder, 'spec'), { seeds: [1, 2], sweep: cells });
const states = ({ runs }: Awaited<ReturnType<typeof sweep>>) => runs.map(({ state }) => state).join(' ');

describe('a sweep', () => {
  it('runs every cell with every seed, to the results of the same specs alone', async () => {
    const out = join(folder, 'all');
    const found = await sweep(path, out);
    assert.equal(found.failure, null);
    assert.equal(states(found), 'new new new new new new new new');
    const alone = await run(
      writeSpec(join(folder, 'alone'), {
        seeds: [2],
        network: { packet: { units: 3 }, session: { units: 4 }, head: [3], cell: 'rnn' },
      }),
      join(folder, 'alone'),
    );
    const twin = found.runs.find(
      ({ cell, seed }) => cell === 'network.packet.units=3 network.cell=rnn' && seed === 2,
    );
    assert.deepEqual(twin!.metrics, alone.runs[0]!.metrics);
    assert.equal(filesBelow(out).filter((file) => file.endsWith('run.json')).length, 8);
  });

  it('does nothing again that is there, and only what is missing', async () => {
    const out = join(folder, 'all');
    const again = await sweep(path, out);
    assert.equal(states(again), 'kept kept kept kept kept kept kept kept');
    rmSync(again.runs[5]!.folder, { recursive: true });
    const dry = await sweep(path, out, { dryRun: true });
    assert.equal(states(dry), 'kept kept kept kept kept planned kept kept');
    assert.equal(states(await sweep(path, out)), 'kept kept kept kept kept new kept kept');
  });

  it('goes on after an interruption where it was', async () => {
    const out = join(folder, 'interrupted');
    let checks = 0;
    const interruption = {
      check() {
        if (++checks > 600) throw new Interrupted();
      },
      guard: () => () => undefined,
      dispose: () => undefined,
    };
    const first = await sweep(path, out, { interruption });
    assert.equal(first.failure?.exitCode, ExitCode.interrupted);
    const done = first.runs.filter(({ state }) => state === 'new').length;
    assert.ok(done > 0 && done < 8, `${done}`);
    const second = await sweep(path, out);
    assert.equal(second.failure, null);
    assert.equal(second.runs.filter(({ state }) => state === 'kept').length, done);
    const whole = await sweep(path, join(folder, 'all'));
    assert.deepEqual(compareGroups(second.groups), compareGroups(whole.groups));
  });

  it('is not stopped by a cell that fails, unless it is told to', async () => {
    const bad = writeSpec(join(folder, 'bad'), { sweep: { 'protocol.train': [0.001, 0.8] } });
    const found = await sweep(bad, join(folder, 'bad'));
    assert.equal(states(found), 'failed new');
    assert.equal(found.failure?.exitCode, ExitCode.data);
    assert.match(
      found.failure!.message,
      /^protocol\.train=0\.001, seed 1: protocol\.train: 0\.001 of 60 sessions leaves 0 to train on/,
    );
    assert.equal(states(await sweep(bad, join(folder, 'bad2'), { failFast: true })), 'failed');
  });

  it('repeats what is there when it is asked to: damaged runs are repaired, and one that came out otherwise is a defect', async () => {
    const out = join(folder, 'again');
    const again = { again: true };
    const two = writeSpec(join(folder, 'two'), { seeds: [1, 2], sweep: { 'network.packet.units': [3] } });
    const { runs } = await sweep(two, out);
    const [one, other] = runs.map((run) => join(run.folder, 'run.json'));
    writeFileSync(one!, '{');
    forge(other!, (found) => ({ ...found, resultHash: '0'.repeat(64) }));
    const dry = await sweep(two, out, { dryRun: true });
    assert.equal(states(dry), 'planned kept');
    assert.match(dry.lines.join(''), /run\.json: is damaged: it is no JSON; it is to be done again\n/);
    const found = await sweep(two, out, again);
    assert.equal(states(found), 'new new');
    assert.equal(found.failure?.exitCode, ExitCode.defect);
    assert.match(
      found.failure!.message,
      /^network\.packet\.units=3, seed 2: determinism is broken: the result hash is [0-9a-f]{12}, but that of .*2 is 000000000000; both are kept; [^\n]*$/,
    );
    assert.match(found.lines.join(''), /seed 2: .* \(differs from the run that was there; both are kept\)/);
    assert.equal(findRun('small', out), found.runs[1]!.folder, 'the latest is what came out now');
    assert.equal((await verifyRun(runs[0]!.folder)).state, 'verified');
  });

  it('runs a cell once that two of its changes make', async () => {
    const twins = writeSpec(join(folder, 'twins'), { sweep: { cases: [{}, { 'training.batch': 16 }] } });
    const found = await sweep(twins, join(folder, 'twins'));
    assert.equal(states(found), 'new');
    assert.match(found.lines.join(''), /training\.batch=16: the same as the spec as it is/);
  });
});

describe('a comparison', () => {
  it('has the cells of a results folder, named by what tells them apart', () => {
    const groups = readGroups(findFinished('small', join(folder, 'all')));
    // The order of the plan, whatever their hashes.
    assert.deepEqual(
      groups.map(({ name }) => name),
      [
        'network.cell=gru network.packet.units=3',
        'network.cell=rnn network.packet.units=3',
        'network.cell=gru network.packet.units=5',
        'network.cell=rnn network.packet.units=5',
      ],
    );
    for (const { metrics } of groups) assert.deepEqual([...metrics.keys()], [1, 2]);
  });

  it('gives mean, deviation and the paired difference: worked out by hand', () => {
    const group = (name: string, values: Record<number, number>) => ({
      name,
      specHash: name,
      metrics: new Map(Object.entries(values).map(([seed, accuracy]) => [Number(seed), { accuracy }])),
    });
    const [a, b] = compareGroups([group('a', { 1: 0.5, 2: 0.7, 3: 0.6 }), group('b', { 2: 0.8, 3: 0.9 })]);
    const close = (x: number | null | undefined, y: number) =>
      assert.ok(Math.abs(x! - y) < 1e-11, `${x} ${y}`);
    close(a!.metrics.accuracy!.mean, 0.6);
    close(a!.metrics.accuracy!.deviation, 0.1);
    close(b!.metrics.accuracy!.mean, 0.85);
    // 0.8 − 0.7 and 0.9 − 0.6: mean 0.2, deviation √(2 · 0.1²) = 0.1414…, standard error 0.1, t 12.7062047361747 (tan 0.475π); two signs: p 1/2.
    const { accuracy } = b!.difference;
    close(accuracy!.mean, 0.2);
    close(accuracy!.low, 0.2 - 1.27062047361747);
    close(accuracy!.high, 0.2 + 1.27062047361747);
    assert.deepEqual([accuracy!.n, accuracy!.p], [2, 0.5]);
    assert.deepEqual([a!.against, b!.against, a!.difference.accuracy], ['a', 'a', null]);
    const text = formatComparison([a!, b!]);
    assert.match(text, /^b +2 +85\.0% +80\.0% … 90\.0\d?% +\+20\.00 +−107\.06 … \+147\.06 +0\.500 +2 /m);
    assert.match(text, /against "a", .*; of 2 pairs it is never below 0\.5\nexploratory: [^\n]*\n$/);
    assert.doesNotMatch(text, /±/);
    const csv = comparisonCsv([a!, b!]).split('\n');
    assert.match(csv[0]!, /,against,pairs,difference,low,high,p,expected,holm$/);
    assert.match(csv[2]!, /^b,b,accuracy,2,.*,a,2,0\.2\d*,-1\.07\d*,1\.47\d*,0\.5,exploratory,$/);
  });

  it('is with whichever cell is asked for', () => {
    const groups = readGroups(findFinished('small', join(folder, 'all')));
    const second = findGroup(groups, 'network.cell=rnn network.packet.units=3');
    assert.equal(findGroup(groups, second.specHash.slice(0, 12)), second);
    const compared = compareGroups(groups, second);
    assert.ok(compared.every(({ against }) => against === second.name));
    assert.deepEqual(
      compared.map(({ difference }) => difference.accuracy?.n ?? 0),
      [2, 0, 2, 2],
    );
    assert.throws(
      () => findGroup(groups, 'network.cell=rnn network.packet.units=4'),
      (error: unknown) =>
        error instanceof FaultError &&
        error.exitCode === ExitCode.usage &&
        /did you mean "network\.cell=rnn network\.packet\.units=[35]"/.test(error.message),
    );
    assert.throws(() => findGroup(groups, ''), FaultError);
  });

  it('says where there is nothing to compare', () => {
    assert.throws(() => findFinished(join(folder, 'spec'), folder), /there is no run in it/);
    assert.throws(() => findFinished(join(folder, 'nowhere'), folder), /there is no run in it|no such/);
  });
});
