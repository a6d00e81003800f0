import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alarmsOf, delaysOf, packetsAlone } from '../../src/evaluation/index.ts';
import { clusteringOf } from '../../src/statistics/index.ts';

/** Twelve hosts, two sessions each within two hours; the last six sessions are anomalous. */
const N = 24;
const hosts = Array.from({ length: N }, (_, i) => i % 12);
const input = {
  labels: Uint8Array.from({ length: N }, (_, i) => (i < 18 ? 0 : 1)),
  called: Uint8Array.from({ length: N }, (_, i) => (i === 0 || i === 12 || i === 5 || i > 20 ? 1 : 0)),
  normalProbability: 0.4,
  sessions: Uint32Array.from({ length: N }, (_, i) => 100 + i),
  starts: Float64Array.from({ length: N }, (_, i) => 1000 + (i * 7200) / (N - 1)),
  clusterings: [clusteringOf('initiator', hosts)],
};

describe('false alarms per host and hour', () => {
  it('are those of all sessions, where the anomalous ones were normal before they were made so', () => {
    const alarms = alarmsOf({ ...input, labelled: false })!;
    assert.deepEqual([alarms.hosts, alarms.hours, alarms.falseAlarms, alarms.sessions], [12, 2, 3, 18]);
    assert.ok(Math.abs(alarms.perHostHour.value! - ((3 / 18) * 24) / (12 * 2)) < 1e-12);
    assert.deepEqual([alarms.alarmedHosts, alarms.most], [2, 2]);
    assert.ok(alarms.perHostHour.low! < alarms.perHostHour.value!);
    assert.equal(alarms.perHostHour.clustered!.by, 'initiator');
  });

  it('are those of the normal sessions alone, with their hosts and times, where labels tell them', () => {
    const late = input.starts.map((start, i) => (i < 18 ? start : start + 1e9));
    const alarms = alarmsOf({ ...input, starts: late, labelled: true })!;
    const hours = ((17 / 23) * 7200) / 3600;
    assert.ok(Math.abs(alarms.hours - hours) < 1e-9);
    assert.ok(Math.abs(alarms.perHostHour.value! - 3 / (12 * hours)) < 1e-9);
  });

  it('are not known where nobody knows hosts, or no time passes', () => {
    assert.equal(alarmsOf({ ...input, clusterings: [], labelled: false }), null);
    assert.equal(alarmsOf({ ...input, starts: new Float64Array(N), labelled: false }), null);
  });
});

describe('packets until detection', () => {
  it('count a session from the first look that calls it on, whatever later looks say', () => {
    const labels = Uint8Array.of(1, 1, 1, 0, 0);
    const delays = delaysOf(
      labels,
      [
        { packets: 3, called: Uint8Array.of(0, 1, 0, 0, 1) },
        { packets: 1, called: Uint8Array.of(1, 0, 0, 0, 0) },
      ],
      [],
    );
    assert.deepEqual(
      delays.map(({ packets, found, alarmed }) => [packets, found.numerator, alarmed.numerator]),
      [
        [1, 1, 0],
        [3, 2, 1],
      ],
    );
    assert.deepEqual([delays[0]!.found.denominator, delays[0]!.alarmed.denominator], [3, 2]);
  });

  it('are told of presentations that differ in packets and in nothing else', () => {
    assert.equal(packetsAlone({ sessions: { maxPackets: 3 } }), 3);
    assert.equal(packetsAlone({ sessions: { maxPackets: 3 }, tokens: {} }), 3);
    assert.equal(packetsAlone({ sessions: { maxPackets: 3 }, tokens: { bytes: 10 } }), null);
    assert.equal(packetsAlone({ tokens: { bytes: 10 } }), null);
  });
});
