/** The upper bound with labels: cross-fitted by groups, at a share of false alarms. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectContacts } from '../../src/anomaly/index.ts';
import { calledAtMost, createRuleVerdicts, scoreSupervised } from '../../src/baseline/index.ts';
import { clusteringOf } from '../../src/statistics/index.ts';
import { presentAll } from '../../src/training/index.ts';
import { indices, presenterOf, tcpSessions } from '../training/sample.ts';

const table = tcpSessions(210);
const sessions = indices(0, 210);

/** Scores where sessions of clients 10.0.0.1 … 10.0.0.3 of seven are attacks, in groups by something else. */
async function scored(groupOf: (session: number) => number) {
  const attack = (session: number) => (session % 7 < 3 ? 1 : 0);
  const truth = { kinds: ['normal', 'attack'], kindOf: Uint8Array.from(sessions, attack) };
  const test = await presentAll({
    presenter: presenterOf(table, { truth, task: 'anomalous' }),
    sessions,
    seed: 1,
  });
  const verdicts = createRuleVerdicts(table, sessions, collectContacts(table, sessions), 210);
  const groups = clusteringOf('pair', Array.from(sessions, groupOf));
  const found = await scoreSupervised({ test, verdicts, groups, seed: 1, check: () => undefined });
  return { labels: test.labels, found };
}

describe('the upper bound with labels', () => {
  it('tells attacks by what others of their labels show', async () => {
    const { labels, found } = await scored((session) => session);
    assert.deepEqual([...found.of], [...sessions]);
    const { hits, attacks } = calledAtMost(found, labels, 0);
    assert.equal(
      attacks.reduce((sum, one) => sum + one, 0),
      90,
    );
    const count = hits.reduce((sum, one) => sum + one, 0);
    assert.ok(count > 70, `${count}`);
  });

  it('never knows a group that it judges: where a group is all that there is of a client, it tells nothing', async () => {
    const { labels, found } = await scored((session) => session % 7);
    const { hits } = calledAtMost(found, labels, 0);
    const count = hits.reduce((sum, one) => sum + one, 0);
    assert.ok(count < 45, `${count}`);
  });

  it('calls what is above all but the normal sessions that may be false alarms', () => {
    const labels = Uint8Array.of(0, 0, 0, 0, 1, 1, 1);
    const found = { of: Uint32Array.of(0, 1, 2, 3, 4, 5, 6), scores: Float64Array.of(1, 2, 3, 9, 8, 3, 10) };
    const hits = (rate: number) => [...calledAtMost(found, labels, rate).hits];
    assert.deepEqual(hits(0), [0, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual(hits(0.24), [0, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual(hits(0.25), [0, 0, 0, 0, 1, 0, 1]);
    assert.deepEqual(hits(0.5), [0, 0, 0, 0, 1, 1, 1]);
    assert.deepEqual(hits(1), [0, 0, 0, 0, 1, 1, 1]);
    const some = { of: Uint32Array.of(0, 5), scores: Float64Array.of(1, 3) };
    assert.deepEqual([...calledAtMost(some, labels, 0).attacks], [0, 0, 0, 0, 0, 1, 0]);
  });
});
