/** Weights that are trained once, tested with the same sessions presented in other ways. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readJournal, readPresentations, verifyRun } from '../../src/results/index.ts';
import { tablesOf } from '../../src/tracking/mlflow/tables.ts';
import { sessionlab } from '../support/command.ts';
import { run, spec, temporaryFolder, writeSpec } from './sample.ts';

const root = temporaryFolder();
const text = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
/** Columns of a table of predictions by their names. */
const columns = (folder: string, name: string, ...names: readonly string[]) => {
  const [head, ...rows] = text(folder, name).trimEnd().split('\n');
  const places = names.map((one) => head!.split(',').indexOf(one));
  return rows.map((row) => places.map((place) => row.split(',')[place]).join(','));
};

const larger = { synthetic: { ...spec.dataset.synthetic, sessions: 400, workstations: 12 } };
const presentations = {
  same: { anomalies: { repair: ['checksum'] } },
  repaired: { anomalies: { repair: ['checksum', 'mac'] } },
  strangers: { anomalies: { addresses: 'popularity', contacts: 'pair-and-port' } },
  'no-addresses': { tokens: { hide: ['address'] } },
  short: { tokens: { bytes: 14 }, sessions: { maxPackets: 1 } },
  swaps: { anomalies: { kinds: { 'destination-ip-swap': 1 } } },
  'look-ahead': { anomalies: { lookAhead: true } },
  redrawn: { evaluation: { redraw: true } },
};
const base = { name: 'presented', dataset: larger, anomalies: { repair: ['checksum'] } };

