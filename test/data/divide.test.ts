import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Division, divide } from '../../src/data/divide.ts';
import type { Part } from '../../src/data/read.ts';
import { FaultError } from '../../src/fault/index.ts';
import { How, type LabelCounts, meaningsOf } from '../../src/label/index.ts';
import type { ExperimentSpec } from '../../src/spec/index.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

type Protocol = ExperimentSpec['protocol'];
/** How a session of a part is labelled: its name, `?` for none, `!name` for conflicting labels. */
type Labelled = readonly string[];

const COUNTS = {} as LabelCounts;

function labelled(names: Labelled): NonNullable<Part['labels']> {
  const known = [
    ...new Set(names.map((name) => name.replace('!', '')).filter((name) => name !== '?')),
  ].sort();
  return {
    names: known,
    label: Uint16Array.from(names, (name) => Math.max(0, known.indexOf(name.replace('!', '')))),
    how: Uint8Array.from(names, (name) =>
      name === '?' ? How.none : name.startsWith('!') ? How.conflicting : How.exact,
    ),
    counts: COUNTS,
    offset: null,
    estimate: null,
    account: null,
    meanings: meaningsOf(known),
    unmatched: [],
  };
}

/** Divides data sets of days; each day is a list of labels, or a number of sessions. */
function divided(
  protocol: Protocol,
  datasets: readonly Readonly<Record<string, Labelled | number>>[],
  validation = 0,
  more: {
    readonly share?: number;
    readonly observe?: number;
    readonly attacks?: 'as-captured' | 'transplanted';
  } = {},
): Division {
  let count = 0;
  const parts = datasets.map((days) =>
    Object.entries(days).map(([day, given]): Part => {
      const size = typeof given === 'number' ? given : given.length;
      const from = count;
      count += size;
      const labels = typeof given === 'number' ? null : labelled(given);
      return { dataset: 'x', day: day === 'all' ? null : day, from, to: count, labels };
    }),
  );
  const sessions = sessionTable(
    Array.from({ length: count }, (_, i) => ({
      protocol: 'tcp' as const,
      packets: [
        buildPacket({
          protocol: 'tcp',
          source: [10, 0, 0, 1],
          destination: [10, 0, 1, i],
          sourcePort: 50_000,
          destinationPort: 80,
        }),
      ],
    })),
  );
  const { share, observe, attacks } = more;
  const test = observe === undefined && attacks === undefined ? {} : { test: { observe, attacks } };
  const spec = {
    protocol,
    training: { validation, share },
    sessions: { idleTimeout: null },
    ...test,
  } as unknown as ExperimentSpec;
  return divide(spec, { sessions, parts });
}

const labels = {
  test: 'labels',
  attacks: 'leave-out',
  unlabelled: 'leave-out',
  conflicting: 'leave-out',
} as const;
const days = (changes: object = {}): Protocol =>
  ({ kind: 'days', train: ['one', 'two'], test: ['three'], labels: { ...labels, ...changes } }) as Protocol;
const week = {
  one: ['Normal', 'Normal'],
  two: ['Normal', 'Attack', '?', '!Attack'],
  three: ['Normal', 'Attack', '?', '!Attack', 'Attack'],
};

