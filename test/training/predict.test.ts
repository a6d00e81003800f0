import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Batch, createBatch, Token } from '../../src/token/index.ts';
import {
  type PredictOptions,
  type PresentAllOptions,
  predict,
  presentAll,
  testStream,
} from '../../src/training/index.ts';
import { fakeModel, indices, presenterOf, rowOf, tcpSessions } from './sample.ts';

const table = tcpSessions(40);
const tested = async (
  capacity: number,
  { model = fakeModel(capacity), progress, ...how }: Partial<PredictOptions & PresentAllOptions> = {},
) => {
  const sessions = indices(25, 40);
  const presented = await presentAll({ presenter: presenterOf(table), sessions, seed: 1, ...how });
  return predict({ model, presented, ...(progress === undefined ? {} : { progress }) });
};

describe('presented sessions', () => {
  it('are loaded as the presenter wrote them, in any order, to any row, whatever was there', async () => {
    const many = tcpSessions(600);
    const sessions = indices(0, 600);
    const watched: number[] = [];
    const kept = await presentAll({
      presenter: presenterOf(many),
      sessions,
      seed: 1,
      onSession: (bytes, i) => {
        assert.equal(bytes.session, sessions[i]);
        watched.push(i);
      },
    });
    assert.deepEqual(watched, [...sessions]);
    const presenter = presenterOf(many);
    const [batch, loaded] = [createBatch(1, 2, 55), createBatch(3, 2, 55)];
    for (let i = 599; i >= 0; i--) {
      const kind = presenter.present(i, testStream(1, i), batch, 0);
      kept.load(i, loaded, i % 3);
      assert.equal(rowOf(loaded, i % 3), rowOf(batch, 0));
      assert.equal(kept.kinds[i], kind);
    }
    assert.deepEqual(kept.counts, presenter.counts);
  });
});

describe('sessions that are shown in another way', () => {
  const sessions = indices(0, 40);
  const all = (changes: Parameters<typeof presenterOf>[1] = {}, how: Partial<PresentAllOptions> = {}) =>
    presentAll({ presenter: presenterOf(table, changes), sessions, seed: 1, ...how });
  const row = (kept: Awaited<ReturnType<typeof all>>, i: number) => {
    const batch = createBatch(1, kept.maxPackets, kept.maxTokens);
    kept.load(i, batch, 0);
    return batch;
  };

  it('become what they would have become, whatever is shown of them', async () => {
    const plain = await all();
    const hidden = await all({ shown: { bytes: 54, hide: ['network', 'transport'] } });
    const short = await all({ shown: { bytes: 20, hide: [] } }, { maxTokens: 55 });
    assert.ok(plain.kinds.some((kind) => kind > 0));
    for (const other of [hidden, short]) {
      assert.deepEqual(other.kinds, plain.kinds);
      assert.deepEqual(other.labels, plain.labels);
      assert.deepEqual(other.counts, plain.counts);
    }
  });

  it('have the bytes that are left of a packet and its END where fewer are shown, in batches of the network', async () => {
    const plain = await all();
    const short = await all({ shown: { bytes: 20, hide: [] } }, { maxTokens: 55 });
    assert.equal(short.maxTokens, 55);
    for (let i = 0; i < 40; i++) {
      const [whole, cut] = [row(plain, i), row(short, i)];
      assert.deepEqual(cut.packets, whole.packets);
      for (let p = 0; p < whole.packets[0]!; p++) {
        assert.equal(cut.lengths[p], 21);
        assert.deepEqual(
          [...cut.tokens.subarray(p * 55, p * 55 + 20)],
          [...whole.tokens.subarray(p * 55, p * 55 + 20)],
        );
        assert.equal(cut.tokens[p * 55 + 20], Token.end);
        assert.ok(cut.tokens.subarray(p * 55 + 21, (p + 1) * 55).every((token) => token === Token.pad));
      }
    }
  });

  it('have their first packets where fewer are shown', async () => {
    const [plain, first] = [await all(), await all({}, { packets: 1 })];
    assert.deepEqual(first.kinds, plain.kinds);
    for (let i = 0; i < 40; i++) {
      const [whole, cut] = [row(plain, i), row(first, i)];
      assert.equal(cut.packets[0], 1);
      assert.deepEqual([...cut.lengths], [whole.lengths[0], 0]);
      assert.deepEqual(cut.tokens.subarray(0, 55), whole.tokens.subarray(0, 55));
      assert.ok(cut.tokens.subarray(55).every((token) => token === Token.pad));
    }
  });

  it('have the classes of the network, of which their kinds are some', async () => {
    const anomalies = { normal: 0.5, kinds: { 'port-direction-switch': 1 }, repair: [] };
    const classes = ['normal', 'destination-ip-swap', 'ip-direction-switch', 'port-direction-switch'];
    const one = await all({ anomalies, classes });
    assert.deepEqual(one.classes, classes);
    assert.deepEqual(one.kindNames, ['normal', 'port-direction-switch']);
    assert.deepEqual(
      [...one.labels],
      Array.from(one.kinds, (kind) => 3 * kind),
    );
    assert.throws(() => presenterOf(table, { anomalies, classes: ['normal'] }), RangeError);
  });
});

