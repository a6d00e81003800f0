import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kernels } from '../../src/engine/index.ts';
import { nativeKernels, nativeVariants, referenceKernels } from '../../src/engine/index.ts';
import { type Stream, stream } from '../../src/random/index.ts';
import fc from '../support/fast-check.ts';

const variants = nativeVariants();
const built = variants.length > 0;
const skip = !built && 'the native engine is not built here';
const reference = referenceKernels();
const engines = variants.flatMap((v) => [1, 3].map((threads) => nativeKernels(threads, v)));

/** Numbers of a network's size, with zeros of both signs and some large ones among them. */
function floats(n: number, source: Stream): Float32Array {
  return Float32Array.from({ length: n }, () => {
    const kind = source.below(20);
    if (kind === 0) return 0;
    if (kind === 1) return -0;
    return (source.uniform() * 2 - 1) * (kind === 2 ? 30 : 1);
  });
}

function assertSameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  const a = new Uint32Array(actual.buffer, actual.byteOffset, actual.length);
  const e = new Uint32Array(expected.buffer, expected.byteOffset, expected.length);
  for (let i = 0; i < e.length; i++)
    if (a[i] !== e[i]) assert.fail(`${what}[${i}]: got ${actual[i]}, the reference gives ${expected[i]}`);
}

/** Runs one computation on the reference and on every native variant; its arrays must agree in every bit. */
function agree(what: string, compute: (kernels: Kernels) => readonly Float32Array[]): void {
  const expected = compute(reference);
  for (const kernels of engines) {
    compute(kernels).forEach((array, i) => {
      assertSameBits(
        array,
        expected[i]!,
        `${kernels.variant}, ${kernels.threads} threads: ${what} output ${i}`,
      );
    });
  }
}

// 1, primes, and what is just below, at and above the widths of the register tiles.
const size = fc.oneof(
  fc.constantFrom(1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 31, 32, 33, 47, 48, 49, 53, 97),
  fc.integer({ min: 1, max: 60 }),
);
const rows = fc.oneof(fc.constantFrom(1, 5, 6, 7, 8, 9, 47, 48, 49, 131), fc.integer({ min: 1, max: 300 }));