describe('the protocol "days"', () => {
  it('trains on what is normal, tests on what is labelled, and counts the rest', () => {
    const { split, truth, leftOut } = divided(days(), [week]);
    assert.deepEqual([...split.train], [0, 1, 2]);
    assert.deepEqual([...split.test], [6, 7, 10]);
    assert.deepEqual(truth!.kinds, ['normal', 'Attack']);
    assert.deepEqual(
      [...split.test].map((session) => truth!.kindOf[session]),
      [0, 1, 1],
    );
    assert.deepEqual(
      leftOut.map(({ side, reason, sessions }) => `${side}: ${sessions} × ${reason}`),
      [
        'training: 1 × no label speaks of it',
        'training: 1 × its labels contradict each other',
        'training: 1 × labelled as an attack',
        'test: 1 × no label speaks of it',
        'test: 1 × its labels contradict each other',
      ],
    );
  });

  it('keeps training attacks as normal sessions where the spec says so', () =>
    assert.deepEqual([...divided(days({ attacks: 'as-normal' }), [week]).split.train], [0, 1, 2, 3]));

  it('lets a share of the attacks train unnoticed, those of a smaller share among those of a larger one', () => {
    const attacks = Array.from({ length: 20 }, () => 'Attack');
    const unnoticed = (contamination?: number) => {
      const { split, contaminated, leftOut } = divided(
        days({ contamination }),
        [{ ...week, one: ['Normal', 'Normal', ...attacks] }],
        0.2,
      );
      const trained = [...split.train, ...split.validation].filter(
        (session) => (session >= 2 && session < 22) || session === 23,
      );
      assert.equal(contaminated, trained.length);
      assert.equal(
        leftOut.find(({ reason }) => reason === 'labelled as an attack')?.sessions,
        21 - contaminated,
      );
      return new Set(trained);
    };
    assert.deepEqual([unnoticed().size, unnoticed(0).size], [0, 0]);
    const [few, many] = [unnoticed(0.1), unnoticed(0.5)];
    assert.ok(few.size >= 1 && few.size <= 2 && many.size >= 10 && many.size <= 11);
    for (const session of few) assert.ok(many.has(session));
  });

  it('takes sessions without a label as normal where the spec says so, on both sides', () => {
    const { split, truth } = divided(days({ unlabelled: 'as-normal' }), [week]);
    assert.deepEqual([...split.train], [0, 1, 2, 4]);
    assert.deepEqual([...split.test], [6, 7, 8, 10]);
    assert.equal(truth!.kindOf[8], 0);
  });

  it('takes sessions with contradicting labels as attacks where the spec says so', () => {
    const { split, truth } = divided(days({ conflicting: 'as-attack' }), [week]);
    assert.deepEqual([...split.train], [0, 1, 2]);
    assert.deepEqual([...split.test], [6, 7, 9, 10]);
    assert.equal(truth!.kindOf[9], 1);
  });

  it('makes anomalies of normal sessions alone where morphs test', () => {
    const { split, truth } = divided(days({ test: 'morphs' }), [week]);
    assert.equal(truth, null);
    assert.deepEqual([...split.test], [6]);
  });

  it('tests on the days of another data set', () => {
    const { split, truth } = divided(days(), [
      { one: ['Normal'], two: ['Normal'] },
      { three: ['DoS', 'BENIGN'] },
    ]);
    assert.deepEqual([...split.train], [0, 1]);
    assert.deepEqual([...split.test], [2, 3]);
    assert.deepEqual([truth!.kindOf[2], truth!.kindOf[3]], [1, 0]);
    assert.deepEqual(truth!.kinds, ['normal', 'DoS']);
  });

  it('says what is missing where nothing is left', () =>
    assert.throws(
      () => divided(days(), [{ one: ['Attack'], two: ['?'], three: ['Normal'] }]),
      /protocol: no session is left to train on \(left out: 1 × no label speaks of it, 1 × labelled as an attack\); attacks are "Attack"; check that the labels are of these captures/,
    ));
});

