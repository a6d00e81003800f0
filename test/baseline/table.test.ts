import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectContacts } from '../../src/anomaly/index.ts';
import {
  type BaselineRun,
  baselineTable,
  chooseBest,
  createRuleVerdicts,
  createSurprises,
  learnSurprise,
  runBaselines,
} from '../../src/baseline/index.ts';
import { createPresenter, presentAll } from '../../src/training/index.ts';
import { indices, presentOptions, tcpSessions } from '../training/sample.ts';

const KINDS = ['normal', 'swap', 'scan'];

/** Ten sessions: four normal, four swaps, two scans. */
const kinds = Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1, 2, 2);

const judged = (name: string, calls: readonly number[], ranks = false) => ({
  ...{ name, says: name, ranks, called: Uint8Array.from(calls, (c) => (c > 0.5 ? 1 : 0)) },
  scores: Float32Array.from(calls),
});

const run: BaselineRun = {
  kinds,
  baselines: [
    judged('eager', [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]),
    judged('swaps', [0, 0, 0, 0, 1, 1, 1, 0, 0, 0]),
    judged('scores', [0.1, 0.2, 0.6, 0.3, 0.9, 0.8, 0.7, 0.4, 0.2, 0.9], true),
  ],
};

describe('the table of the baselines', () => {
  const called = Uint8Array.of(0, 0, 0, 1, 1, 1, 1, 1, 0, 1);
  const table = baselineTable(run, KINDS, { called });

  it('counts by hand', () => {
    const [eager, swaps, scores] = table;
    assert.deepEqual([eager!.rates.recall.value, eager!.rates.falsePositiveRate.value], [1, 3 / 4]);
    assert.deepEqual([swaps!.rates.recall.value, swaps!.rates.falsePositiveRate.value], [3 / 6, 0]);
    assert.equal(swaps!.rates.f1.value, 6 / 9);
    assert.deepEqual(
      swaps!.detection.map(({ kind, called }) => [kind, called.numerator, called.denominator]),
      [
        ['normal', 0, 4],
        ['swap', 3, 4],
        ['scan', 0, 2],
      ],
    );
    assert.deepEqual([scores!.rates.recall.value, scores!.rates.falsePositiveRate.value], [4 / 6, 1 / 4]);
    // Pairs of an anomaly and a normal session that are in order: 4 + 4 + 4 + 3 + 1½ + 4 of 24.
    assert.equal(scores!.rocAuc!.value, 20.5 / 24);
    assert.equal(swaps!.rocAuc, null);
  });

  it('names for each kind who tells it best from normal sessions, not who calls most', () => {
    // None of them has the name of a rule.
    const learnt = (baselines = table) =>
      chooseBest(baselines, null).map(({ kind, learnt: best }) => [kind, best]);
    const by = 'oracle';
    assert.deepEqual(learnt(), [
      [null, { name: 'swaps', by, called: 3 / 6, falseAlarms: 0 }],
      ['swap', { name: 'swaps', by, called: 3 / 4, falseAlarms: 0 }],
      ['scan', { name: 'eager', by, called: 1, falseAlarms: 3 / 4 }],
    ]);
    const only = (name: string) => learnt(table.filter((one) => one.name === name));
    assert.deepEqual(only('scores')[2]![1], { name: 'scores', by, called: 1 / 2, falseAlarms: 1 / 4 });
    assert.deepEqual(chooseBest([], null), [{ kind: null, rule: null, learnt: null }]);
    // It calls no scan anomalous, and no normal session: that is chance.
    assert.equal(only('swaps')[2]![1], null);
    assert.equal(chooseBest(table, null)[0]!.rule, null);
  });

  it('chooses on validation sessions, where there are enough of a kind, and says what that does in the test', () => {
    const validationKinds = Uint8Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : i < 35 ? 1 : 2));
    const calls = (f: (kind: number) => number) => Array.from(validationKinds, f);
    const validation = baselineTable(
      {
        kinds: validationKinds,
        baselines: [
          judged(
            'eager',
            calls((k) => (k === 1 ? 1 : 0)),
          ),
          judged(
            'swaps',
            calls(() => 0),
          ),
          judged(
            'scores',
            calls(() => 0),
            true,
          ),
        ],
      },
      KINDS,
      { called: validationKinds },
    );
    const [all, swap, scan] = chooseBest(table, validation);
    // On validation it is right; in the test it is not, and that is what is told.
    assert.deepEqual(swap!.learnt, { name: 'eager', by: 'validation', called: 1, falseAlarms: 3 / 4 });
    assert.equal(all!.learnt!.by, 'validation');
    assert.equal(scan!.learnt!.by, 'oracle', 'five sessions choose nothing');
  });

  it('tells how the network differs from each, session by session', () => {
    const [eager, swaps] = table;
    const { difference, onlyFirst, onlySecond, sessions, mcnemar } = swaps!.network.recall;
    assert.deepEqual([difference.value, onlyFirst, onlySecond, sessions], [2 / 6, 2, 0, 6]);
    assert.equal(mcnemar, 2 / 4);
    assert.equal(eager!.network.falsePositiveRate.difference.value, -2 / 4);
    assert.equal(eager!.network.falsePositiveRate.onlyFirst, 1);
  });
});