describe('a run with presentations', () => {
  const out = join(root, 'out');
  const ran = run(writeSpec(join(root, 'spec'), { ...base, evaluation: { presentations } }), out);
  const found = async () => (await ran).runs[0]!;
  const changesOf = async (name: string) =>
    Object.fromEntries(
      (await found()).presentations
        .find((one) => one.name === name)!
        .changes.map((change) => [change.measure, change]),
    );

  it('has the weights and the test of the spec without them', async () => {
    const { folder, evaluation, resultHash } = await found();
    const path = writeSpec(join(root, 'plain'), base);
    const { runs } = await run(path, out);
    const plain = runs[0]!;
    assert.deepEqual(evaluation, plain.evaluation);
    assert.equal(text(folder, 'predictions.csv'), text(plain.folder, 'predictions.csv'));
    assert.deepEqual(plain.presentations, []);
    assert.ok(!existsSync(join(plain.folder, 'presentations.json')));
    assert.ok(!Object.keys(plain.metrics).some((name) => / under |^detected /.test(name)));
    // What was found under the presentations is in the one, and nothing of it in the other.
    assert.notEqual(resultHash, plain.resultHash);
  });

  it('keeps the predictions under each, and is verified with them', async () => {
    const { folder } = await found();
    const files = readdirSync(folder).filter((name) => name.startsWith('presented-'));
    assert.deepEqual(
      files,
      Object.keys(presentations)
        .map((name) => `presented-${name}.csv`)
        .sort(),
    );
    assert.deepEqual(readPresentations(folder), JSON.parse(JSON.stringify((await found()).presentations)));
    const { state, recomputed } = await verifyRun(folder);
    assert.deepEqual([state, recomputed], ['verified', true]);
  });

  it('presents the same sessions: where nothing is otherwise, the predictions are the same', async () => {
    const { folder } = await found();
    const head = ['session', 'kind', 'label', 'predicted', 'p_normal', 'p_destination-ip-swap'];
    assert.deepEqual(
      columns(folder, 'presented-same.csv', ...head),
      columns(folder, 'predictions.csv', ...head),
    );
    for (const { gained, lost, difference } of Object.values(await changesOf('same')))
      assert.deepEqual([gained, lost, difference.value], [0, 0, 0]);
    const sessions = columns(folder, 'predictions.csv', 'session');
    for (const name of Object.keys(presentations))
      assert.deepEqual(columns(folder, `presented-${name}.csv`, 'session'), sessions);
  });

  it('does to them what it says, and to the normal ones nothing', async () => {
    const { folder } = await found();
    const labels = (name: string) => columns(folder, name, 'label');
    const own = labels('predictions.csv');
    for (const name of ['repaired', 'no-addresses', 'short'])
      assert.deepEqual(labels(`presented-${name}.csv`), own);
    const swaps = labels('presented-swaps.csv');
    assert.ok(swaps.every((label, i) => (label === 'normal') === (own[i] === 'normal')));
    assert.deepEqual(new Set(swaps), new Set(['normal', 'destination-ip-swap']));
    const normal = (name: string) =>
      columns(folder, name, 'label', 'p_normal').filter((row) => row.startsWith('normal,'));
    for (const name of ['repaired', 'strangers', 'swaps', 'look-ahead'])
      assert.deepEqual(normal(`presented-${name}.csv`), normal('predictions.csv'), name);
    assert.notDeepEqual(
      columns(folder, 'presented-repaired.csv', 'p_normal'),
      columns(folder, 'predictions.csv', 'p_normal'),
    );
  });

  it('counts what nobody can see in a presentation, and tells of tokens that training never showed', async () => {
    const by = new Map((await found()).presentations.map((one) => [one.name, one]));
    assert.equal(by.get('same')!.unseen, 0);
    // The first 14 bytes of an Ethernet frame are its addresses and type: a swap of ports is not among them.
    const ports = by.get('short')!.detection.find(({ kind }) => kind === 'port-direction-switch')!;
    assert.ok(by.get('short')!.unseen >= ports.called.denominator);
    assert.deepEqual(
      [...by].filter(([, one]) => one.untrainedToken).map(([name]) => name),
      ['no-addresses'],
    );
  });

  it('compares rates of the sessions that both have, with intervals for clusters', async () => {
    const { recall, accuracy, falsePositiveRate } = await changesOf('repaired');
    const { evaluation } = await found();
    assert.equal(recall!.before, evaluation.anomalous.recall.value);
    assert.equal(recall!.sessions, evaluation.anomalous.recall.denominator);
    assert.equal(accuracy!.sessions, evaluation.sessions);
    assert.equal(falsePositiveRate!.difference.value, 0);
    assert.equal(recall!.after - recall!.before, recall!.difference.value);
    assert.ok(['session', 'initiator', 'responder', 'pair'].includes(recall!.difference.clustered!.by));
    // A kind that one of both has not is in no rate.
    assert.ok(!('detected port-direction-switch' in (await changesOf('swaps'))));
  });

  it('has its rates among the metrics of the run, of the journal and of MLflow', async () => {
    const { folder, metrics, presentations: records, evaluation } = await found();
    const { recall } = records.find(({ name }) => name === 'strangers')!.evaluation.anomalous;
    assert.equal(metrics['recall under strangers'], recall.value);
    assert.equal(JSON.parse(text(folder, 'run.json')).evaluation['recall under strangers'], recall.value);
    const { lines } = readJournal(join(folder, 'journal.jsonl'));
    const assessment = lines.find((line) => line.type === 'assessment')!;
    assert.equal(
      assessment.type === 'assessment' && assessment.metrics['recall under strangers'],
      recall.value,
    );
    const stored = { ...evaluation, detection: [], threshold: null };
    const table = tablesOf(stored, records).find(({ name }) => name === 'presentations')!;
    assert.equal(
      table.data.length,
      records.reduce((sum, { changes }) => sum + changes.length, 0),
    );
    assert.ok(table.data.every((row) => row.length === table.columns.length));
  });

  it('is printed short, and evaluated whole or under one presentation', async () => {
    const { folder } = await found();
    const { facts } = await ran;
    const printed = facts.join('');
    assert.match(printed, /The same weights on the same 80 test sessions in other presentations/);
    assert.match(printed, /\n {2}same +[\d.]+% +the same/);
    const all = await sessionlab(['evaluate', folder]);
    assert.match(all.stdout, /\n {2}repaired .*\n[\s\S]*Called anomalous by kind, in other presentations/);
    const one = await sessionlab(['evaluate', folder, '--presentation', 'swaps']);
    assert.equal(one.status, 0);
    assert.match(one.stdout, /\n {2}ip-direction-switch +0 +0/);
    const wrong = await sessionlab(['evaluate', folder, '--presentation', 'swap']);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /--presentation: got "swap", must be one of same, .*; did you mean "swaps"\?/);
    const { stdout } = await sessionlab(['compare', folder]);
    assert.match(stdout, /Recall: trained as the row says, the same weights tested as the column says/);
  });
});

describe('presentations of sessions that each become every kind', () => {
  it('are compared where both could be made', async () => {
    const path = writeSpec(join(root, 'each'), {
      ...base,
      dataset: spec.dataset,
      evaluation: {
        baselines: false,
        draws: { each: 2 },
        presentations: { same: presentations.same, strangers: presentations.strangers },
      },
    });
    const { runs, failure } = await run(path, join(root, 'each'));
    assert.equal(failure, null);
    const [same, strangers] = runs[0]!.presentations;
    assert.deepEqual(same!.evaluation, runs[0]!.evaluation);
    const { sessions } = runs[0]!.evaluation;
    // Twelve test sessions, each as it is and twice as each of three kinds, where these can be made.
    assert.ok(sessions > 12 && sessions <= 12 * 7);
    for (const { sessions: both } of strangers!.changes.filter(({ measure }) => measure === 'accuracy'))
      assert.ok(both > 12 && both <= Math.min(sessions, strangers!.evaluation.sessions));
    assert.equal((await verifyRun(runs[0]!.folder)).recomputed, true);
  });
});

