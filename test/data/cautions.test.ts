import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectContacts } from '../../src/anomaly/index.ts';
import { cautionsOf } from '../../src/data/cautions.ts';
import type { Division } from '../../src/data/divide.ts';
import type { Part } from '../../src/data/read.ts';
import { How, meaningsOf } from '../../src/label/index.ts';
import type { SessionTable } from '../../src/session/index.ts';
import type { ExperimentSpec } from '../../src/spec/index.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

/** A session of each pair of hosts, numbered. */
const sessionsOf = (pairs: readonly (readonly [number, number])[]): SessionTable =>
  sessionTable(
    pairs.map(([from, to]) => ({
      protocol: 'tcp' as const,
      packets: [
        buildPacket({
          protocol: 'tcp',
          source: [10, 0, 0, from],
          destination: [10, 0, 0, to],
          sourcePort: 50_000 + to,
          destinationPort: 80,
        }),
      ],
    })),
  );

const indices = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i);

function cautions(
  sessions: SessionTable,
  trained: number,
  changes: {
    kinds?: readonly string[];
    protocol?: object;
    labels?: Part['labels'];
    kindOf?: readonly number[];
  },
): readonly string[] {
  const { kinds = [], protocol = {}, labels = null, kindOf } = changes;
  const spec = {
    protocol,
    sessions: { maxPackets: 4 },
    anomalies: {
      normal: 0.5,
      kinds: Object.fromEntries(kinds.map((kind) => [kind, 1])),
      testKinds: null,
      repair: [],
    },
  } as unknown as ExperimentSpec;
  const split = {
    train: indices(0, trained),
    validation: indices(0, 0),
    test: indices(trained, sessions.count),
  };
  const truth: Division['truth'] =
    kindOf === undefined ? null : { kinds: ['normal', 'scan'], kindOf: Uint8Array.from(kindOf) };
  const part: Part = { dataset: 'lab', day: null, from: 0, to: sessions.count, labels };
  return cautionsOf(
    spec,
    { sessions, parts: [[part]] },
    { split, truth },
    collectContacts(sessions, split.train),
  );
}

const everyPair = (hosts: number) =>
  Array.from({ length: hosts }, (_, i) => i + 1).flatMap((a) =>
    Array.from({ length: hosts }, (_, i) => i + 1)
      .filter((b) => b !== a)
      .map((b) => [a, b] as const),
  );

describe('before anything is trained', () => {
  it('a kind that can never apply is told: where every host talks to every other, none is a stranger', () => {
    const pairs = everyPair(6);
    const all = cautions(sessionsOf([...pairs, [1, 2]]), pairs.length, {
      kinds: ['destination-ip-swap', 'ip-direction-switch'],
    });
    assert.deepEqual(all, [
      'the anomaly "destination-ip-swap" can be made of none of the 30 training sessions: its class stays empty, and other kinds take its place',
    ]);
    const some = pairs.filter(([a, b]) => a + b !== 11);
    assert.deepEqual(
      cautions(sessionsOf([...some, [1, 2]]), some.length, { kinds: ['destination-ip-swap'] }),
      [],
    );
  });

  it('a handful of training sessions and a test of one sort are told', () => {
    const sessions = sessionsOf(everyPair(3));
    assert.deepEqual(cautions(sessions, 3, { kindOf: [0, 0, 0, 1, 1, 1] }), [
      'only 3 sessions to train on: the scores say little',
      'no test session is normal: false positive rate, AUC and average precision are undefined, and accuracy is recall',
    ]);
    assert.match(cautions(sessions, 3, { kindOf: [0, 0, 0, 0, 0, 0] })[1]!, /no test session is an attack/);
  });

  it('sessions that count as normal for want of a label are told with the records that speak of none', () => {
    const sessions = sessionsOf(everyPair(5));
    const names = ['scan'];
    const labels = {
      names,
      label: new Uint16Array(sessions.count),
      how: new Uint8Array(sessions.count).fill(How.none),
      counts: { none: sessions.count } as NonNullable<Part['labels']>['counts'],
      offset: 0,
      estimate: null,
      meanings: meaningsOf(names),
      unmatched: [{ name: 'scan', records: 6 }],
      account: {
        files: [],
        records: 9,
        duplicates: 0,
        leftOut: [{ what: 'the source port is empty', times: 3, first: 'a.csv: record 2' }],
        tolerated: [],
        labels: [],
        firstTime: null,
        lastTime: null,
        timeless: 6,
        unused: [{ path: 'a.csv', columns: ['when', 'bytes'] }],
      },
    };
    const protocol = { kind: 'chronological', labels: { test: 'labels', unlabelled: 'as-normal' } };
    const [timeless, asNormal] = cautions(sessions, 20, { labels, protocol });
    assert.equal(
      timeless,
      'lab: 6 labels without a time, each for all sessions of its endpoints, whenever they were; columns that are not used: a.csv: when, bytes',
    );
    assert.equal(
      asNormal,
      'lab: 6 records of attacks met no session; 3 of 9 records of labels left out: 3 × the source port is empty, first a.csv: record 2: 20 sessions without a label count as normal (protocol.labels.unlabelled), attacks may be among them',
    );
  });
});
