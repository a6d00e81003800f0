import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createRowBuilder, type SparseRows } from '../../src/baseline/features.ts';
import { fitLogistic, logOdds } from '../../src/baseline/logistic.ts';
import { createPacked, neighbourScore, nonZeroBytes, pack } from '../../src/baseline/neighbour.ts';
import { stream } from '../../src/random/index.ts';
import { type Batch, createBatch, Token } from '../../src/token/index.ts';
import fc from '../support/fast-check.ts';

/** A batch of sessions, each a list of packets, each a list of tokens without END. */
function batchOf(sessions: readonly (readonly (readonly number[])[])[], P = 2, T = 4): Batch {
  const batch = createBatch(sessions.length, P, T);
  batch.size = sessions.length;
  sessions.forEach((packets, row) => {
    batch.packets[row] = packets.length;
    packets.forEach((tokens, p) => {
      batch.tokens.set([...tokens, Token.end], (row * P + p) * T);
      batch.lengths[row * P + p] = tokens.length + 1;
    });
  });
  return batch;
}

/** A dense matrix as sparse rows. */
function sparse(rows: readonly (readonly number[])[]): SparseRows {
  const entries = rows.map((row) => row.flatMap((value, column) => (value === 0 ? [] : [{ column, value }])));
  return {
    features: rows[0]!.length,
    start: Uint32Array.from([0, ...entries.map((_, i) => entries.slice(0, i + 1).flat().length)]),
    column: Uint32Array.from(entries.flat(), ({ column }) => column),
    value: Float64Array.from(entries.flat(), ({ value }) => value),
  };
}

