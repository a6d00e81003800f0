import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  applyRules,
  How,
  joinLabels,
  NO_LABEL,
  parseRules,
  type SessionLabels,
  withFallback,
} from '../../src/label/index.ts';
import type { SessionTable } from '../../src/session/index.ts';
import { temporaryFolder } from '../capture/build.ts';
import fc from '../support/fast-check.ts';
import { after, labelsOf, sessionsOf } from './helpers.ts';

const folder = temporaryFolder();
const how = ({ how }: SessionLabels): readonly string[] =>
  [...how].map((code) => Object.entries(How).find(([, value]) => value === code)![0]);
const labels = ({ names, label }: SessionLabels): readonly string[] =>
  [...label].map((number) => (number === NO_LABEL ? '' : names[number]!));

/** 10.0.0.1:1000 → 10.0.0.2:80 from 0 to 10 s, the same from port 1001, and one over IPv6. */
const sessions: SessionTable = await sessionsOf(folder, [
  { at: 0, until: 10 },
  { at: 1, fromPort: 1001 },
  { at: 2, from: 'fd00::1', to: 'fd00::2', protocol: 'udp' },
]);

describe('joining labels to sessions', () => {
  it('needs the protocol, both endpoints and a time in common', async () => {
    const table = await labelsOf(folder, [
      `tcp,10.0.0.1,1000,10.0.0.2,80,${after(0)},${after(3)},scan`,
      `udp,10.0.0.1,1001,10.0.0.2,80,${after(0)},${after(3)},other protocol`,
      `tcp,10.0.0.1,1001,10.0.0.2,81,${after(0)},${after(3)},other port`,
      `tcp,10.0.0.3,1001,10.0.0.2,80,${after(0)},${after(3)},other address`,
      `tcp,10.0.0.1,1001,10.0.0.2,80,${after(30)},${after(33)},other time`,
      `udp,fd00::1,1000,fd00:0:0::2,80,${after(2)},${after(2)},six`,
    ]);
    const joined = joinLabels(sessions, table, 0);
    assert.deepEqual(labels(joined), ['scan', '', 'six']);
    assert.deepEqual(how(joined), ['exact', 'none', 'exact']);
    assert.deepEqual(
      { ...joined.counts, byLabel: joined.counts.byLabel.filter((entry) => entry.sessions > 0) },
      {
        sessions: 3,
        exact: 2,
        agreeing: 0,
        conflicting: 0,
        otherwise: 0,
        none: 1,
        byLabel: [
          { name: 'scan', sessions: 1 },
          { name: 'six', sessions: 1 },
        ],
      },
    );
  });

  it('says whether several labels agree, and of a conflict the attack', async () => {
    const table = await labelsOf(folder, [
      `tcp,10.0.0.1,1000,10.0.0.2,80,${after(0)},${after(2)},Normal`,
      `tcp,10.0.0.2,80,10.0.0.1,1000,${after(5)},${after(6)},Attack`,
      `tcp,10.0.0.1,1000,10.0.0.2,80,${after(7)},${after(9)},Normal`,
      `tcp,10.0.0.1,1001,10.0.0.2,80,${after(0)},${after(2)},Normal`,
      `tcp,10.0.0.1,1001,10.0.0.2,80,${after(1)},${after(2)},Normal`,
    ]);
    const joined = joinLabels(sessions, table, 0);
    assert.deepEqual(how(joined), ['conflicting', 'agreeing', 'none']);
    assert.deepEqual(labels(joined), ['Attack', 'Normal', '']);
    assert.deepEqual(joined.counts.byLabel, [
      { name: 'Attack', sessions: 0 },
      { name: 'Normal', sessions: 1 },
    ]);
  });

  it('finds a long label behind many short ones', async () => {
    const table = await labelsOf(folder, [
      `tcp,10.0.0.1,1001,10.0.0.2,80,${after(-5000)},${after(500)},long`,
      ...Array.from(
        { length: 200 },
        (_, i) => `tcp,10.0.0.1,1001,10.0.0.2,80,${after(-1000 + 4 * i)},${after(-998 + 4 * i)},short`,
      ),
    ]);
    assert.deepEqual(labels(joinLabels(sessions, table, 0)), ['', 'long', '']);
  });

  it('adds the offset to the clock of the labels', async () => {
    const table = await labelsOf(folder, [
      `tcp,10.0.0.1,1000,10.0.0.2,80,${after(-10800)},${after(-10797)},x`,
    ]);
    assert.deepEqual(how(joinLabels(sessions, table, 0)), ['none', 'none', 'none']);
    assert.deepEqual(how(joinLabels(sessions, table, 10800)), ['exact', 'none', 'none']);
  });

  it('takes labels without times as always true', async () => {
    const table = await labelsOf(folder, ['tcp,10.0.0.1,1000,10.0.0.2,80,,,x']);
    assert.deepEqual(how(joinLabels(sessions, table, 12345)), ['exact', 'none', 'none']);
  });

  it('falls back on other labels, and keeps how each came about', async () => {
    const table = await labelsOf(folder, [`tcp,10.0.0.1,1000,10.0.0.2,80,${after(0)},${after(3)},scan`]);
    const rest = applyRules(sessions, parseRules({ rules: [], otherwise: 'Normal' }, 'x'));
    const both = withFallback(joinLabels(sessions, table, 0), rest);
    assert.deepEqual(labels(both), ['scan', 'Normal', 'Normal']);
    assert.deepEqual(how(both), ['exact', 'otherwise', 'otherwise']);
    assert.equal(both.counts.otherwise, 2);
  });
});