describe('sessions that are presented as every kind', () => {
  const many = tcpSessions(300);
  const sessions = indices(100, 300);
  const all = presentAll({ presenter: presenterOf(many), sessions, seed: 1, each: 2 });

  it('are there once as they are, and so many times as each kind that can apply', async () => {
    const { sessions: of, kinds, kindNames, counts, labels } = await all;
    assert.deepEqual(labels, kinds);
    for (const session of sessions) {
      const own = [...of].flatMap((s, i) => (s === session ? [kinds[i]!] : []));
      assert.equal(own.filter((kind) => kind === 0).length, 1);
      for (const kind of [1, 2, 3]) assert.ok([0, 2].includes(own.filter((k) => k === kind).length));
    }
    const rows = kindNames.map((_, k) => kinds.filter((kind) => kind === k).length);
    assert.equal(rows[0], 200);
    for (const [k, name] of kindNames.entries())
      if (k > 0) {
        const { drawn, applied, couldNotApply } = counts.kinds[name]!;
        assert.deepEqual([drawn, applied, couldNotApply], [400, rows[k], 400 - rows[k]!]);
      }
  });

  it('are other draws of a kind that draws, and the same again whenever they are asked for', async () => {
    const presented = await all;
    const presenter = presenterOf(many);
    const [batch, loaded] = [createBatch(1, 2, 55), createBatch(1, 2, 55)];
    const swaps: string[] = [];
    for (let i = presented.labels.length - 1; i >= 0; i--) {
      assert.equal(presented.again(i, presenter, batch, 0), presented.kinds[i]);
      presented.load(i, loaded, 0);
      assert.equal(rowOf(loaded, 0), rowOf(batch, 0));
      if (presented.kindNames[presented.kinds[i]!] === 'destination-ip-swap') swaps.push(rowOf(loaded, 0));
    }
    const differ = swaps.filter((row, i) => i % 2 === 0 && row !== swaps[i + 1]).length;
    assert.ok(differ > swaps.length / 8, `${differ} of ${swaps.length / 2}`);
  });

  it('do not change with the kinds beside them', async () => {
    const one = { normal: 0.5, kinds: { 'destination-ip-swap': 1 }, repair: ['checksum', 'mac'] } as const;
    const alone = await presentAll({
      presenter: presenterOf(many, { anomalies: { ...one, repair: [...one.repair] } }),
      sessions,
      seed: 1,
      each: 2,
    });
    const [batch, loaded] = [createBatch(1, 2, 55), createBatch(1, 2, 55)];
    const tokens = (presented: typeof alone, into: typeof batch) =>
      [...presented.kinds].flatMap((kind, i) => {
        if (presented.kindNames[kind] !== 'destination-ip-swap') return [];
        presented.load(i, into, 0);
        return [rowOf(into, 0).slice(1)];
      });
    assert.deepEqual(tokens(alone, batch), tokens(await all, loaded));
  });

  it('must not be those that have labels', () => {
    const truth = { kinds: ['normal', 'x'], kindOf: new Uint8Array(300) };
    const presenter = presenterOf(many, { truth, task: 'anomalous' });
    return assert.rejects(presentAll({ presenter, sessions, seed: 1, each: 1 }), RangeError);
  });
});

