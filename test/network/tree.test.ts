import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tree } from '../../src/engine/index.ts';
import { packetTrees, sessionTrees } from '../../src/network/tree.ts';
import type { Batch } from '../../src/token/batch.ts';
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

/** Tokens of the real packets, sessions ascending. */
function packetsOf(batch: Batch): number[][] {
  const list: number[][] = [];
  for (let b = 0; b < batch.size; b++)
    for (let p = 0; p < batch.packets[b]!; p++) {
      const row = b * batch.maxPackets + p;
      const at = row * batch.maxTokens;
      list.push([...batch.tokens.subarray(at, at + batch.lengths[row]!)]);
    }
  return list;
}

function pathOf(tree: Tree, place: number): number[] {
  const path: number[] = [];
  let node = tree.leaf[place]!;
  for (let t = tree.length[place]! - 1; t >= 0; t--) {
    path[t] = node;
    node = tree.parent[node]!;
  }
  return path;
}

/** What the kernels rely on, for any tree. */
function checkStructure(tree: Tree): void {
  assert.equal(tree.levelStart[0], 0);
  assert.equal(tree.levelStart[tree.levels], tree.nodes);
  assert.deepEqual(
    [...tree.order.subarray(0, tree.sequences)].sort((a, b) => a - b),
    Array.from({ length: tree.sequences }, (_, s) => s),
  );
  for (let level = 0; level < tree.levels; level++) {
    for (let node = tree.levelStart[level]!; node < tree.levelStart[level + 1]!; node++) {
      for (let child = tree.childStart[node]!; child < tree.childStart[node + 1]!; child++)
        assert.equal(tree.parent[child], node, 'a child range holds the children');
      if (level > 0) {
        const parent = tree.parent[node]!;
        assert.ok(
          node >= tree.childStart[parent]! && node < tree.childStart[parent + 1]!,
          'every node is a child',
        );
      }
      assert.ok(tree.first[node]! < tree.last[node]!, 'a node has a place through it');
    }
  }
  for (let place = 0; place < tree.sequences; place++)
    for (const node of pathOf(tree, place))
      assert.ok(
        place >= tree.first[node]! && place < tree.last[node]!,
        'the places through a node are its range',
      );
}

describe('the forest of packets', () => {
  it('spells every packet along its path', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const tree = packetTrees(batch.size, batch.maxPackets, batch.maxTokens, 258).build(batch);
        const packets = packetsOf(batch);
        assert.equal(tree.sequences, packets.length);
        for (let place = 0; place < tree.sequences; place++)
          assert.deepEqual(
            pathOf(tree, place).map((node) => tree.input[node]),
            packets[tree.order[place]!],
          );
      }),
    );
  });

  it('has one node for each distinct prefix', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const tree = packetTrees(batch.size, batch.maxPackets, batch.maxTokens, 258).build(batch);
        const prefixes = new Set<string>();
        for (const packet of packetsOf(batch))
          for (let t = 1; t <= packet.length; t++) prefixes.add(packet.slice(0, t).join(','));
        assert.equal(tree.nodes, prefixes.size);
      }),
    );
  });

  it('keeps children and places in ranges', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        checkStructure(packetTrees(batch.size, batch.maxPackets, batch.maxTokens, 258).build(batch));
      }),
    );
  });

  it('does not remember the batch before', () => {
    const trees = packetTrees(12, 5, 9, 258);
    trees.build(randomBatch(12, 5, 9, 2, 1));
    const [again, fresh] = [trees, packetTrees(12, 5, 9, 258)].map((t) =>
      t.build(randomBatch(3, 5, 9, 2, 2)),
    );
    assert.equal(again!.nodes, fresh!.nodes);
    assert.deepEqual(again!.parent.slice(0, again!.nodes), fresh!.parent.slice(0, fresh!.nodes));
    assert.deepEqual(again!.order.slice(0, again!.sequences), fresh!.order.slice(0, fresh!.sequences));
  });
});

describe('the forest of sessions', () => {
  it('has a path of one node a packet for each session, reading its packets in order', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const tree = sessionTrees(batch.size, batch.maxPackets).build(batch);
        checkStructure(tree);
        let packet = 0;
        for (let b = 0; b < batch.size; b++) {
          assert.equal(tree.order[b], b);
          const inputs = pathOf(tree, b).map((node) => tree.input[node]!);
          assert.deepEqual(
            inputs,
            Array.from({ length: batch.packets[b]! }, (_, p) => packet + p),
          );
          packet += batch.packets[b]!;
        }
      }),
    );
  });
});