describe('the join', () => {
  const endpoint = fc.record({ host: fc.integer({ min: 1, max: 3 }), port: fc.integer({ min: 1, max: 3 }) });
  const span = fc.record({ at: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 0, max: 10 }) });
  const row = fc.record({
    a: endpoint,
    b: endpoint,
    span,
    name: fc.constantFrom('Normal', 'Attack', 'scan'),
  });
  const rows = fc.array(row, { minLength: 1, maxLength: 30 });
  type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;
  const text = ({ a, b, span, name }: Row): string =>
    `tcp,10.0.0.${a.host},${a.port},10.0.0.${b.host},${b.port},${after(span.at)},${after(span.at + span.length)},${name}`;
  const many = sessionsOf(
    folder,
    [1, 2, 3].flatMap((a) =>
      [1, 2, 3].flatMap((b) =>
        [1, 2, 3].map((port) => ({
          at: 10 * port + a,
          until: 10 * port + a + b,
          from: `10.0.0.${a}`,
          to: `10.0.0.${b}`,
          fromPort: port,
          toPort: a,
        })),
      ),
    ),
  );
  const outcome = (joined: SessionLabels) => [labels(joined), how(joined), joined.counts];

  it('does not depend on the direction that a label is written in', async () => {
    const table = await many;
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
        async (list, flips) => {
          const turned = list.map((r, i) => (flips[i] === true ? { ...r, a: r.b, b: r.a } : r));
          const [one, two] = [
            await labelsOf(folder, list.map(text)),
            await labelsOf(folder, turned.map(text)),
          ];
          assert.deepEqual(outcome(joinLabels(table, one, 0)), outcome(joinLabels(table, two, 0)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('depends neither on the order of the labels nor on their repetition', async () => {
    const table = await many;
    await fc.assert(
      fc.asyncProperty(rows, fc.infiniteStream(fc.nat()), async (list, ranks) => {
        const shuffled = [...list, ...list.slice(0, 3)]
          .map((r) => ({ r, rank: ranks.next().value! }))
          .sort((x, y) => x.rank - y.rank)
          .map(({ r }) => r);
        const [one, two] = [
          await labelsOf(folder, list.map(text)),
          await labelsOf(folder, shuffled.map(text)),
        ];
        assert.deepEqual(outcome(joinLabels(table, one, 0)), outcome(joinLabels(table, two, 0)));
      }),
      { numRuns: 60 },
    );
  });

  it('finds what a search through all labels finds', async () => {
    const table = await many;
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: -5, max: 5 }), async (list, offset) => {
        const joined = joinLabels(table, await labelsOf(folder, list.map(text)), offset);
        const distinct = new Map(
          list.map((r) => [`${sides(r).join()} ${r.span.at} ${r.span.length} ${r.name}`, r]),
        );
        let s = 0;
        for (const session of await plainSessions()) {
          const fitting = [...distinct.values()].filter((r) => {
            const same = sides(r).join() === session.sides.join();
            const [from, to] = [r.span.at + offset - 1, r.span.at + r.span.length + 1 + offset + 1];
            return same && from <= session.to && to >= session.from;
          });
          const names = new Set(fitting.map((r) => r.name));
          const expected =
            fitting.length === 0
              ? 'none'
              : fitting.length === 1
                ? 'exact'
                : names.size === 1
                  ? 'agreeing'
                  : 'conflicting';
          assert.equal(how(joined)[s], expected);
          if (names.size === 1) assert.equal(labels(joined)[s], [...names][0]);
          s++;
        }
        assert.equal(s, table.count);
      }),
      { numRuns: 60 },
    );
  });

  const sides = ({ a, b }: Pick<Row, 'a' | 'b'>): readonly string[] =>
    [`${a.host}:${a.port}`, `${b.host}:${b.port}`].sort();

  /** The sessions of `many` in the order of the table: two that are the same conversation are one session. */
  async function plainSessions() {
    const merged = new Map<string, { sides: readonly string[]; from: number; to: number }>();
    for (const port of [1, 2, 3])
      for (const a of [1, 2, 3])
        for (const b of [1, 2, 3]) {
          const from = 10 * port + a;
          const both = sides({ a: { host: a, port }, b: { host: b, port: a } });
          const known = merged.get(both.join());
          if (known === undefined) merged.set(both.join(), { sides: both, from, to: from + b });
          else {
            known.from = Math.min(known.from, from);
            known.to = Math.max(known.to, from + b);
          }
        }
    const list = [...merged.values()];
    const { firstRow, seconds } = await many;
    return Array.from({ length: list.length }, (_, s) => {
      const row = firstRow[s]!;
      const at = seconds[row]!;
      const found = list.filter(({ from }) => from === at - NOON_SECONDS);
      const sameTime = Array.from({ length: list.length }, (_, t) => t).filter(
        (t) => seconds[firstRow[t]!] === at,
      );
      return found[sameTime.indexOf(s)]!;
    });
  }
  const NOON_SECONDS = Date.parse('2010-06-13T12:00:00Z') / 1000;
});
