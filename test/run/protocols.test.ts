import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { collectContacts } from '../../src/anomaly/index.ts';
import type { AttentionRecord } from '../../src/evaluation/index.ts';
import { parseRecord } from '../../src/results/index.ts';
import { run, spec, sweep, temporaryFolder, writeSpec } from './sample.ts';

const root = temporaryFolder();
const SHORT = spec.training;
const recordsOf = (folder: string): readonly AttentionRecord[] =>
  readFileSync(join(folder, 'attention.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => parseRecord(line));
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** Three days of a small network; labels are three hours behind. */
const week = {
  synthetic: {
    seed: 5,
    sessions: 150,
    workstations: 6,
    duration: 3600,
    days: [
      { name: 'one', date: '2018-03-05', labels: false },
      { name: 'two', date: '2018-03-06', attacks: [{ kind: 'brute-force-ssh', sessions: 10 }] },
      { name: 'three', date: '2018-03-07', attacks: [{ kind: 'infiltration', sessions: 30 }] },
    ],
  },
};
const byDays = {
  dataset: week,
  protocol: { kind: 'days', train: ['one', 'two'], test: ['three'] },
  task: 'anomalous',
  published: {
    source: 'nobody',
    matrix: [
      [100, 1],
      [20, 9],
    ],
  },
};

describe('a run by days', () => {
  const result = run(writeSpec(join(root, 'days'), byDays), join(root, 'out'));

  it('trains on what is normal and is tested on real labels, all of which are accounted for', async () => {
    const { runs, failure } = await result;
    assert.equal(failure, null);
    const record = json(join(runs[0]!.folder, 'run.json'));
    assert.equal(record.sessions.all, 450);
    assert.equal(record.sessions.training, 290);
    assert.equal(record.sessions.test, 150);
    assert.deepEqual(record.sessions.leftOut, [
      { side: 'training', reason: 'labelled as an attack', sessions: 10 },
    ]);
    assert.equal(record.sessions.contaminated, 0);
    const {
      newPairFalsePositiveRate: fresh,
      knownPairFalsePositiveRate: known,
      newPairGap,
    } = record.evaluation;
    assert.equal(newPairGap, fresh - known);
    assert.ok(record.intervals.newPairGap.clusters >= 1);
    assert.deepEqual(
      record.labels.map((part: { day: string; offset: number | null; sessions: number; none: number }) => [
        part.day,
        part.sessions,
        part.none,
        part.offset,
      ]),
      [
        ['one', 150, 0, null],
        ['two', 150, 0, 10800],
        ['three', 150, 0, 10800],
      ],
    );
    assert.deepEqual(
      runs[0]!.detection.map(({ kind, called }) => [kind, called.denominator]),
      [
        ['normal', 120],
        ['Attack', 30],
      ],
    );
  });

  it('writes the label of every test session beside what was predicted', async () => {
    const { runs } = await result;
    const [head = '', ...rows] = readFileSync(join(runs[0]!.folder, 'predictions.csv'), 'utf8')
      .trim()
      .split('\n');
    const column = head.split(',').indexOf('kind');
    assert.equal(rows.filter((row) => row.split(',')[column] === 'Attack').length, 30);
  });

  it('shows what others published beside it, and keeps that', async () => {
    const { runs, facts } = await result;
    assert.match(facts.join(''), /Beside what was published: nobody\n/);
    const published = json(join(runs[0]!.folder, 'published.json'));
    assert.deepEqual(published.matrices.theirs, byDays.published.matrix);
    const [normal, anomalous] = published.matrices.ours;
    assert.deepEqual([normal[0] + normal[1], anomalous[0] + anomalous[1]], [120, 30]);
  });

  it('can be run again from the spec beside its results, to the same bits', async () => {
    const { runs } = await result;
    const again = join(root, 'again');
    writeFileSync(`${again}.json`, readFileSync(join(runs[0]!.folder, 'spec.json')));
    assert.equal((await run(`${again}.json`, again)).runs[0]!.resultHash, runs[0]!.resultHash);
  });
});

describe('a run with another data set to test on', () => {
  it('has the training of the run without it', async () => {
    const other = { synthetic: { seed: 9, sessions: 60, workstations: 4, duration: 300 } };
    const alone = await run(writeSpec(join(root, 'alone')), join(root, 'alone out'));
    const both = await run(
      writeSpec(join(root, 'both'), { test: { dataset: other } }),
      join(root, 'both out'),
    );
    const weights = (folder: string) => {
      const bytes = readFileSync(join(folder, 'weights.safetensors'));
      return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
    };
    assert.deepEqual(weights(both.runs[0]!.folder), weights(alone.runs[0]!.folder));
    assert.notEqual(both.runs[0]!.resultHash, alone.runs[0]!.resultHash);
    assert.equal(both.runs[0]!.evaluation.sessions, 48, 'all but the first fifth, which is watched');
    assert.equal(both.prepared.sessions.count, 120);
  });

  it('swaps in addresses of the network that it tests', async () => {
    const other = { synthetic: { seed: 9, sessions: 200, workstations: 4, duration: 300 } };
    const changes = {
      test: { dataset: other },
      anomalies: { kinds: { 'destination-ip-swap': 1 } },
      attention: { sessions: 1000 },
    };
    const { runs, prepared } = await run(
      writeSpec(join(root, 'strangers'), changes),
      join(root, 'strangers out'),
    );
    // The sessions of that network before those that test.
    const earlier = Uint32Array.from({ length: 40 }, (_, i) => 60 + i);
    const { addresses } = collectContacts(prepared.sessions, earlier).ipv4;
    const known = new Set(
      Array.from({ length: addresses.count }, (_, i) => addresses.keys.subarray(4 * i, 4 * i + 4).join('.')),
    );
    const swapped = recordsOf(runs[0]!.folder).filter(
      ({ kind, presented }) => kind === 'destination-ip-swap' && !presented.responder.startsWith('['),
    );
    assert.ok(swapped.length >= 5, `${swapped.length}`);
    for (const { presented } of swapped)
      assert.ok(known.has(presented.responder.replace(/:\d+$/, '')), presented.responder);
    assert.equal(json(join(runs[0]!.folder, 'run.json')).sessions.watched, 40);
  });
});

describe('the test task', () => {
  it('is the same whatever training takes of its side', async () => {
    const task = async (name: string, spec: object) => {
      const { runs } = await run(
        writeSpec(join(root, name), { attention: { sessions: 1000 }, ...spec }),
        join(root, `${name} out`),
      );
      return recordsOf(runs[0]!.folder).map(({ session, kind, presented }) => [session, kind, presented]);
    };
    const base = await task('task', {});
    assert.deepEqual(await task('task share', { training: { ...SHORT, share: 0.25 } }), base);
    assert.deepEqual(await task('task validation', { training: { ...SHORT, validation: 0.3 } }), base);
    assert.deepEqual(
      await task('task purge', { protocol: { kind: 'chronological', train: 0.8, purge: 30 } }),
      base,
    );
  });
});

describe('protocols that leak', () => {
  for (const [kind, protocol] of [
    ['random', { kind: 'random', train: 0.8 }],
    ['k-fold', { kind: 'k-fold', folds: 4, fold: 2 }],
    ['overlapping', { kind: 'overlapping', train: 0.8 }],
  ] as const)
    it(`say so: ${kind}`, async () => {
      const { runs, lines } = await run(writeSpec(join(root, kind), { protocol }), join(root, `${kind} out`));
      assert.match(lines.join(''), new RegExp(`warning: the protocol "${kind}" `));
      const { sessions } = json(join(runs[0]!.folder, 'run.json'));
      assert.equal(sessions.onBothSides > 0, kind === 'overlapping');
    });
});

describe('the switches of the defect ladder', () => {
  it('each change the result, and leave it alone where they are off', async () => {
    const cases = [
      { variant: 'corrected' },
      {
        variant: 'off',
        'anomalies.lookAhead': false,
        'evaluation.redraw': false,
        'evaluation.epoch': 'last',
        'sessions.defects': [],
        'tokens.unit': 'byte',
        'tokens.order': 'forward',
        'tokens.publicAddresses': 'shown',
        'network.packet.initialState': 'zero',
        'network.session.initialState': 'zero',
      },
      { variant: 'split leak', 'protocol.kind': 'overlapping' },
      { variant: 'look-ahead', 'anomalies.lookAhead': true },
      { variant: 'no repair', 'anomalies.repair': [] },
      { variant: 'redrawn', 'evaluation.redraw': true },
      { variant: 'first packet', 'sessions.defects': ['first-packet'] },
      { variant: 'one direction', 'sessions.defects': ['one-direction'] },
      { variant: 'characters', 'tokens.unit': 'character' },
      { variant: 'reversed', 'tokens.order': 'reversed' },
      { variant: 'public', 'tokens.publicAddresses': 'one-token' },
      { variant: 'learned packet state', 'network.packet.initialState': 'learned' },
      { variant: 'learned session state', 'network.session.initialState': 'learned' },
    ];
    const anomalies = { repair: ['checksum', 'mac'] };
    const path = writeSpec(join(root, 'ladder'), {
      anomalies,
      dataset: { synthetic: { ...spec.dataset.synthetic, sessions: 120 } },
      sweep: { cases },
    });
    const { runs, groups, failure, lines } = await sweep(path, join(root, 'ladder out'));
    assert.equal(failure, null);
    assert.match(lines.join(''), /off: the same as corrected/);
    assert.deepEqual(
      groups.map(({ name }) => name),
      cases.map(({ variant }) => variant).filter((name) => name !== 'off'),
    );
    const hashes = runs.map(({ folder }) => json(join(folder, 'run.json')).resultHash);
    assert.equal(new Set(hashes).size, hashes.length);
  });
});

describe('the best epoch on test', () => {
  const training = { epochs: 5, batch: 4, optimizer: { learningRate: 0.01 } };
  const wavering = {
    dataset: { synthetic: { ...spec.dataset.synthetic, sessions: 200 } },
    anomalies: { kinds: { 'port-direction-switch': 1 } },
    network: { packet: { units: 12 }, session: { units: 12 }, head: [6] },
    tokens: { bytes: 38 },
    training,
  };
  const testsOf = (folder: string) =>
    readFileSync(join(folder, 'journal.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'test')
      .map(({ metrics }) => metrics.accuracy as number);

  it('is reported with its weights where the spec asks for it, and warned about', async () => {
    const honest = await run(
      writeSpec(join(root, 'last'), { ...wavering, evaluation: { everyEpoch: true } }),
      join(root, 'last out'),
    );
    const accuracies = testsOf(honest.runs[0]!.folder);
    assert.equal(honest.runs[0]!.metrics.accuracy, accuracies.at(-1));
    assert.ok(Math.max(...accuracies) > accuracies.at(-1)!, accuracies.join(' '));
    const path = writeSpec(join(root, 'best'), { ...wavering, evaluation: { epoch: 'best-on-test' } });
    const best = await run(path, join(root, 'best out'));
    const { folder, metrics } = best.runs[0]!;
    assert.deepEqual(testsOf(folder), accuracies);
    assert.equal(metrics.accuracy, Math.max(...accuracies));
    const { keptEpoch } = json(join(folder, 'run.json')).training;
    assert.equal(keptEpoch, 1 + accuracies.indexOf(Math.max(...accuracies)));
    assert.match(
      best.lines.join(''),
      /warning: evaluation\.epoch "best-on-test" chooses the epoch by looking at the test/,
    );
  });

  it('is none beside that of validation', async () => {
    const path = writeSpec(join(root, 'two'), {
      training: { ...training, validation: 0.2, earlyStopping: {} },
      evaluation: { epoch: 'best-on-test' },
    });
    await assert.rejects(
      run(path, join(root, 'two out')),
      /evaluation\/epoch: got "best-on-test", must not be where/,
    );
  });
});

/** Real captures with labels by hand, where they are. */
const attack = fileURLToPath(new URL('../../../shared/captures/attack/', import.meta.url));

describe('labels by rules', () => {
  it('name the sessions of a real attack as those who captured it do', {
    skip: existsSync(attack) ? false : 'no captures of attacks here',
  }, async () => {
    // SMB scan by 192.168.1.124: 323 of 328 sessions.
    const rules = join(root, 'smb.json');
    writeFileSync(
      rules,
      JSON.stringify({
        rules: [{ protocol: 'tcp', from: '192.168.1.124', to: '*:139,445', label: 'scan' }],
        otherwise: 'normal',
      }),
    );
    const path = writeSpec(join(root, 'smb'), {
      dataset: {
        captures: [join(attack, 'smb.pcap')],
        labels: { format: 'rules', files: [rules], clockOffset: 0 },
      },
      protocol: { kind: 'chronological', train: 0.1, labels: { test: 'labels', attacks: 'as-normal' } },
      task: 'anomalous',
    });
    const { prepared, failure } = await run(path, join(root, 'smb out'));
    assert.equal(failure, null);
    const { byLabel } = prepared.parts[0]![0]!.labels!.counts;
    assert.deepEqual(byLabel, [
      { name: 'normal', sessions: 5 },
      { name: 'scan', sessions: 323 },
    ]);
  });
});