describe('native kernels give the bits of the reference', { skip }, () => {
  it('linear, forward and backward', () => {
    fc.assert(
      fc.property(rows, size, size, fc.nat(), fc.boolean(), (n, k, m, seed, withBias) => {
        const s = stream(seed, 'linear');
        const [x, w, bias, dy] = [floats(n * k, s), floats(k * m, s), floats(m, s), floats(n * m, s)];
        agree(`linear ${n}×${k}×${m}`, (kernels) => {
          const [y, dx, dw, db] = [n * m, n * k, k * m, m].map((length) => new Float32Array(length).fill(9));
          kernels.linear(n, k, m, x, w, withBias ? bias : null, y!);
          kernels.linearBackward(n, k, m, x, w, dy, withBias ? dx! : null, dw!, withBias ? db! : null);
          return [y!, dx!, dw!, db!];
        });
      }),
      { numRuns: 40 },
    );
  });

  it('elementwise functions, row additions and column sums', () => {
    fc.assert(
      fc.property(
        rows,
        size,
        fc.nat(),
        fc.constantFrom('tanh' as const, 'relu' as const),
        (n, m, seed, kind) => {
          const s = stream(seed, 'elementwise');
          const [x, row, dy] = [floats(n * m, s), floats(m, s), floats(n * m, s)];
          agree(`${kind} ${n}×${m}`, (kernels) => {
            const [y, dx, added, sums] = [n * m, n * m, n * m, m].map((length) => new Float32Array(length));
            kernels.activate(kind, n * m, x, y!);
            kernels.activateBackward(kind, n * m, y!, dy, dx!);
            kernels.addRow(n, m, x, row, added!);
            kernels.columnSums(n, m, x, sums!);
            return [y!, dx!, added!, sums!];
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tanh on every size of number, infinities and NaN', () => {
    const s = stream(1, 'bits');
    const words = Uint32Array.from({ length: 65_536 }, () => s.below(2 ** 32));
    const x = new Float32Array(words.buffer);
    x.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0, 9, -9]);
    agree('tanh', (kernels) => {
      const y = new Float32Array(x.length);
      kernels.activate('tanh', x.length, x, y);
      return [y];
    });
  });

  it('attention scores, over more rows than a shard', () => {
    for (const [n, m] of [
      [1, 1],
      [5, 100],
      [1024, 7],
      [2500, 33],
    ] as const) {
      for (const kind of ['linear', 'tanh'] as const) {
        const s = stream(7, 'scores', n, m, kind);
        const [x, w, bias, d0, dx0] = [
          floats(n * m, s),
          floats(m, s),
          floats(1, s),
          floats(n, s),
          floats(n * m, s),
        ];
        agree(`${kind} scores ${n}×${m}`, (kernels) => {
          const [score, dw, db] = [n, m, 1].map((length) => new Float32Array(length));
          const [d, dx] = [d0.slice(), dx0.slice()];
          kernels.scores(kind, n, m, 0.3, x, w, bias, score!);
          kernels.scoresBackward(kind, n, m, 0.3, x, w, score!, d, n === 5 ? null : dx, dw!, db!);
          return [score!, d, dx, dw!, db!];
        });
      }
    }
  });

  it('sums of squares and Adam', () => {
    for (const n of [1, 7, 8, 9, 100, 20_011]) {
      const s = stream(3, 'adam', n);
      const [p0, g, m0, v0] = [floats(n, s), floats(n, s), floats(n, s), floats(n, s).map((x) => x * x)];
      agree(`Adam on ${n}`, (kernels) => {
        const [p, m, v] = [p0.slice(), m0.slice(), v0.slice()];
        const norm = new Float32Array(new Float64Array([kernels.sumOfSquares(n, g)]).buffer);
        for (let step = 0; step < 3; step++) kernels.adam(n, p, g, m, v, 0.7, 0.9, 0.999, 1e-8, 0.003, 1.4);
        return [p, m, v, norm];
      });
    }
  });
});

describe('the native engine refuses what does not fit', { skip }, () => {
  const kernels = built ? nativeKernels(1) : reference;
  const f = (n: number): Float32Array => new Float32Array(n);

  it('arrays that are too short, with both numbers', () => {
    assert.throws(() => kernels.linear(3, 4, 5, f(11), f(20), null, f(15)), {
      name: 'TypeError',
      message: 'x: got 11 elements, expected at least 12',
    });
    assert.throws(() => kernels.adam(8, f(8), f(8), f(7), f(8), 1, 1, 1, 1, 1, 1), {
      name: 'TypeError',
      message: 'm: got 7 elements, expected at least 8',
    });
  });

  it('arrays of another type', () => {
    const wrong = new Float64Array(12) as unknown as Float32Array;
    assert.throws(() => kernels.linear(3, 4, 5, wrong, f(20), null, f(15)), {
      name: 'TypeError',
      message: 'x: expected a Float32Array',
    });
  });

  it('sizes that are no sizes', () => {
    assert.throws(
      () => kernels.linear(3, 0, 5, f(12), f(20), null, f(15)),
      /inputs: got 0, expected at least 1/,
    );
    assert.throws(
      () => kernels.linear(1.5, 4, 5, f(12), f(20), null, f(15)),
      /rows: got 1.5, expected an integer/,
    );
    assert.throws(
      () => kernels.linear(-1, 4, 5, f(12), f(20), null, f(15)),
      /rows: got -1, expected at least 0/,
    );
  });

  it('trees whose indices point outside', () => {
    const u = (...values: number[]): Uint32Array => Uint32Array.from(values);
    const tree = {
      levels: 2,
      nodes: 3,
      sequences: 2,
      levelStart: u(0, 1, 3),
      parent: u(0, 0, 0),
      childStart: u(1, 3, 3, 3),
      input: u(0, 1, 0),
      order: u(0, 1),
      leaf: u(1, 2),
      length: u(2, 2),
      first: u(0, 0, 1),
      last: u(2, 1, 2),
    };
    const run = (change: object): void =>
      kernels.recurrentForward(
        { ...tree, ...change },
        {
          cell: 'rnn',
          units: 1,
          inputRows: 2,
          input: f(2),
          recurrent: f(1),
          recurrentBias: null,
          hidden: f(3),
          saved: f(3),
        },
      );
    run({});
    assert.throws(() => run({ input: u(0, 2, 0) }), /tree.input: got 2, expected below 2/);
    assert.throws(
      () => run({ parent: u(0, 1, 0) }),
      /tree.parent: node 1 points at 1, outside the level above/,
    );
    assert.throws(
      () => run({ levelStart: u(0, 1, 4) }),
      /tree.levelStart: ends at 4, expected the number of nodes, 3/,
    );
    assert.throws(() => run({ childStart: u(1, 4, 3, 3) }), /tree.childStart: node 0 starts at 1/);
    assert.throws(() => run({ leaf: u(0, 2) }), /tree.leaf: node 0 is not on level 1/);
    assert.throws(() => run({ order: u(0, 2) }), /tree.order: got 2, expected below 2/);
    assert.throws(() => run({ length: u(3, 2) }), /tree.length: got 3, expected 1 to 2/);
    assert.throws(() => run({ parent: u(0) }), /parent: got 1 elements, expected at least 3/);
  });

  it('variants that this machine does not have', () => {
    assert.throws(() => nativeKernels(1, 'avx1024'), /engine variant: got avx1024, this machine runs/);
  });
});
