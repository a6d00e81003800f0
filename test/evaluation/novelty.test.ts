import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupsOf } from '../../src/evaluation/findings.ts';
import { noveltyIntervals, noveltyMetrics, noveltyOf } from '../../src/evaluation/index.ts';
import { clusteringOf } from '../../src/statistics/index.ts';

/** 40 normal sessions of 20 hosts between known pairs, 2 of them false alarms; 24 of 12 hosts between new ones, 6 of them. */
const N = 64;
const labels = new Uint8Array(N);
const pairKnown = Uint8Array.from({ length: N }, (_, i) => (i < 40 ? 1 : 0));
const called = Uint8Array.from({ length: N }, (_, i) => (i < 2 || (i >= 40 && i < 46) ? 1 : 0));
const hosts = Array.from({ length: N }, (_, i) => (i < 40 ? `a${i >> 1}` : `b${(i - 40) >> 1}`));

describe('benign novelty', () => {
  const clusterings = [clusteringOf('initiator', hosts)];
  const novelty = noveltyOf(groupsOf(labels, called, { applications: null, pairKnown, clusterings }))!;

  it('holds false alarms of first contacts against those of known pairs, and names what an interval is from', () => {
    assert.deepEqual(noveltyMetrics(novelty), {
      newPairFalsePositiveRate: 0.25,
      knownPairFalsePositiveRate: 0.05,
      newPairGap: 0.2,
    });
    const { newPairFalsePositiveRate, newPairGap } = noveltyIntervals(novelty);
    assert.deepEqual([newPairFalsePositiveRate!.by, newPairFalsePositiveRate!.clusters], ['initiator', 12]);
    assert.deepEqual([newPairGap!.by, newPairGap!.clusters], ['initiator', 12]);
    assert.ok(newPairGap!.low! < 0.2 && newPairGap!.high! > 0.2);
  });

  it('has no interval where either side is of fewer than ten clusters', () => {
    const few = hosts.map((host, i) => (i < 40 ? host : `b${i % 5}`));
    const clusters = [clusteringOf('initiator', few)];
    const { gap } = noveltyOf(
      groupsOf(labels, called, { applications: null, pairKnown, clusterings: clusters }),
    )!;
    assert.deepEqual([gap.low, gap.high, gap.clustered!.clusters], [null, null, 5]);
  });

  it('says nothing of sessions of which nobody knows what training has seen', () =>
    assert.equal(noveltyOf(groupsOf(labels, called, { applications: null, pairKnown: null })), null));
});
