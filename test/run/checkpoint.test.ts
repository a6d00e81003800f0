import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTally } from '../../src/anomaly/counts.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint, writeTensors } from '../../src/run/checkpoint.ts';
import { misfitOfTraining } from '../../src/run/checkpoint-state.ts';
import fc from '../support/fast-check.ts';
import { temporaryFolder } from './sample.ts';

const folder = temporaryFolder();
const path = join(folder, '.checkpoint');
const identity = { specHash: 'a'.repeat(64), seed: 1, code: 'b'.repeat(64) };
const clock = { started: '2026-01-01T00:00:00.000Z', durations: { learning: 12.5 }, continued: [] };
const event = { kind: 'epoch', epoch: 1, step: 3, loss: 1 / 3, correct: 7, sessions: 48 } as const;
const checkpoint = (lossSum: number, data: readonly number[]): Checkpoint => ({
  state: {
    learning: {
      position: { epoch: 2, step: 4, presented: 16, lossSum, correct: 3 },
      last: { event, validated: { loss: 0.1, accuracy: 0.9 }, tested: false },
      kept: null,
      best: { epoch: 1, score: -0.1 },
      morphs: {
        presented: 5,
        normal: 2,
        drawn: [3],
        outcome: [3, 0],
        invisible: [1],
        notes: { macUnknown: 1, macShared: 0, ttlUnknown: 2, vlanUnknown: 0, optionsUnknown: 0 },
      },
    },
    journal: { bytes: 100, lines: 5, digest: 'c'.repeat(64) },
    clock,
  },
  tensors: [{ name: 'x', shape: [data.length], data: Float32Array.from(data) }],
});

describe('a checkpoint', () => {
  it('reads back to the last bit what was written', async () => {
    const numbers = fc.array(fc.float(), { maxLength: 20 });
    const sums = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0));
    await fc.assert(
      fc.asyncProperty(sums, numbers, async (sum, data) => {
        const written = checkpoint(sum, data);
        await writeCheckpoint(path, identity, written);
        assert.deepEqual(readCheckpoint(path, identity), written);
      }),
      { numRuns: 30 },
    );
  });

  it('that is damaged anywhere is refused', async () => {
    await writeCheckpoint(path, identity, checkpoint(0.5, [1, 2, 3]));
    const whole = readFileSync(path);
    const refused = (bytes: Uint8Array) => {
      writeFileSync(path, bytes);
      const found = readCheckpoint(path, identity);
      assert.ok(found !== null && 'refused' in found);
      assert.match(found.refused, /is damaged|is no checkpoint of this version/);
    };
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Uint8Array.from(whole);
        bytes[at]! ^= change;
        refused(bytes);
        refused(whole.subarray(0, at));
      }),
    );
    refused(Buffer.concat([whole, Buffer.of(0)]));
    // The line feed between the two parts is in neither of them.
    refused(Uint8Array.from(whole, (byte, at) => (at === whole.indexOf(0x0a) ? 0x20 : byte)));
  });

  it('whose state no training has is refused, also with the right hash', async () => {
    const { state, tensors } = checkpoint(0.5, [1]);
    for (const [path_, value] of [
      ['learning.position.epoch', 0],
      ['learning.position.step', -1],
      ['learning.position.lossSum', null],
      ['learning.last.event', {}],
      ['learning.best', []],
      ['learning.morphs.drawn', 3],
      ['learning.morphs.notes', undefined],
      ['journal', null],
      ['journal.lines', 1.5],
      ['clock.continued', [{}]],
      ['learning', undefined],
    ] as const) {
      const broken = structuredClone(state) as unknown as Record<string, unknown>;
      const keys = path_.split('.');
      const last = keys.pop()!;
      const at = keys.reduce((node, key) => node[key] as Record<string, unknown>, broken);
      at[last] = value;
      await writeCheckpoint(path, identity, { state: broken as unknown as Checkpoint['state'], tensors });
      const found = readCheckpoint(path, identity);
      assert.ok(found !== null && 'refused' in found, path_);
      assert.match(found.refused, /^is damaged \(\/.*expected/, path_);
    }
  });

  it('is of a training of its size alone', () => {
    const { learning } = checkpoint(0.5, [1]).state;
    const kept = learning.last;
    const tally = createTally(1);
    const size = { epochs: 3, stepsPerEpoch: 3, batch: 16, sessions: 48, tally };
    const of = (change: object, sizes: object = {}) =>
      misfitOfTraining({ ...learning, kept, ...change }, { ...size, ...sizes });
    assert.equal(of({}), null);
    const { position } = learning;
    assert.equal(of({ position: { ...position, epoch: 4, step: 3, presented: 0, correct: 0 } }), null);
    for (const [change, sizes] of [
      [{ position: { ...position, epoch: 5 } }],
      [{ position: { ...position, step: 5 } }],
      [{ position: { ...position, presented: 49 } }],
      [{ position: { ...position, correct: 17 } }],
      [{ position: { ...position, epoch: 3 } }],
      [{ last: null, kept: null }],
      [{ kept: null }],
      [{ best: { epoch: 2, score: 0 } }],
      [{}, { tally: createTally(2) }],
      [{}, { stepsPerEpoch: 4 }],
    ] as const)
      assert.equal(typeof of(change, sizes), 'string', JSON.stringify([change, sizes]));
  });

  it('of another run or of other code is refused, and one that is not there is none', async () => {
    await writeCheckpoint(path, identity, checkpoint(0.5, [1]));
    const as = (change: object) => readCheckpoint(path, { ...identity, ...change });
    assert.deepEqual(as({ code: 'd' }), { refused: 'was made by another version of the code' });
    assert.deepEqual(as({ seed: 2 }), { refused: 'is of another run' });
    assert.deepEqual(as({ specHash: 'd' }), { refused: 'is of another run' });
    assert.equal(readCheckpoint(join(folder, 'none'), identity), null);
  });

  it('gives its tensors to a model that has the same ones, and to no other', () => {
    const from = [{ name: 'x', shape: [2], data: Float32Array.of(1, 2) }];
    const to = (name: string, length: number) => [{ name, shape: [length], data: new Float32Array(length) }];
    const same = to('x', 2);
    assert.equal(writeTensors(from, same), true);
    assert.deepEqual([...same[0]!.data], [1, 2]);
    const square = [{ name: 'x', shape: [2, 1], data: new Float32Array(2) }];
    for (const other of [to('y', 2), to('x', 3), [...to('x', 2), ...to('y', 1)], [], square])
      assert.equal(writeTensors(from, other), false);
    assert.deepEqual([...to('x', 3)[0]!.data], [0, 0, 0]);
  });
});
