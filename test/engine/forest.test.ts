import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chunksOf, comparePackets } from '../../src/engine/reference/chunks.ts';
import { type Forest, packetForest, sessionForest } from '../../src/engine/reference/forest.ts';
import type { Batch } from '../../src/token/index.ts';
import { randomBatch } from '../support/batch.ts';
import fc from '../support/fast-check.ts';

const batches = fc
  .record({
    size: fc.integer({ min: 1, max: 12 }),
    maxPackets: fc.integer({ min: 1, max: 5 }),
    maxTokens: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  })
  .map(({ size, maxPackets, maxTokens, seed }) => randomBatch(size, maxPackets, maxTokens, 2, seed));

const everybody = (batch: Batch): Uint32Array => Uint32Array.from({ length: batch.size }, (_, b) => b);

const packetOf = (batch: Batch, row: number): number[] => {
  const at = row * batch.maxTokens;
  return [...batch.tokens.subarray(at, at + batch.lengths[row]!)];
};

/** Rows of the real packets, sessions ascending. */
function rowsOf(batch: Batch): number[] {
  const list: number[] = [];
  for (let b = 0; b < batch.size; b++)
    for (let p = 0; p < batch.packets[b]!; p++) list.push(b * batch.maxPackets + p);
  return list;
}

/** What the walk relies on, for any forest. */
function checkStructure(forest: Forest): void {
  const { levelStart, parent, first, last, paths, nodes } = forest;
  assert.equal(levelStart[0], 0);
  assert.equal(levelStart.at(-1), nodes);
  for (let level = 0; level + 1 < levelStart.length; level++) {
    for (let node = levelStart[level]!; node < levelStart[level + 1]!; node++) {
      if (level === 0) assert.equal(parent[node], -1);
      else {
        assert.ok(parent[node]! >= levelStart[level - 1]! && parent[node]! < levelStart[level]!);
        if (node > levelStart[level]!)
          assert.ok(parent[node]! >= parent[node - 1]!, 'the children of a node are a range');
      }
      assert.ok(first[node]! < last[node]!, 'a node has a sequence through it');
    }
  }
  paths.forEach((path, s) => {
    path.forEach((node, t) => {
      assert.ok(s >= first[node]! && s < last[node]!, 'the sequences through a node are its range');
      assert.equal(parent[node], t === 0 ? -1 : path[t - 1]);
    });
  });
}

describe('the forest of packets', () => {
  it('spells every packet along its path, in lexicographic order', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const { forest, rows } = packetForest(batch, everybody(batch));
        assert.deepEqual(
          [...rows].sort((a, b) => a - b),
          rowsOf(batch),
        );
        rows.forEach((row, s) => {
          assert.deepEqual(
            forest.paths[s]!.map((node) => forest.input[node]),
            packetOf(batch, row),
          );
          if (s === 0) return;
          const order = comparePackets(batch, rows[s - 1]!, row);
          assert.ok(order < 0 || (order === 0 && rows[s - 1]! < row));
        });
      }),
    );
  });

  it('has one node for each distinct prefix', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const { forest } = packetForest(batch, everybody(batch));
        const prefixes = new Set<string>();
        for (const packet of rowsOf(batch).map((row) => packetOf(batch, row)))
          for (let t = 1; t <= packet.length; t++) prefixes.add(packet.slice(0, t).join(','));
        assert.equal(forest.nodes, prefixes.size);
      }),
    );
  });

  it('keeps children and sequences in ranges', () => {
    fc.assert(fc.property(batches, (batch) => checkStructure(packetForest(batch, everybody(batch)).forest)));
  });
});

describe('the forest of sessions', () => {
  it('has a path of one node a packet for each session, reading its packets in order', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const { rows } = packetForest(batch, everybody(batch));
        const forest = sessionForest(batch, everybody(batch), rows);
        checkStructure(forest);
        assert.deepEqual(
          forest.paths.map((path) => path.map((node) => rows[forest.input[node]!])),
          Array.from({ length: batch.size }, (_, b) =>
            Array.from({ length: batch.packets[b]! }, (_, p) => b * batch.maxPackets + p),
          ),
        );
      }),
    );
  });
});

describe('the chunks of a batch', () => {
  const sizes = fc.integer({ min: 1, max: 400 });

  it('hold every session once, by their least packets', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, seed) => {
        const batch = randomBatch(size, 3, 4, 2, seed);
        const order = chunksOf(batch)
          .flat()
          .flatMap((chunk) => [...chunk]);
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          [...everybody(batch)],
        );
        const least = (b: number): number[] =>
          Array.from({ length: batch.packets[b]! }, (_, p) => b * 3 + p).sort((x, y) =>
            comparePackets(batch, x, y),
          );
        for (let i = 1; i < order.length; i++) {
          const c = comparePackets(batch, least(order[i - 1]!)[0]!, least(order[i]!)[0]!);
          assert.ok(c < 0 || (c === 0 && order[i - 1]! < order[i]!));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are at most eight sessions, in 16 groups or one for 16 sessions, of the same number of chunks, none empty', () => {
    for (let size = 1; size <= 400; size++) {
      const groups = chunksOf(randomBatch(size, 1, 1, 2, 1));
      assert.equal(groups.length, Math.min(Math.ceil(size / 5), Math.max(16, Math.ceil(size / 16))));
      for (const chunks of groups) {
        assert.equal(chunks.length, groups[0]!.length);
        for (const chunk of chunks) assert.ok(chunk.length >= 1 && chunk.length <= 8);
      }
    }
  });
});