describe('presentations of sessions that are what their labels say', () => {
  it('are as captured, and show less of them', async () => {
    const days = [
      { name: 'one', date: '2018-03-05', labels: false },
      { name: 'two', date: '2018-03-06', attacks: [{ kind: 'infiltration', sessions: 30 }] },
    ];
    const path = writeSpec(join(root, 'labelled'), {
      dataset: { synthetic: { seed: 5, sessions: 150, workstations: 6, duration: 3600, days } },
      protocol: { kind: 'days', train: ['one'], test: ['two'] },
      task: 'anomalous',
      evaluation: {
        presentations: { all: { sessions: { maxPackets: 3 } }, first: { sessions: { maxPackets: 1 } } },
      },
    });
    const { runs, failure } = await run(path, join(root, 'labelled'));
    assert.equal(failure, null);
    const [all, first] = runs[0]!.presentations;
    assert.deepEqual(all!.evaluation, runs[0]!.evaluation);
    for (const { detection, unseen } of [all!, first!]) {
      assert.deepEqual(
        detection.map(({ kind, called }) => [kind, called.denominator]),
        [
          ['normal', 120],
          ['Attack', 30],
        ],
      );
      assert.equal(unseen, 0);
    }
    assert.equal(first!.changes.find(({ measure }) => measure === 'detected Attack')!.sessions, 30);
  });
});

describe('morphs beside labelled attacks', () => {
  it('are made of the normal test sessions, and found at the threshold that attacks are', async () => {
    const days = [
      { name: 'one', date: '2018-03-05', labels: false },
      { name: 'two', date: '2018-03-06', attacks: [{ kind: 'infiltration', sessions: 30 }] },
    ];
    const path = writeSpec(join(root, 'transfer'), {
      dataset: { synthetic: { seed: 5, sessions: 150, workstations: 6, duration: 3600, days } },
      protocol: { kind: 'days', train: ['one'], test: ['two'] },
      task: 'anomalous',
      training: { ...spec.training, validation: 0.3 },
      evaluation: { presentations: { morphs: { protocol: { labels: { test: 'morphs' } } } } },
    });
    const { runs, facts } = await run(path, join(root, 'transfer'));
    const { presentations: records, metrics, findings, folder } = runs[0]!;
    const [morphs] = records;
    assert.equal(morphs!.evaluation.sessions, 120);
    assert.deepEqual(morphs!.changes, []);
    assert.ok(morphs!.evaluation.anomalous.recall.denominator > 30);
    const { threshold } = morphs!;
    assert.equal(threshold!.normalProbability, findings.threshold!.normalProbability);
    assert.equal(metrics.transferMorphRecall, threshold!.rates.recall.value);
    assert.equal(metrics.transferAttackRecall, findings.threshold!.rates.recall.value);
    const gap = metrics.transferMorphRecall! - metrics.transferAttackRecall!;
    assert.equal(metrics.transferGap, gap);
    assert.equal(morphs!.supervised!.denominator, 30);
    assert.match(facts.join(''), /Transfer from morphs to attacks: .*\n.*\n +recall of morphs \(morphs\) /);
    assert.doesNotMatch(facts.join(''), /The same weights on the same/);
    const { stdout } = await sessionlab(['evaluate', folder]);
    assert.match(stdout, /gap, in percentage points/);
    assert.equal((await verifyRun(folder)).recomputed, true);
  });
});

describe('what a network relies on', () => {
  /** The swaps that a network trained with these repairs finds, and what is left when the others are repaired, too. */
  const trainedWith = async (repair: readonly string[]) => {
    const path = writeSpec(join(root, repair.join('')), {
      name: `trained-${repair.join('-')}`,
      dataset: 'synthetic-office',
      sessions: { maxPackets: 4 },
      tokens: { bytes: 43 },
      anomalies: { repair },
      network: { packet: { units: 24 }, session: { units: 24 }, head: [24] },
      training: { epochs: 10, batch: 64, optimizer: { learningRate: 0.005 } },
      evaluation: {
        baselines: false,
        presentations: { repaired: { anomalies: { repair: ['checksum', 'mac'] } } },
      },
    });
    const { runs } = await run(path, join(root, 'reliance'));
    return runs[0]!.presentations[0]!.changes.find(
      ({ measure }) => measure === 'detected destination-ip-swap',
    )!;
  };

  it('is stale MAC addresses, where it was trained with them: repaired, a fifth of the swaps are found no more', async () => {
    const { difference, before } = await trainedWith(['checksum']);
    assert.ok(before > 0.8, `${before}`);
    assert.ok(difference.value! < -0.15, `${difference.value}`);
    assert.ok(difference.high! < 0, `${difference.high}`);
  });

  it('is hardly broken checksums: with repaired ones as many swaps are found', async () => {
    const { difference, before } = await trainedWith(['mac']);
    assert.ok(before > 0.75, `${before}`);
    assert.ok(Math.abs(difference.value!) < 0.03, `${difference.value}`);
    assert.ok(difference.low! < 0 && difference.high! > 0);
  });
});
