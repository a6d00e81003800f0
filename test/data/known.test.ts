import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeFacts } from '../../src/results/provenance.ts';
import { type LoadOptions, loadSweep } from '../../src/spec/index.ts';
import { cellKeys, loadKeys, planSweep } from '../../src/sweep/sweep-plan.ts';
import { defaultRecipe, writeSyntheticCapture } from '../../src/synth/index.ts';
import { sweep, temporaryFolder, writeSpec } from '../run/sample.ts';

const root = temporaryFolder();
const code = await codeFacts();

async function statesOf(spec: string, out: string, load: LoadOptions = {}, numeric = code.numeric) {
  const keys = await cellKeys(await loadSweep(spec, load), out);
  const plan = planSweep(keys, out, { numeric });
  return plan.runs.map(({ state }) => state.kind);
}

/** Longer than a file counts as just changed. */
const SETTLED = 2200;

describe('what is known of the runs of a sweep', () => {
  const out = join(root, 'runs');
  const changes = { training: { epochs: 1, batch: 16, validation: 0.1 }, attention: { sessions: 0 } };
  const spec = writeSpec(join(root, 'spec'), changes);
  const done = sweep(spec, out);

  it('is that they are done, while nothing that matters has changed', async () => {
    assert.equal((await done).failure, null);
    assert.deepEqual(await statesOf(spec, out), ['done']);
    // Neither of these can change a result.
    for (const set of ['description=other', 'engine=reference', 'seeds=1', 'variant=x', 'published.source=x'])
      assert.deepEqual(await statesOf(spec, out, { set: [set] }), ['done'], set);
  });

  it('is nothing of a spec with any other value', async () => {
    for (const set of [
      'dataset.synthetic.seed=4',
      'dataset.synthetic.sessions=61',
      'protocol.train=0.7',
      'protocol.purge=0',
      'protocol.disjoint=pair',
      'protocol={"kind":"random"}',
      'protocol={"kind":"k-fold"}',
      'protocol={"kind":"overlapping"}',
      'test={"dataset":"synthetic-office"}',
      'sessions.defects=["first-packet"]',
      'anomalies.lookAhead=true',
      'evaluation.redraw=true',
      'sessions.protocols=["tcp"]',
      'sessions.idleTimeout=60',
      'sessions.minPackets=2',
      'sessions.maxPackets=4',
      'sessions.tunnels=inner',
      'tokens.bytes=41',
      'tokens.hide=["mac"]',
      'anomalies.normal=0.4',
      'anomalies.kinds={"ttl-shift":1}',
      'anomalies.repair=["mac"]',
      'anomalies.contacts=direction',
      'anomalies.addresses=popularity',
      'task=anomalous',
      'network.cell=lstm',
      'network.packet.units=6',
      'network.packet.layers=2',
      'network.packet.attention=mean',
      'network.session.units=5',
      'network.session.layers=2',
      'network.session.attention=dot',
      'network.head=[4]',
      'network.activation=relu',
      'network.layerNorm=true',
      'network.dropout=0.1',
      'network.initializer={"kind":"glorot"}',
      'training.epochs=2',
      'training.batch=17',
      'training.optimizer.learningRate=0.02',
      'training.optimizer={"kind":"sgd"}',
      'training.clipNorm=0.5',
      'training.schedule={"kind":"cosine"}',
      'training.validation=0.2',
      'training.classWeights=balanced',
      'evaluation.everyEpoch=true',
      'attention.sessions=3',
      'engine=tfjs',
      'seeds=[2]',
    ])
      assert.deepEqual(await statesOf(spec, out, { set: [set] }), ['open'], set);
  });

  it('is nothing under another version of the code', async () => {
    assert.deepEqual(await statesOf(spec, out, {}, 'f'.repeat(64)), ['open']);
  });

  it('follows a record that is replaced, removed, or put there again', async () => {
    const record = join((await done).runs[0]!.folder, 'run.json');
    const whole = readFileSync(record, 'utf8');
    const { mtimeMs } = statSync(record);
    // As long, with the time that it had.
    writeFileSync(record, whole.replace(code.numeric, 'e'.repeat(64)));
    utimesSync(record, mtimeMs / 1000, mtimeMs / 1000);
    assert.deepEqual(await statesOf(spec, out), ['open']);
    writeFileSync(record, whole);
    assert.deepEqual(await statesOf(spec, out), ['done']);
    copyFileSync(record, `${record}.copy`);
    rmSync(record);
    rmSync((await done).runs[0]!.folder, { recursive: true });
    assert.deepEqual(await statesOf(spec, out), ['open']);
  });

  it('is known of a spec as it is, also where its cells were listed before', async () => {
    const path = writeSpec(join(root, 'listed'), { sweep: { 'network.cell': ['gru', 'rnn'] } });
    const list = async (numeric = code.numeric, load = {}) =>
      (await loadKeys(path, load, out, { numeric })).keys;
    const before = await list();
    assert.deepEqual(await list(), before);
    assert.deepEqual(before, await cellKeys(await loadSweep(path), out));
    assert.equal((await list(code.numeric, { set: ['seeds=3'] }))[0]!.seeds.length, 3);
    writeSpec(join(root, 'listed'), { sweep: { 'network.cell': ['gru', 'lstm'] } });
    assert.notDeepEqual(await list(), before);
    assert.deepEqual(await list(), await cellKeys(await loadSweep(path), out));
  });
});