describe('other protocols', () => {
  it('take the training side of one data set, and of another all but its first fifth, to test on', () => {
    const protocol: Protocol = { kind: 'chronological', train: 0.5 };
    const { split, leftOut } = divided(protocol, [{ all: 4 }, { all: 6 }]);
    assert.deepEqual([...split.train], [0, 1]);
    assert.deepEqual([...split.test], [5, 6, 7, 8, 9]);
    assert.deepEqual(leftOut, [
      { side: 'test', reason: 'only watched, before the others (test.observe)', sessions: 1 },
      { side: 'training', reason: 'on the test side of x, and another data set tests', sessions: 2 },
    ]);
  });

  it('have no session on both sides, but the one that is there to have them', () => {
    for (const protocol of [
      { kind: 'chronological', train: 0.8 },
      { kind: 'random', train: 0.8, seed: 1 },
      { kind: 'k-fold', folds: 5, fold: 2, seed: 1 },
    ] as const)
      assert.equal(divided(protocol, [{ all: 50 }]).onBothSides, 0);
    assert.ok(divided({ kind: 'overlapping', train: 0.9, seed: 1 }, [{ all: 100 }]).onBothSides > 0);
  });

  it('watch the same sessions before testing, whatever training takes of them', () => {
    const chronological = (more: object = {}): Protocol => ({ kind: 'chronological', train: 0.8, ...more });
    const watched = (division: Division) => [...division.watched.test];
    const all = [{ all: 50 }];
    const base = watched(divided(chronological(), all));
    assert.deepEqual(
      base,
      Array.from({ length: 40 }, (_, i) => i),
    );
    assert.deepEqual(watched(divided(chronological(), all, 0, { share: 1 / 32 })), base);
    assert.deepEqual(watched(divided(chronological(), all, 0.25)), base);
    const purged = divided(chronological({ purge: 5 }), all);
    assert.ok(purged.split.train.length < 40, `${purged.split.train.length}`);
    assert.deepEqual(watched(purged), base);
    // Validation sessions are morphed by what was before them.
    const { split, watched: before } = divided(chronological(), all, 0.25, { share: 0.1 });
    assert.deepEqual([split.validation[0], before.validation.length, split.train.length], [30, 30, 3]);
  });

  it('watch another network before they test on it: its first sessions, never those that test', () => {
    const two = [{ all: 10 }, { all: 20 }];
    const watched = (division: Division) =>
      [division.watched.test, division.split.test].map((of) => [of[0], of.at(-1)]);
    const chronological: Protocol = { kind: 'chronological', train: 0.8 };
    assert.deepEqual(watched(divided(chronological, two)), [
      [10, 13],
      [14, 29],
    ]);
    assert.deepEqual(watched(divided(chronological, two, 0, { observe: 0.5 })), [
      [10, 19],
      [20, 29],
    ]);
    const labelled = ['Normal', 'Attack', 'Normal', 'Normal', 'Normal'];
    const week = [{ one: ['Normal'], two: ['Normal'] }, { three: labelled }] as const;
    const found = divided(days({ test: 'morphs' }), week, 0, { observe: 0.4 });
    assert.deepEqual([[...found.watched.test], [...found.split.test]], [[2], [4, 5, 6]]);
    assert.ok(
      found.leftOut.some(
        ({ side, sessions, reason }) => side === 'test' && sessions === 2 && /only watched/.test(reason),
      ),
    );
    // What is tested as captured needs no strangers: all of it tests.
    assert.equal(divided(days(), week).split.test.length, 5);
    assert.throws(
      () => divided(chronological, two, 0, { observe: 0.01 }),
      /test\.observe: 0\.01 of 20 sessions leaves none to watch/,
    );
  });

  it('hold back for validation what is last of what is left to train on', () => {
    const protocol: Protocol = { kind: 'chronological', train: 0.8, labels };
    const given = {
      all: [
        'Normal',
        'Attack',
        'Normal',
        'Normal',
        'Attack',
        'Normal',
        'Normal',
        'Attack',
        'Normal',
        'Attack',
      ],
    };
    const { split } = divided(protocol, [given], 0.2);
    assert.deepEqual([...split.train], [0, 2, 3, 5]);
    assert.deepEqual([...split.validation], [6]);
    assert.deepEqual([...split.test], [8, 9]);
  });
});

describe('attacks of another data set', () => {
  const protocol: Protocol = { kind: 'chronological', train: 0.5, labels };
  const both = [{ all: 4 }, { all: ['Normal', 'DoS', '?', 'DoS'] }];

  it('test beside the normal sessions of the one that trains, which watches them', () => {
    const { split, truth, leftOut, watched, sessions } = divided(protocol, both, 0, {
      attacks: 'as-captured',
    });
    assert.deepEqual(
      [[...split.train], [...split.test]],
      [
        [0, 1],
        [2, 3, 5, 7],
      ],
    );
    assert.deepEqual(
      [...split.test].map((session) => truth!.kindOf[session]),
      [0, 0, 1, 1],
    );
    assert.deepEqual([...watched.test], [0, 1]);
    assert.deepEqual(
      leftOut.map(({ side, reason, sessions: count }) => `${side}: ${count} × ${reason}`),
      ['test: 1 × no label speaks of it', 'test: 1 × normal, of x: only its attacks test'],
    );
    assert.equal(sessions.count, 8);
  });

  it('purge nothing by their own clock', () => {
    const purged = divided({ ...protocol, purge: 1.5 }, both, 0, { attacks: 'as-captured' });
    assert.deepEqual([...purged.split.train], [0]);
  });

  it('are refused where none can be transplanted', () =>
    assert.throws(
      () => divided(protocol, both, 0, { attacks: 'transplanted' }),
      /test\.attacks: no attack of x can be transplanted; 2 × no hosts of the network talk over IPv4 in training/,
    ));
});