describe('baselines on presented sessions', () => {
  const sessions = tcpSessions(400);
  const present = presentOptions(sessions);
  const input = {
    ...{ present, presentTest: present, seed: 3 },
    ...{ train: indices(0, 300), test: indices(300, 400) },
    contacts: collectContacts(sessions, indices(0, 300)),
  };

  /** Presents the test sessions, and has the baselines judge them. */
  async function judge(changes: Partial<typeof input> & { progress?: () => void } = {}) {
    const { presentTest, contacts, test, train, seed, progress, ...rest } = { ...input, ...changes };
    const verdicts = createRuleVerdicts(sessions, train, contacts, test.length);
    const presenter = createPresenter(presentTest);
    const { tokens, maxPackets } = presentTest;
    const surprises = createSurprises(
      await learnSurprise({ sessions, train, tokens, maxPackets }),
      test.length,
    );
    const onSession: typeof verdicts.note = (bytes, i) => {
      verdicts.note(bytes, i);
      surprises.note(bytes, i);
    };
    const presented = await presentAll({ presenter, sessions: test, seed, onSession });
    const told = progress === undefined ? {} : { progress };
    const all = await runBaselines({ ...rest, ...told, train, seed, test: presented, verdicts, surprises });
    assert.equal(all.validation, null);
    return all.test;
  }

  it('judge every test session, and the same way every time', async () => {
    const [one, two] = [await judge(), await judge()];
    assert.deepEqual(one, two);
    for (const { called, scores } of one.baselines)
      assert.deepEqual([called.length, scores.length], [100, 100]);
    assert.ok(new Set(one.kinds).size === 4, 'normal sessions and three kinds');
  });

  it('find port switches by the ports, and swaps by the pair, in all of them', async () => {
    const { kinds: actual, baselines } = await judge();
    const calls = (name: string, kind: number) =>
      baselines.find((b) => b.name === name)!.called.filter((_, i) => actual[i] === kind);
    const ofKind = (name: string) => ['normal', ...Object.keys(present.anomalies.kinds)].indexOf(name);
    assert.ok(calls('initiator-port-lower', ofKind('port-direction-switch')).every((c) => c === 1));
    assert.ok(calls('initiator-port-lower', 0).every((c) => c === 0));
    assert.ok(calls('new-pair', ofKind('destination-ip-swap')).every((c) => c === 1));
    assert.ok(calls('new-pair', 0).every((c) => c === 0));
    assert.ok(calls('new-direction', ofKind('ip-direction-switch')).every((c) => c === 1));
  });

  it('learn from training sessions, not from test sessions', async () => {
    const majority = async (normal: number, normalTest: number) => {
      const anomalies = { ...present.anomalies, normal };
      const presentTest = { ...present, anomalies: { ...present.anomalies, normal: normalTest } };
      const { baselines } = await judge({ present: { ...present, anomalies }, presentTest });
      return baselines.find(({ name }) => name === 'majority')!.called;
    };
    assert.ok((await majority(0.9, 0.1)).every((c) => c === 0));
    assert.ok((await majority(0.1, 0.9)).every((c) => c === 1));
  });

  it('know what the training sessions show, even where morphs know more', async () => {
    // Sessions 0 … 4 are of five clients: the pairs of all others are new.
    const train = indices(0, 5);
    const contacts = collectContacts(sessions, train);
    const { baselines, kinds: actual } = await judge({ train, contacts });
    const { called } = baselines.find(({ name }) => name === 'new-pair')!;
    const normal = [...called].filter((_, i) => actual[i] === 0);
    assert.ok(normal.filter((c) => c === 1).length > normal.length / 2);
  });

  it('stop when they are told to', async () => {
    const progress = () => {
      throw new Error('enough');
    };
    await assert.rejects(judge({ progress }), /enough/);
  });
});