describe('what is known of captures', () => {
  it('is forgotten with any byte of them that changes, whatever their time says', async () => {
    const out = join(root, 'captures');
    const capture = join(root, 'x.pcap');
    await writeSyntheticCapture({ ...defaultRecipe, sessions: 60, workstations: 4, duration: 300 }, capture);
    const other = join(root, 'y.pcap');
    copyFileSync(capture, other);
    await sleep(SETTLED);
    const spec = writeSpec(join(root, 'with captures'), {
      dataset: { captures: [capture] },
      training: { epochs: 1, batch: 16 },
      sweep: { 'network.cell': ['gru', 'rnn'] },
    });
    assert.deepEqual(await statesOf(spec, out), ['open', 'open']);
    assert.equal((await sweep(spec, out)).failure, null);
    // Known without reading, from now on.
    const [key] = await cellKeys(await loadSweep(spec), out);
    assert.match(key!.specHash ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(await statesOf(spec, out), ['done', 'done']);
    const { mtimeMs, size } = statSync(capture);
    const bytes = readFileSync(capture);
    for (const at of [60, size >> 1, size - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      writeFileSync(capture, changed);
      utimesSync(capture, mtimeMs / 1000, mtimeMs / 1000);
      assert.deepEqual(await statesOf(spec, out), ['open', 'open'], `byte ${at}`);
    }
    // The same bytes again, of which only reading can tell: it is done under their hash, and nothing is done twice.
    copyFileSync(other, capture);
    const again = await sweep(spec, out);
    assert.deepEqual(
      again.runs.map(({ state }) => state),
      ['kept', 'kept'],
    );
  });
});

describe('what is known of label files', () => {
  it('is forgotten with any byte of them that changes, where labels are used, and nowhere else', async () => {
    const out = join(root, 'labels');
    const capture = join(root, 'labelled.pcap');
    await writeSyntheticCapture({ ...defaultRecipe, sessions: 60, workstations: 4, duration: 300 }, capture);
    const rules = join(root, 'rules.json');
    const write = (protocol: string) =>
      writeFileSync(rules, JSON.stringify({ rules: [{ protocol, label: 'odd' }], otherwise: 'normal' }));
    write('udp');
    await sleep(SETTLED);
    const labels = { format: 'rules', files: [rules], clockOffset: 0 };
    const spec = (protocol: object) =>
      writeSpec(join(root, `labels ${Object.keys(protocol).length}`), {
        dataset: { captures: [capture], labels },
        task: 'anomalous',
        protocol: { kind: 'chronological', train: 0.5, ...protocol },
        training: { epochs: 1, batch: 16 },
        sweep: { 'network.cell': ['gru'] },
      });
    const [using, ignoring] = [spec({ labels: { test: 'labels' } }), spec({})];
    for (const path of [using, ignoring]) {
      assert.equal((await sweep(path, out)).failure, null);
      assert.deepEqual(await statesOf(path, out), ['done']);
    }
    write('tcp');
    assert.deepEqual(await statesOf(using, out), ['open']);
    assert.deepEqual(await statesOf(ignoring, out), ['done']);
  });
});