describe('counts of bytes', () => {
  it('are square roots of shares; END and hidden bytes do not count', () => {
    const batch = batchOf([
      [
        [7, 7, 9],
        [7, Token.hidden],
      ],
    ]);
    const values = createRowBuilder('value', 4, 1);
    values.add(batch, 0);
    const byValue = values.rows();
    assert.deepEqual([...byValue.column], [7, 9]);
    assert.deepEqual([...byValue.value], [Math.sqrt(3 / 4), Math.sqrt(1 / 4)]);
    const places = createRowBuilder('place-and-value', 4, 1);
    places.add(batch, 0);
    const byPlace = places.rows();
    assert.deepEqual([...byPlace.column], [7, 256 + 7, 512 + 9]);
    assert.deepEqual([...byPlace.value], [Math.sqrt(2 / 4), Math.sqrt(1 / 4), Math.sqrt(1 / 4)]);
  });

  it('make rows of length 1, however many there are', () => {
    const packet = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(fc.array(packet, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom('value' as const, 'place-and-value' as const),
        (sessions, counting) => {
          const batch = batchOf(sessions);
          const builder = createRowBuilder(counting, 4, sessions.length);
          sessions.forEach((_, row) => void builder.add(batch, row));
          const { start, value } = builder.rows();
          sessions.forEach((_, r) => {
            const sum = value.subarray(start[r]!, start[r + 1]!).reduce((all, x) => all + x * x, 0);
            assert.ok(Math.abs(sum - 1) < 1e-12);
          });
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('logistic regression', () => {
  it('without features that tell anything gives the share of anomalous sessions', () => {
    const rows = sparse([[0], [0], [0], [0]]);
    const fitted = fitLogistic(rows, Uint8Array.of(1, 0, 0, 0), 1e-3);
    assert.ok(fitted.converged);
    // The odds are 1 to 3.
    for (const z of logOdds(fitted, rows)) assert.ok(Math.abs(z + Math.log(3)) < 1e-2, String(z));
  });

  it('of one feature that is there or not gives the share of anomalous sessions of each sort', () => {
    // 3 of 4 with the feature and 1 of 4 without it: b = ln ⅓, w = 2 ln 3, when nothing is penalised.
    const rows = sparse([[1], [1], [1], [1], [0], [0], [0], [0]]);
    const fitted = fitLogistic(rows, Uint8Array.of(1, 1, 1, 0, 1, 0, 0, 0), 1e-9);
    const [w, b] = fitted.weights;
    assert.ok(Math.abs(w! - 2 * Math.log(3)) < 0.01 && Math.abs(b! + Math.log(3)) < 0.01, `${w} ${b}`);
  });

  it('ends where no direction leads further down', () => {
    const number = fc.integer({ min: -4, max: 4 }).map((x) => x / 2);
    const data = fc.array(fc.tuple(fc.array(number, { minLength: 3, maxLength: 3 }), fc.boolean()), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(data, (list) => {
        const rows = list.map(([row]) => row);
        const labels = Uint8Array.from(list, ([, anomalous]) => (anomalous ? 1 : 0));
        const { weights } = fitLogistic(sparse(rows), labels, 0.1);
        const loss = (w: readonly number[]) =>
          list.reduce((sum, [row, anomalous]) => {
            const z = row.reduce((all, x, i) => all + x * w[i]!, w[3]!);
            return sum + Math.log(1 + Math.exp(anomalous ? -z : z));
          }, 0) /
            list.length +
          0.05 * w.slice(0, 3).reduce((sum, x) => sum + x * x, 0);
        const best = loss([...weights]);
        for (let i = 0; i < 3; i++)
          for (const step of [-0.05, 0.05])
            assert.ok(loss([...weights].map((w, j) => (i === j ? w + step : w))) > best);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same bits on every machine', () => {
    const source = stream('test', 'logistic');
    const rows = sparse(Array.from({ length: 200 }, () => Array.from({ length: 9 }, () => source.uniform())));
    const labels = Uint8Array.from({ length: 200 }, () => source.below(2));
    const { weights } = fitLogistic(rows, labels, 1e-4);
    const hash = createHash('sha256').update(new Uint8Array(weights.buffer)).digest('hex');
    // Golden: from x86-64; only + − × ÷ √ are used, which IEEE 754 defines to the last bit.
    assert.equal(hash.slice(0, 16), '446cf235529d732c');
  });
});

describe('the nearest neighbour', () => {
  it('counts bytes that differ', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        const bytes = [0, 8, 16, 24].filter((shift) => ((word >>> shift) & 255) !== 0);
        assert.equal(nonZeroBytes(word | 0), bytes.length);
      }),
    );
    for (const [word, count] of [
      [0, 0],
      [0x01000080, 2],
      [0xffffffff, 4],
      [0x00ff0100, 2],
    ] as const)
      assert.equal(nonZeroBytes(word | 0), count);
  });

  it('says how much nearer the nearest anomaly is than the nearest normal session', () => {
    const batch = batchOf([[[1, 2, 3], [4]], [[1, 2, 3], [5]], [[9, 9, 9], [4]], [[1, 2, 3]]]);
    const all = createPacked(4, batch);
    for (let i = 0; i < 4; i++) pack(all, i, batch, i);
    const only = (...rows: number[]) => {
      const some = createPacked(rows.length, batch);
      rows.forEach((row, i) => void pack(some, i, batch, row));
      return some;
    };
    // From session 0: session 1 is 1 byte away, session 2 is 3, session 3 is 1 (4 instead of nothing).
    assert.equal(neighbourScore(all, 0, only(1, 2), Uint8Array.of(1, 0)), 3 - 1);
    assert.equal(neighbourScore(all, 0, only(1, 2), Uint8Array.of(0, 1)), 1 - 3);
    assert.equal(neighbourScore(all, 0, only(2, 3), Uint8Array.of(0, 1)), 3 - 1);
    assert.equal(neighbourScore(all, 0, only(0, 1), Uint8Array.of(0, 0)), 0 - 4 * all.words);
  });

  it('is that of comparing every byte with every reference', () => {
    const session = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 2,
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(session, fc.nat({ max: 1 })), { minLength: 2, maxLength: 12 }),
        (list) => {
          const batch = batchOf(list.map(([s]) => s));
          const all = createPacked(list.length, batch);
          list.forEach((_, i) => void pack(all, i, batch, i));
          const bytes = list.map(([packets]) =>
            [0, 1].flatMap((p) => [0, 1, 2].map((t) => packets[p]?.[t] ?? 0)),
          );
          const labels = Uint8Array.from(list, ([, label]) => label);
          const nearest = (label: number) =>
            Math.min(
              4 * all.words,
              ...bytes
                .filter((_, i) => labels[i] === label)
                .map((other) => other.filter((byte, i) => byte !== bytes[0]![i]).length),
            );
          assert.equal(neighbourScore(all, 0, all, labels), nearest(0) - nearest(1));
        },
      ),
    );
  });
});
