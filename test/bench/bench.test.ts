import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { BenchReport } from '../../src/bench/index.ts';
import { nativeVariants } from '../../src/engine/index.ts';
import { type Ended, sessionlab } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-bench-test-'));
const temporary = join(folder, 'temporary');
mkdirSync(temporary);
after(() => rmSync(folder, { recursive: true }));

function bench(...args: readonly string[]) {
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary };
  return sessionlab(['bench', ...args], { cwd: folder, env });
}

const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchReport;

/** Writes a report as another run would have, with other medians. */
function baseline(name: string, report: BenchReport, change: (median: number) => number): void {
  const measurements = report.measurements.map((m) => ({ ...m, noise: 0, median: change(m.median) }));
  writeFileSync(join(folder, name), JSON.stringify({ ...report, measurements }));
}

describe('sessionlab bench', () => {
  let first: Ended;
  before(async () => {
    first = await bench('encode', '--quick', '--filter', '43 bytes', '--out', 'first.json');
  });

  it('prints a table and writes what it measured', () => {
    assert.deepEqual([first.status, first.stderr], [0, '']);
    assert.match(first.stdout, /^encode: header bytes to tokens/m);
    assert.match(first.stdout, /43 bytes, checksums hidden +[\d.]+ µs|43 bytes, checksums hidden +[\d.]+ ms/);
    assert.match(first.stdout, /3 measured\n(.*\n)?written to first\.json\n$/);
    const { format, date, code, machine, peaks, measurements, failures, baseline: none } = read('first.json');
    assert.equal(format, 'sessionlab-bench-1');
    assert.equal(new Date(date).toISOString(), date);
    assert.match(code.version, /^\d+\.\d+\.\d+$/);
    assert.ok(code.commit === null || /^[0-9a-f]{40}$/.test(code.commit));
    assert.ok(machine.cores >= 1 && machine.memory > 1e8 && machine.node === process.versions.node);
    assert.deepEqual(peaks, {});
    assert.deepEqual(
      measurements.map((m) => m.name),
      ['encode/43 bytes', 'encode/43 bytes, checksums hidden', 'encode/43 bytes, link layer hidden'],
    );
    for (const m of measurements) {
      assert.ok(m.samples >= 2 && m.min > 0, m.name);
      assert.ok(m.min <= m.p5 && m.p5 <= m.median && m.median <= m.p95 && m.p95 <= m.max, m.name);
      assert.equal(m.of, 'sessions');
      assert.ok(m.rate! > 100 && m.rate! < 1e9, `${m.name}: ${m.rate} sessions/s`);
      assert.match(m.checksum, /^[0-9a-f]{16}$/);
    }
    assert.equal(new Set(measurements.map((m) => m.checksum)).size, 3);
    assert.deepEqual([failures, none], [[], null]);
  });

  it('leaves nothing behind in the folder for temporary files', () => {
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith('sessionlab-')),
      [],
    );
  });

  it('ends with 0 when it is faster than the baseline, and says by how much', async () => {
    baseline('slow.json', read('first.json'), (median) => 1000 * median);
    const args = ['encode', '--quick', '--filter', '43 bytes', '--baseline', 'slow.json'];
    const { status, stdout } = await bench(...args, '--out', 'faster.json');
    assert.equal(status, 0);
    assert.match(stdout, /×0\.00 +±[\d.]+% +faster/);
    assert.match(stdout, /against slow\.json .*: 0 slower, 0 same, 3 faster/);
    const { comparisons } = read('faster.json').baseline!;
    assert.deepEqual(
      comparisons.map(({ verdict, resultChanged }) => [verdict, resultChanged]),
      [0, 1, 2].map(() => ['faster', false]),
    );
  });

  it('ends with 1 when something is slower beyond the noise, and names it', async () => {
    baseline('fast.json', read('first.json'), (median) => median / 1e6);
    const args = ['encode', '--quick', '--filter', 'checksums', '--baseline', 'fast.json', '--json'];
    const { status, stdout } = await bench(...args);
    assert.equal(status, 1);
    const report = JSON.parse(stdout) as BenchReport;
    assert.deepEqual(
      report.baseline!.comparisons.map(({ name, verdict }) => [name, verdict]),
      [['encode/43 bytes, checksums hidden', 'slower']],
    );
    assert.equal(report.baseline!.onlyBaseline.length, 2);
    // Without --out the file has the date for its name.
    assert.equal(readdirSync(join(folder, 'results', 'bench')).length, 1);
  });

  it('keeps a file that is there, before anything is measured', async () => {
    const before = readFileSync(join(folder, 'first.json'), 'utf8');
    const { status, stderr, stdout } = await bench('encode', '--quick', '--out', 'first.json');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(
      stderr,
      /--out first\.json: there is a file of this name; name another, or replace it with --force/,
    );
    assert.equal(readFileSync(join(folder, 'first.json'), 'utf8'), before);
  });

  it('ends with 2 when a benchmark of the baseline vanished or computes something else, and names it', async () => {
    const report = read('first.json');
    const [one] = report.measurements;
    const measurements = [
      ...report.measurements.map((m, i) => ({
        ...m,
        median: 1000 * m.median,
        ...(i === 0 ? { checksum: 'x' } : {}),
      })),
      { ...one!, name: 'encode/43 bytes, gone' },
    ];
    writeFileSync(join(folder, 'gone.json'), JSON.stringify({ ...report, measurements }));
    const args = ['encode', '--quick', '--filter', '43 bytes', '--baseline', 'gone.json', '--out', 'x.json'];
    const { status, stdout } = await bench(...args);
    assert.equal(status, 2);
    assert.match(stdout, /^vanished: encode\/43 bytes, gone: /m);
    assert.match(stdout, /^computes something else than the baseline: encode\/43 bytes$/m);
  });

  it('ends with 2 when nothing can be measured or compared', async () => {
    const report = read('first.json');
    const renamed = report.measurements.map((m) => ({ ...m, name: `${m.name}, once` }));
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...report, measurements: renamed }));
    const out = ['--out', 'x.json'];
    assert.equal(
      (await bench('encode', '--quick', '--filter', 'checksums', '--baseline', 'other.json', ...out)).status,
      2,
    );
    const none = await bench('encode', '--quick', '--filter', 'chexums');
    assert.deepEqual(
      [none.status, none.stderr],
      [
        2,
        '--filter: no benchmark of encode has "chexums" in its name; sessionlab bench --list shows the names\n',
      ],
    );
  });

  it('refuses what cannot be, in one line and before anything is measured', async () => {
    writeFileSync(join(folder, 'cut.json'), '{"format":');
    writeFileSync(join(folder, 'spec.json'), '{"name":"quickstart"}');
    const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [['kernel'], /^bench: no suite "kernel", must be one of .*; did you mean "kernels"\?\n$/],
      [['--seconds', '0'], /^--seconds: got "0", must be more than 0 seconds; use 2, for example\n$/],
      [['--threads', 'all'], /^--threads: got "all", must be a whole number from 1 to 1024\n$/],
      [['--baseline', 'none.json'], /^--baseline none\.json: no such file; /],
      [['--baseline', 'cut.json'], /^--baseline cut\.json: no JSON: .*; was it written completely\?\n$/],
      [['--baseline', 'spec.json'], /^--baseline spec\.json: no report of benchmarks, .*\n$/],
      [['--baseline', 'first.json'], /^--baseline first\.json: it is of a smoke run: /],
    ];
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = await bench(...args);
      assert.deepEqual([status, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
    }
  });

  it('checks that all variants of the engine compute the same', {
    skip: nativeVariants().length < 2,
  }, async () => {
    const { status, stdout } = await bench('kernels', '--quick', '--filter', 'step gru, 50', '--json');
    assert.equal(status, 0);
    const { measurements, peaks } = JSON.parse(stdout) as BenchReport;
    assert.deepEqual(Object.keys(peaks), nativeVariants());
    assert.equal(measurements.length, nativeVariants().length);
    assert.equal(new Set(measurements.map((m) => m.checksum)).size, 1);
    for (const m of measurements) assert.ok(m.gflops! > 0 && m.shareOfPeak! > 0, m.name);
  });

  it('lists its benchmarks, each name once and with its suite', async () => {
    const { status, stdout } = await bench('--list');
    const names = stdout.trimEnd().split('\n');
    assert.equal(status, 0);
    assert.equal(new Set(names).size, names.length);
    const suites = [
      'cli',
      'capture',
      'synth',
      'session',
      'morph',
      'encode',
      'kernels',
      'training',
      'inference',
      'scaling',
      'growth',
    ];
    assert.deepEqual([...new Set(names.map((name) => name.slice(0, name.indexOf('/'))))], suites);
  });

  it('shows examples and exit codes in its help', async () => {
    const { stdout } = await bench('--help');
    for (const text of ['Examples:', 'Exit codes:', '--baseline <file>', 'before.json'])
      assert.ok(stdout.includes(text));
  });
});