describe('a prediction', () => {
  it('asks for every test session once, in order, in batches of the capacity', async () => {
    const model = fakeModel(4);
    const done: number[] = [];
    await tested(4, { model, progress: (n) => done.push(n) });
    assert.deepEqual(model.asked, [4, 4, 4, 3]);
    assert.deepEqual(done, [4, 8, 12, 15]);
  });

  it('does not depend on the capacity', async () => {
    const one = await tested(1);
    for (const capacity of [2, 7, 15, 100]) assert.deepEqual(await tested(capacity), one);
  });

  it('presents a test session as its stream says, the same every time', async () => {
    const { labels, kinds } = await tested(8);
    const presenter = presenterOf(table);
    const batch = createBatch(1, 2, 55);
    for (let i = 14; i >= 0; i--) {
      assert.equal(presenter.present(25 + i, testStream(1, 25 + i), batch, 0), kinds[i]);
      const first = rowOf(batch, 0);
      presenter.present(25 + i, testStream(1, 25 + i), batch, 0);
      assert.equal(rowOf(batch, 0), first);
      assert.equal(batch.labels[0], labels[i]);
    }
  });

  it('has another outcome with another seed', async () => {
    assert.notDeepEqual((await tested(8, { seed: 2 })).labels, (await tested(8)).labels);
  });

  it('has the classes 0 and 1 where anomalous is told from normal, and still knows the kind', async () => {
    const presenter = presenterOf(table, { task: 'anomalous' });
    assert.deepEqual(presenter.classes, ['normal', 'anomalous']);
    const binary = await tested(8, { presenter });
    const byKind = await tested(8);
    assert.equal(binary.probabilities.length, 2 * 15);
    assert.equal(byKind.probabilities.length, 4 * 15);
    assert.deepEqual(binary.kinds, byKind.kinds);
    assert.deepEqual(byKind.labels, byKind.kinds);
    assert.deepEqual(
      [...binary.labels],
      [...byKind.labels].map((label) => Math.min(label, 1)),
    );
    assert.ok(new Set(byKind.labels).size > 2, 'the sample has several kinds');
  });

  it('counts what became of the sessions', async () => {
    const presenter = presenterOf(table);
    const { kinds } = await tested(8, { presenter });
    const { presented, normal, kinds: counts } = presenter.counts;
    assert.equal(presented, 15);
    assert.equal(normal, kinds.filter((kind) => kind === 0).length);
    for (const [i, name] of presenter.kinds.slice(1).entries())
      assert.equal(counts[name]!.applied, kinds.filter((kind) => kind === i + 1).length);
  });

  it('stops between two batches when its progress throws', async () => {
    const model = fakeModel(4);
    const stop = new Error('stop');
    const progress = (done: number) => {
      if (done === 8) throw stop;
    };
    await assert.rejects(tested(4, { model, progress }), stop);
    assert.deepEqual(model.asked, [4, 4]);
  });

  it('is empty for no sessions', async () => {
    const { labels, probabilities } = await tested(4, { sessions: indices(0, 0) });
    assert.deepEqual([labels.length, probabilities.length], [0, 0]);
  });
});

/** What the first row holds, without its label. */
const bytesOf = (batch: Batch) => rowOf(batch, 0).replace(/^\d+/, '');

describe('sessions with labels of their own', () => {
  const truth = {
    kinds: ['normal', 'DoS', 'Scan'],
    kindOf: Uint8Array.from({ length: 40 }, (_, s) => s % 3),
  };
  const presenter = presenterOf(table, { task: 'anomalous', truth });

  it('are presented as captured, and are what their labels say', () => {
    const asCaptured = presenterOf(table, { anomalies: { normal: 1, kinds: {}, repair: [] } });
    const [batch, untouched] = [createBatch(1, 2, 55), createBatch(1, 2, 55)];
    assert.deepEqual(presenter.kinds, truth.kinds);
    assert.deepEqual(presenter.classes, ['normal', 'anomalous']);
    for (let session = 0; session < 40; session++) {
      assert.equal(presenter.present(session, testStream(1, session), batch, 0), session % 3);
      asCaptured.present(session, testStream(1, session), untouched, 0);
      assert.equal(bytesOf(batch), bytesOf(untouched));
      assert.equal(batch.labels[0], Math.min(session % 3, 1));
    }
  });
});

describe('a redrawn anomaly', () => {
  it('has the label of the first draw and the bytes of the second', () => {
    const plain = presenterOf(table);
    const redrawn = presenterOf(table, { redraw: true });
    const [batch, other] = [createBatch(1, 2, 55), createBatch(1, 2, 55)];
    let apart = 0;
    for (let session = 0; session < 40; session++) {
      const kind = plain.present(session, testStream(1, session), batch, 0);
      assert.equal(redrawn.present(session, testStream(1, session), other, 0), kind);
      assert.equal(other.labels[0], batch.labels[0]);
      // The second draw goes on in the stream where the first one ended.
      const source = testStream(1, session);
      plain.present(session, source, batch, 0);
      plain.present(session, source, batch, 0);
      assert.equal(bytesOf(other), bytesOf(batch));
      if (batch.labels[0] !== other.labels[0]) apart++;
    }
    assert.ok(apart > 5);
    assert.equal(redrawn.counts.presented, 40);
  });
});
