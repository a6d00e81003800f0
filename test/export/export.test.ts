import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { parquetReadObjects } from 'hyparquet';
import { csvCells } from '../../src/text/index.ts';
import { sessionlab } from '../support/command.ts';

const spec = {
  name: 'small',
  dataset: 'synthetic-office',
  protocol: { kind: 'chronological', train: 0.8 },
  anomalies: {
    normal: 0.5,
    kinds: { 'destination-ip-swap': 1, 'ttl-shift': 1 },
    repair: ['checksum', 'mac'],
  },
  network: { packet: { units: 4 }, session: { units: 4 }, head: [4] },
  training: { epochs: 1, batch: 64, validation: 0.1 },
  seeds: [3],
};

let folder: string;
let results: string;
const written: Record<string, { part: string; sessions: number; hash: string; files: { name: string }[] }[]> =
  {};

const at = (...names: readonly string[]) => join(folder, ...names);
const rowsOf = (file: string) => {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const names = csvCells(head)!;
  return lines.map((line) => {
    const cells = csvCells(line)!;
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
  });
};

/** An array of a .npz file: its description, shape and bytes. */
function npy(file: string, name: string) {
  const bytes = unzipSync(readFileSync(file), { filter: (entry) => entry.name === `${name}.npy` })[
    `${name}.npy`
  ]!;
  const size = 10 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  assert.equal(size % 64, 0);
  const [, type, shape] = /'descr': '(.*?)', 'fortran_order': False, 'shape': \((.*?)\)/.exec(
    strFromU8(bytes.subarray(10, size)),
  )!;
  return { type, shape: shape!.split(',').filter(Boolean).map(Number), data: bytes.slice(size) };
}

describe('sessionlab export', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sessionlab-export-'));
    results = at('results');
    writeFileSync(at('small.json'), JSON.stringify(spec));
    for (const format of ['npz', 'csv', 'parquet', 'pcap']) {
      const ended = await sessionlab([
        ...['export', at('small.json'), '--to', at(format), '--format', format],
        ...['--results', results, '--json'],
      ]);
      assert.equal(ended.stderr, '');
      written[format] = JSON.parse(ended.stdout);
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('presents the same sessions in every format, and says so by one hash', () => {
    const hashes = (format: string) =>
      written[format]!.map(({ part, sessions, hash }) => [part, sessions, hash]);
    for (const format of ['csv', 'parquet', 'pcap']) assert.deepEqual(hashes(format), hashes('npz'));
    assert.deepEqual(
      written.npz!.map(({ part, sessions }) => [part, sessions]),
      [
        ['train', 4320],
        ['validation', 480],
        ['test', 1200],
      ],
    );
    const record = JSON.parse(readFileSync(at('npz', 'export.json'), 'utf8'));
    assert.deepEqual(record.parts, written.npz);
    assert.deepEqual(record.classes, ['normal', 'destination-ip-swap', 'ttl-shift']);
  });

  it('writes arrays that fit the table, token by token', () => {
    const file = at('npz', 'test.npz');
    const tokens = npy(file, 'tokens');
    assert.equal(tokens.type, '<u2');
    const [N, P, T] = tokens.shape as [number, number, number];
    const values = new Uint16Array(tokens.data.buffer);
    const rows = rowsOf(at('csv', 'test.csv'));
    assert.equal(rows.length, N);
    for (const i of [0, 17, N - 1])
      for (let p = 0; p < P; p++)
        for (let t = 0; t < T; t++) {
          const cell = rows[i]![`p${p}_t${t}`]!;
          assert.equal(cell === '' ? 258 : Number(cell), values[(i * P + p) * T + t]);
        }
    const texts = npy(file, 'kinds');
    assert.equal(texts.type, '<U19');
    const words = new Uint32Array(texts.data.buffer);
    assert.equal(String.fromCodePoint(...words.subarray(19, 38)), 'destination-ip-swap');
  });

  it('marks bytes of the TTL, and of the checksum that follows it, as edited where the kind is ttl-shift', () => {
    const file = at('npz', 'test.npz');
    const kind = npy(file, 'kind').data;
    const [edited, field] = [npy(file, 'edited'), npy(file, 'field').data];
    const names = npy(file, 'fields');
    const width = Number(names.type!.slice(2));
    const points = new Uint32Array(names.data.buffer);
    const name = (n: number) =>
      String.fromCodePoint(...points.subarray(n * width, (n + 1) * width)).replaceAll('\0', '');
    const perSession = edited.shape[1]! * edited.shape[2]!;
    const seen = new Set<string>();
    for (const [place, is] of edited.data.entries()) {
      const what = kind[Math.floor(place / perSession)];
      if (what === 0) assert.equal(is, 0);
      if (is === 1 && what === 2) seen.add(name(field[place]!));
    }
    assert.deepEqual([...seen].sort(), ['ip.checksum', 'ip.ttl', 'ipv6.hops']);
  });

  it('writes the same table as Parquet', async () => {
    const bytes = readFileSync(at('parquet', 'test.parquet'));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const rows = await parquetReadObjects({ file, rowStart: 0, rowEnd: 40 });
    const expected = rowsOf(at('csv', 'test.csv'));
    for (const [i, row] of rows.entries())
      assert.deepEqual(
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)]),
        ),
        expected[i],
      );
  });

  it('writes captures whose headers are the tokens, and whose packets are in order of time', () => {
    const bytes = readFileSync(at('pcap', 'test.pcap'));
    assert.equal(bytes.readUInt32LE(20), 1);
    let packets = 0;
    let last = 0;
    for (let place = 24; place < bytes.length; packets++) {
      const time = bytes.readUInt32LE(place) * 1e6 + bytes.readUInt32LE(place + 4);
      assert.ok(time >= last);
      last = time;
      const captured = bytes.readUInt32LE(place + 8);
      assert.ok(captured <= bytes.readUInt32LE(place + 12));
      place += 16 + captured;
    }
    const counted = rowsOf(at('pcap', 'test.csv')).reduce((sum, row) => sum + Number(row.packets), 0);
    assert.equal(packets, counted);
  });

  it('does not replace what is there, and suggests the part that was meant', async () => {
    const again = await sessionlab(['export', at('small.json'), '--to', at('npz'), '--results', results]);
    assert.match(
      again.stderr,
      /^--to .*npz: there is something in this folder; name another, or replace it with --force\n$/,
    );
    assert.equal(again.status, 2);
    const part = await sessionlab(['export', at('small.json'), '--to', at('x'), '--part', 'tset']);
    assert.equal(
      part.stderr,
      '--part: got "tset", must be of train, validation, test; did you mean "test"?\n',
    );
  });

  it('exports what a run was tested on, joined by its sessions', async () => {
    const run = await sessionlab(['run', at('small.json'), '--out', results, '--threads', '1', '--json']);
    assert.equal(run.status, 0, run.stderr);
    const [{ folder: made }] = JSON.parse(run.stdout).runs;
    const ended = await sessionlab([
      'export',
      made,
      '--to',
      at('of-run'),
      '--format',
      'csv',
      '--part',
      'test',
      '--results',
      results,
    ]);
    assert.equal(ended.stderr, '');
    const predictions = rowsOf(join(made, 'predictions.csv'));
    for (const [i, row] of rowsOf(at('of-run', 'test.csv')).entries())
      for (const column of ['session', 'start', 'protocol', 'initiator', 'responder', 'kind', 'label'])
        assert.equal(row[column], predictions[i]![column], column);
  });
});