describe('labels of background', () => {
  const given = {
    one: ['Normal', 'Background', 'Normal'],
    two: ['Normal'],
    three: ['Normal', 'Botnet', 'Background'],
  };

  it('keep sessions out of training and of all rates, and these are counted', () => {
    const { split, truth, leftOut } = divided(days(), [given]);
    assert.deepEqual([...split.train], [0, 2, 3]);
    assert.deepEqual([...split.test], [4, 5]);
    assert.deepEqual(truth!.kinds, ['normal', 'Botnet']);
    assert.deepEqual(
      leftOut.map(({ side, reason, sessions }) => `${side}: ${sessions} × ${reason}`),
      [
        'training: 1 × labelled as background, neither normal nor an attack',
        'test: 1 × labelled as background, neither normal nor an attack',
      ],
    );
  });

  it('make normal sessions where the spec says so', () => {
    const { split, truth } = divided(days({ background: 'as-normal' }), [given]);
    assert.deepEqual([...split.train], [0, 1, 2, 3]);
    assert.deepEqual([...split.test], [4, 5, 6]);
    assert.equal(truth!.kindOf[6], 0);
  });
});

describe('a data set that nobody labelled', () => {
  it('trains as it is where another one has the labels of the test', () => {
    const protocol: Protocol = { kind: 'chronological', train: 0.5, labels };
    const { split, truth } = divided(protocol, [{ all: 4 }, { all: ['Normal', 'DoS', '?'] }]);
    assert.deepEqual([...split.train], [0, 1]);
    assert.deepEqual([...split.test], [4, 5]);
    assert.deepEqual([truth!.kindOf[4], truth!.kindOf[5]], [0, 1]);
  });
});

describe('every session', () => {
  const share = fc.double({ min: 0.3, max: 0.8, noNaN: true });
  const seed = fc.integer({ min: 1, max: 9 });
  const use = fc.record({
    test: fc.constantFrom('labels', 'morphs'),
    attacks: fc.constantFrom('leave-out', 'as-normal'),
    unlabelled: fc.constantFrom('leave-out', 'as-normal'),
    conflicting: fc.constantFrom('leave-out', 'as-attack'),
    background: fc.constantFrom('leave-out', 'as-normal'),
    contamination: fc.constantFrom(0, 0.3, 1),
  });
  const extra = fc.record({
    labels: fc.option(use, { nil: undefined }),
    disjoint: fc.constantFrom(undefined, 'endpoints', 'pair'),
  });
  const protocols = fc.oneof(
    fc.record({ kind: fc.constant('chronological'), train: share, purge: fc.constantFrom(undefined, 3) }),
    fc.record({ kind: fc.constant('random'), train: share, seed }),
    fc.record({ kind: fc.constant('k-fold'), folds: fc.constant(3), fold: fc.constantFrom(1, 2, 3), seed }),
    fc.record({ kind: fc.constant('rolling'), parts: fc.constant(3), train: fc.constantFrom(1, 2) }),
    fc.record({ kind: fc.constant('overlapping'), train: share, seed }),
    fc.record({
      kind: fc.constant('days'),
      train: fc.constant(['one', 'two']),
      test: fc.constant(['three']),
    }),
  );
  const name = fc.constantFrom('Normal', 'Normal', 'Normal', 'Background', 'Attack', '?', '!Attack');
  const day = fc.array(name, { minLength: 4, maxLength: 12 });

  it('trains, validates, tests or is left out by one reason', () => {
    let done = 0;
    fc.assert(
      fc.property(
        protocols,
        extra,
        day,
        day,
        day,
        fc.boolean(),
        fc.constantFrom(0, 0.2),
        (protocol, more, one, two, three, elsewhere, validation) => {
          const { labels: ownLabels, disjoint } = more;
          const whole = JSON.parse(
            JSON.stringify({
              ...protocol,
              ...(protocol.kind === 'overlapping' ? {} : { disjoint, labels: ownLabels }),
            }),
          ) as Protocol;
          const other = elsewhere && protocol.kind !== 'overlapping';
          const sets = other ? [{ one, two }, { three }] : [{ one, two, three }];
          let division: Division;
          try {
            division = divided(whole, sets, validation);
          } catch (error) {
            assert.ok(error instanceof FaultError, String(error));
            return;
          }
          done++;
          const { split, leftOut, onBothSides } = division;
          const used = new Set([...split.train, ...split.validation, ...split.test]);
          assert.equal(
            used.size,
            split.train.length + split.validation.length + split.test.length - onBothSides,
          );
          const left = leftOut.reduce((sum, { sessions }) => sum + sessions, 0);
          assert.equal(used.size + left, one.length + two.length + three.length);
          if (other && whole.kind !== 'days' && ownLabels === undefined && disjoint === undefined)
            assert.equal(
              split.test.length,
              three.length - Math.round(0.2 * three.length),
              'all of another data set tests, but its first fifth, which is watched',
            );
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(done > 100, `${done} divisions`);
  });
});
