import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf, loader, SMALLEST, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const load = loader(folder);
const faults = faultsOf(folder);

const week = {
  synthetic: {
    days: [
      { name: 'monday', date: '2018-03-05', labels: false },
      { name: 'tuesday', date: '2018-03-06', attacks: [{ kind: 'http-dos', sessions: 5 }] },
    ],
  },
};
const days = { kind: 'days', train: ['monday'], test: ['tuesday'] };
const sound = { ...SMALLEST, dataset: week, protocol: days, task: 'anomalous' };

const faultOf = async (changes: object): Promise<readonly string[]> => faults({ ...sound, ...changes });

describe('a protocol by days', () => {
  it('tests on labels, and leaves out what is doubtful, unless told otherwise', async () => {
    const { spec } = await load(sound);
    assert.deepEqual(spec.protocol, {
      ...days,
      labels: { test: 'labels', attacks: 'leave-out', unlabelled: 'leave-out', conflicting: 'leave-out' },
    });
  });

  it('needs days that the data set has', async () => {
    assert.deepEqual(await faultOf({ protocol: { ...days, train: ['mondey', 'monday'] } }), [
      'x.json: /protocol/train/0: got "mondey", must be one of monday, tuesday; did you mean "monday"?',
    ]);
    assert.deepEqual(await faultOf({ dataset: 'synthetic-office' }), [
      'x.json: /protocol/train: names days, but the data set has none; choose a data set with days (`sessionlab data list`), or another protocol',
      'x.json: /protocol/test: names days, but the data set has none; choose a data set with days (`sessionlab data list`), or another protocol',
    ]);
  });

  it('has no day on both sides, but may have the same of another data set', async () => {
    assert.deepEqual(await faultOf({ protocol: { ...days, test: ['monday'] } }), [
      'x.json: /protocol/test/0: got "monday", which trains, too: must be another day; take it out of one of the two',
    ]);
    const { testDataset } = await load({
      ...sound,
      protocol: { ...days, test: ['monday'] },
      test: { dataset: week },
    });
    assert.equal(testDataset?.kind, 'synthetic');
  });
});

describe('labels in a protocol', () => {
  it('need a task that they can answer', async () =>
    assert.deepEqual(await faultOf({ task: 'kind' }), [
      'x.json: /protocol/labels/test: got "labels", must be "morphs" for the task "kind"; set "task" to "anomalous": labels say that a session is an attack, not which anomaly it is like',
    ]));

  it('let some attacks train only where not all of them do', async () => {
    const all = { labels: { attacks: 'as-normal', contamination: 0.1 } };
    assert.deepEqual(await faultOf({ protocol: { ...days, ...all } }), [
      'x.json: /protocol/labels/contamination: must not be there where all attacks train as normal sessions; leave it out, or set protocol.labels.attacks to "leave-out"',
    ]);
  });

  it('leave nothing to draw in the test', async () => {
    assert.deepEqual(await faultOf({ anomalies: { testKinds: { 'noisy-packet': 1 } } }), [
      'x.json: /anomalies/testKinds: names kinds for testing, but test sessions are what their labels say: must be null; set protocol.labels.test to "morphs", or testKinds to null',
    ]);
    assert.equal((await faultOf({ evaluation: { redraw: true } })).length, 1);
  });

  it('need a data set that has some', async () => {
    const chronological = { kind: 'chronological', labels: { test: 'labels' } };
    assert.deepEqual(await faultOf({ dataset: 'synthetic-office', protocol: chronological }), [
      'x.json: /protocol/labels: asks for labels, but dataset has none; give dataset "labels" (rules that say when who attacked whom, or a table of flows), or choose a labelled data set (`sessionlab data list`)',
    ]);
    const { spec } = await load({ ...sound, protocol: chronological });
    assert.ok('labels' in spec.protocol && spec.protocol.labels?.attacks === 'leave-out');
  });

  it('are not there unless they are asked for', async () => {
    const { spec } = await load(SMALLEST);
    assert.deepEqual(spec.protocol, { kind: 'chronological', train: 0.8 });
  });
});

describe('other protocols', () => {
  it('have the fold among their folds', async () =>
    assert.deepEqual(await faultOf({ protocol: { kind: 'k-fold', folds: 3, fold: 4 } }), [
      'x.json: /protocol/fold: got 4, must be ≤ 3, the number of folds',
    ]));

  it('test a part after those that train', async () => {
    assert.deepEqual(await faultOf({ protocol: { kind: 'rolling', parts: 3, train: 3 } }), [
      'x.json: /protocol/train: got 3, must be < 3, the number of parts: one at least tests',
    ]);
    assert.deepEqual(await faultOf({ protocol: { kind: 'rolling', parts: 5, train: 2, test: 2 } }), [
      'x.json: /protocol/test: got 2, must be from 3 to 5: a part after those that train',
    ]);
  });

  it('overlap within one data set only', async () =>
    assert.deepEqual(
      await faultOf({ protocol: { kind: 'overlapping' }, test: { dataset: 'synthetic-office' } }),
      [
        'x.json: /test: names another data set, must not be there for the protocol "overlapping"; nothing overlaps between two data sets: use "chronological"',
      ],
    ));

  it('are known by their names, with a suggestion', async () =>
    assert.deepEqual(await faultOf({ protocol: { kind: 'day' } }), [
      'x.json: /protocol/kind: got "day", must be one of chronological, days, random, k-fold, rolling, overlapping; did you mean "days"?',
    ]));
});

describe('attacks of another data set', () => {
  const labelled = { kind: 'chronological', labels: { test: 'labels' } };
  const test = { dataset: week, attacks: 'transplanted' };
  const base = { ...sound, dataset: 'synthetic-office', test };

  it('need labels, and sessions of the data set that trains to stand beside', async () => {
    assert.deepEqual(await faults({ ...base, protocol: { kind: 'chronological' } }), [
      'x.json: /test/attacks: asks for attacks, but labels are not used; set protocol.labels.test to "labels"',
    ]);
    assert.deepEqual(await faults({ ...sound, test, protocol: days }), [
      'x.json: /test/attacks: must not be there for the protocol "days": all days of the data set that trains do train; use "chronological", whose last sessions test',
    ]);
    assert.deepEqual(await faults({ ...base, protocol: { ...labelled, disjoint: 'pair' } }), [
      'x.json: /protocol/disjoint: must not be there where attacks are transplanted to pairs of hosts that training has met; leave it out',
    ]);
  });

  it('may have morphs of the normal ones beside them', async () => {
    const presentations = { morphs: { protocol: { labels: { test: 'morphs' } } } };
    const { spec } = await load({ ...base, protocol: labelled, evaluation: { presentations } });
    assert.equal(spec.test!.attacks, 'transplanted');
  });
});

describe('another data set to test on', () => {
  it('is looked up like the first, and told by its own place', async () => {
    assert.deepEqual(
      await faultOf({ protocol: { kind: 'chronological' }, test: { dataset: 'synthetic-offic' } }),
      [(await faults({ ...SMALLEST, dataset: 'synthetic-offic' }))[0]!.replace('/dataset', '/test/dataset')],
    );
  });

  it('has a place in the hash', async () => {
    const alone = await load(SMALLEST);
    const other = await load({ ...SMALLEST, test: { dataset: week } });
    const third = await load({ ...SMALLEST, test: { dataset: 'synthetic-office' } });
    assert.equal(new Set([alone.hash, other.hash, third.hash]).size, 3);
  });
});
