import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { cellName, loadSpec, loadSweep } from '../../src/spec/index.ts';
import { expandSweep } from '../../src/spec/sweep.ts';
import fc from '../support/fast-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-sweep-'));
after(() => rmSync(folder, { recursive: true }));

const base = { name: 'x', dataset: { synthetic: {} } };
function write(changes: object): string {
  const path = join(folder, 'x.json');
  writeFileSync(path, JSON.stringify({ ...base, ...changes }));
  return path;
}
const names = (sweep: unknown) => expandSweep(sweep).cells.map(cellName);
const faultsOf = (sweep: unknown) =>
  expandSweep(sweep).faults.map(({ pointer, problem }) => `${pointer}: ${problem}`);

describe('a sweep', () => {
  it('multiplies lists, the last fastest', () => {
    assert.deepEqual(names({ a: [1, 2], b: ['x', 'y'] }), ['a=1 b=x', 'a=1 b=y', 'a=2 b=x', 'a=2 b=y']);
  });

  it('zips lists of the same length, and multiplies what is around', () => {
    assert.deepEqual(names({ zip: { a: [1, 2], b: [3, 4] }, c: [true, false] }), [
      'a=1 b=3 c=true',
      'a=1 b=3 c=false',
      'a=2 b=4 c=true',
      'a=2 b=4 c=false',
    ]);
  });

  it('takes cases one by one, of which each may be a sweep', () => {
    assert.deepEqual(names({ cases: [{}, { a: [1] }, { zip: { b: [1, 2] } }] }), [
      'the spec as it is',
      'a=[1]',
      'b=1',
      'b=2',
    ]);
  });

  it('nests in any order', () => {
    assert.deepEqual(names({ zip: [{ a: [1, 2] }, { grid: { b: ['x', 'y'] } }] }), ['a=1 b=x', 'a=2 b=y']);
    assert.deepEqual(names({ grid: [{ zip: { a: [1, 2], b: [3, 4] } }, { cases: [{}, { c: 5 }] }] }), [
      'a=1 b=3',
      'a=1 b=3 c=5',
      'a=2 b=4',
      'a=2 b=4 c=5',
    ]);
    assert.deepEqual(names({ cases: [{ grid: { a: [1, 2] }, b: [3] }, { c: 4 }], d: [0] }), [
      'a=1 b=3 d=0',
      'a=2 b=3 d=0',
      'c=4 d=0',
    ]);
    assert.deepEqual(names({ grid: [{ a: [1, 2], except: [{ a: 1 }] }, { b: [3] }] }), ['a=2 b=3']);
    assert.deepEqual(faultsOf({ zip: [{ a: [1, 2] }, { b: [1] }] }), [
      '/sweep/zip: got lists of 2, 1, must be lists of the same length, at least 1',
    ]);
    assert.deepEqual(faultsOf({ grid: [{ a: 5 }, null] }), [
      '/sweep/grid/0/a: got 5, must be a list of values for this path',
      '/sweep/grid/1: got null, must be an object of paths and lists of values',
    ]);
  });

  it('leaves out the cells that have all values of an exception', () => {
    assert.deepEqual(names({ a: [1, 2], b: [1, 2], except: [{ a: 1, b: 2 }] }), [
      'a=1 b=1',
      'a=2 b=1',
      'a=2 b=2',
    ]);
  });

  it('has as many cells as the product of its lists, each another', () => {
    const lists = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(lists, (sweep) => {
        const cells = names(sweep);
        assert.equal(
          cells.length,
          Object.values(sweep).reduce((n, list) => n * list.length, 1),
        );
        assert.equal(new Set(cells).size, cells.length);
      }),
    );
  });

  it('that is wrong says where and why', () => {
    assert.deepEqual(faultsOf([1]), ['/sweep: got [1], must be an object of paths and lists of values']);
    assert.deepEqual(faultsOf({ a: 5, b: [] }), [
      '/sweep/a: got 5, must be a list of values for this path',
      '/sweep/b: got an empty list, must have at least 1',
    ]);
    assert.deepEqual(faultsOf({ zip: { a: [1], b: [1, 2] } }), [
      '/sweep/zip: got lists of 1, 2, must be lists of the same length, at least 1',
    ]);
    assert.deepEqual(faultsOf({ a: [1], except: [{ a: 2 }] }), [
      '/sweep/except/0: no cell has all of these values, must take away at least one',
    ]);
    assert.deepEqual(faultsOf({ a: [1], except: [{ a: 1 }] }), [
      '/sweep/except: takes every cell away, must leave at least one',
    ]);
    const many = Array.from({ length: 1000 }, (_, i) => i);
    assert.deepEqual(faultsOf({ a: many, b: many }), [
      '/sweep/b: makes 1000000 cells or more, must make at most 100000',
    ]);
  });
});

describe('loading a sweep', () => {
  it('resolves every cell, each with a hash of its own that the sweep is no part of', async () => {
    const cells = await loadSweep(
      write({ sweep: { 'network.packet.units': [7, 100], 'network.cell': ['lstm'] } }),
    );
    assert.deepEqual(
      cells.map(({ spec }) => [spec.network.packet.units, spec.network.cell]),
      [
        [7, 'lstm'],
        [100, 'lstm'],
      ],
    );
    const alone = await loadSpec(write({ network: { cell: 'lstm' } }));
    assert.equal(cells[1]!.hash, alone.hash);
    assert.notEqual(cells[0]!.hash, alone.hash);
  });

  it('tells all faults of all cells at once, with the value that is wrong', async () => {
    const path = write({ sweep: { 'network.packet.units': [0, 5, -1], 'network.cel': ['gru'] } });
    await assert.rejects(loadSweep(path), (error) => {
      assert.ok(error instanceof FaultError);
      assert.deepEqual(
        error.faults.map(({ place, problem }) => `${place.replace(path, 'x.json')}: ${problem}`),
        [
          'x.json: /sweep, network.cel=gru: unknown key, must be one of cell, packet, session, head, activation, layerNorm, dropout, initializer, decoder',
          'x.json: /sweep, network.packet.units=0: got 0, must be ≥ 1',
          'x.json: /sweep, network.packet.units=-1: got -1, must be ≥ 1',
        ],
      );
      return true;
    });
  });

  it('is refused where one spec is wanted', async () => {
    await assert.rejects(loadSpec(write({ sweep: { 'network.cell': ['gru', 'rnn'] } })), {
      message: /\/sweep: makes 2 cells, must not be there where one spec is run; use sessionlab sweep/,
    });
  });

  it('of one cell may stand where one spec is wanted, which has what the cell changes', async () => {
    const { spec, hash, sweep } = await loadSpec(write({ sweep: { 'network.cell': ['rnn'] } }));
    assert.deepEqual([spec.network.cell, sweep?.cell], ['rnn', 'network.cell=rnn']);
    assert.equal(hash, (await loadSpec(write({ network: { cell: 'rnn' } }))).hash);
  });

  it('of a spec without sweep has one cell', async () => {
    const [cell, ...others] = await loadSweep(write({}));
    assert.deepEqual(others, []);
    assert.equal(cellName(cell!.changes), 'the spec as it is');
  });
});
