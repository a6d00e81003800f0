import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DEFAULT_RULE } from '../../src/bench/gate/decide.ts';
import {
  checkBenchmarks,
  type GateResult,
  listSides,
  measureGate,
} from '../../src/bench/gate/measure-gate.ts';
import { type GateReport, gateExitCode } from '../../src/bench/gate/report.ts';
import { type GateFolder, openGateFolder } from '../../src/bench/gate/sides.ts';
import { projectFolder } from '../../src/bench/machine.ts';
import { trackedRuns } from '../../src/bench/tracked.ts';
import { sessionlab } from '../support/command.ts';

/** A side whose benchmarks are given: names and what a call does, in JavaScript. */
function fakeSide(folder: GateFolder, name: string, calls: Readonly<Record<string, string>>) {
  const code = join(folder.path, name);
  mkdirSync(join(code, 'suites'), { recursive: true });
  mkdirSync(join(code, 'captures'));
  const benchmarks = Object.entries(calls).map(
    ([what, body]) => `{
      kind: 'time', suite: 'fake', name: 'fake/${what}', of: 'calls',
      prepare() {
        const out = [0];
        return { amount: 1, run() { ${body} }, spoil(value) { out[0] = value; }, checksum: () => String(out[0]) };
      },
    }`,
  );
  const suite = `export const fakeSuite = () => ({ name: 'fake', benchmarks: () => [${benchmarks.join(', ')}] });\n`;
  writeFileSync(join(code, 'suites', 'fake.mjs'), suite);
  writeFileSync(
    join(code, 'suites', 'index.mjs'),
    "import { fakeSuite } from './fake.mjs';\nexport const createSuites = () => [fakeSuite()];\n",
  );
  return { code, captures: join(code, 'captures'), threads: 1 };
}

/** Milliseconds of computing, about, whose result is always the same. */
const computing = (rounds: number): string =>
  `let x = 1; for (let round = 0; round < ${rounds}; round++) { x = 1; for (let i = 0; i < 200_000; i++) x = (x * 1_103_515_245 + 12_345) % 2_147_483_648; } out[0] = x;`;

describe('two sides in fresh processes', () => {
  let folder: GateFolder;
  before(async () => {
    folder = await openGateFolder();
  });
  after(() => folder.remove());

  it('tells what is twice as slow, by either clock, and ends as soon as it does', async () => {
    const sides = {
      baseline: fakeSide(folder, 'fast', { twice: computing(1), like: computing(1) }),
      candidate: fakeSide(folder, 'slow', { twice: computing(2), like: computing(1) }),
    };
    const { worker } = folder;
    const names = ['fake/twice'];
    const lists = await listSides(worker, sides);
    assert.deepEqual(lists, {
      baseline: ['fake/twice', 'fake/like'],
      candidate: ['fake/twice', 'fake/like'],
    });
    const checked = await checkBenchmarks(worker, sides, names);
    assert.deepEqual(checked.broken, []);
    const rule = { ...DEFAULT_RULE, clock: 'processor' } as const;
    const result = await measureGate({ worker, sides, checked, rule, seed: 1, seconds: 120, visit: 3 });
    const [found] = result.measurements;
    assert.deepEqual([found!.verdict, result.ended, gateExitCode(result)], ['slower', null, 1]);
    // On a busy machine the size is rough; that it is slower is not.
    assert.ok(found!.change! > 0.1 && found!.low! > 0, `${found!.change}`);
    assert.ok(found!.otherChange !== null && found!.pairs >= 12);
    assert.equal(found!.measured.wall.pairs.length, 2 * result.blocks);
  });

  it('says what is undecided when the time is over', async () => {
    const calls = { like: computing(1) };
    const sides = { baseline: fakeSide(folder, 'one', calls), candidate: fakeSide(folder, 'other', calls) };
    const { worker } = folder;
    const checked = await checkBenchmarks(worker, sides, ['fake/like']);
    const plan = { worker, sides, checked, rule: DEFAULT_RULE, seed: 1, visit: 1 };
    const result: GateResult = await measureGate({ ...plan, seconds: 0.001 });
    assert.deepEqual(
      [result.blocks, result.ended, result.measurements[0]!.verdict],
      [1, 'time', 'undecided'],
    );
    assert.equal(gateExitCode(result), 2);
    const stopped = await measureGate({ ...plan, seconds: 60, stop: () => true });
    assert.deepEqual([stopped.blocks, stopped.ended], [0, 'stopped']);
  });

  it('vouches for nothing that vanished, computes something else or nothing, throws, or ends its process', async () => {
    const sides = {
      baseline: fakeSide(folder, 'was', {
        gone: 'out[0] = 1;',
        other: 'out[0] = 1;',
        idle: 'out[0] = 1;',
        throws: 'out[0] = 1;',
      }),
      candidate: fakeSide(folder, 'is', {
        other: 'out[0] = 2;',
        idle: '',
        throws: 'throw new RangeError("too long");',
      }),
    };
    const names = (await listSides(folder.worker, sides)).baseline;
    const { known, broken } = await checkBenchmarks(folder.worker, sides, names);
    assert.equal(known.size, 0);
    assert.deepEqual(
      broken.map(({ name, problem }) => `${name}: ${problem}`),
      [
        'fake/gone: vanished: the candidate has none',
        'fake/other: computes something else: 2, the baseline 1',
        'fake/idle: candidate: a second call computed 11, the first 7: it must always be the same',
        'fake/throws: candidate: too long',
      ],
    );
    const fatal = {
      baseline: sides.baseline,
      candidate: fakeSide(folder, 'ends', { gone: 'process.exit(3);' }),
    };
    await assert.rejects(
      checkBenchmarks(folder.worker, fatal, ['fake/gone']),
      /a process that was timed ended by itself \(exit code 3\)/,
    );
  });

  it('finds what a call computes later, when it is something else than before', async () => {
    const drifting =
      'globalThis.calls = (globalThis.calls ?? 0) + 1; out[0] = globalThis.calls > 60 ? 2 : 1;';
    const sides = {
      baseline: fakeSide(folder, 'steady', { drift: 'out[0] = 1;' }),
      candidate: fakeSide(folder, 'drifting', { drift: drifting }),
    };
    const { worker } = folder;
    // In the first two calls it is the same.
    const known = new Map([['fake/drift', { checksum: '1', milliseconds: 1 }]]);
    const result = await measureGate({
      worker,
      sides,
      checked: { known, broken: [] },
      rule: DEFAULT_RULE,
      seed: 1,
      seconds: 1,
      visit: 5,
    });
    assert.match(result.broken[0]!.problem, /^candidate: a call computed 2, an earlier one 1$/);
    assert.equal(gateExitCode(result), 2);
  });
});

const isClone = existsSync(join(projectFolder, '.git'));

describe('sessionlab bench --gate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-bench-gate-'));
  after(() => rmSync(folder, { recursive: true }));
  const worktrees = () => execFileSync('git', ['worktree', 'list'], { cwd: projectFolder, encoding: 'utf8' });

  it('builds a revision, measures, writes what it found, and leaves nothing behind', {
    skip: !isClone && 'no clone',
  }, async () => {
    const args = [
      'bench',
      'encode',
      '--filter',
      '43 bytes, link',
      '--gate',
      '--against',
      'git:HEAD',
      '--limit',
      '0.05',
    ];
    const { status, stdout, stderr } = await sessionlab(
      [...args, '--out', 'gate.json', '--markdown', 'a/gate.md'],
      { cwd: folder },
    );
    assert.ok(status === 0 || status === 2, `${status}: ${stderr}`);
    assert.match(stdout, /^wall time against git:HEAD \(commit [0-9a-f]{10}\)/);
    const report = JSON.parse(readFileSync(join(folder, 'gate.json'), 'utf8')) as GateReport;
    assert.deepEqual([report.format, report.broken, gateExitCode(report)], ['sessionlab-gate-1', [], status]);
    assert.deepEqual(
      report.measurements.map(({ name }) => name),
      ['encode/43 bytes, link layer hidden'],
    );
    assert.ok(report.blocks >= 1 && report.measurements[0]!.baseline! > 0);
    assert.match(readFileSync(join(folder, 'a/gate.md'), 'utf8'), /^### Speed: .*\n\ncommit/);
    const [tracked] = trackedRuns(join(folder, 'gate.json'));
    assert.equal(tracked!.experiment, 'sessionlab bench gate');
    const values = new Map(tracked!.values);
    assert.equal(values.get('encode/43 bytes, link layer hidden/pairs'), report.measurements[0]!.pairs);
    assert.match(tracked!.note ?? '', /^### Speed/);
    assert.doesNotMatch(worktrees(), new RegExp(`sessionlab-gate-${process.pid}-`));
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith(`sessionlab-gate-${process.pid}-`)),
      [],
    );
  });

  it('refuses what cannot be, before anything is built', async () => {
    writeFileSync(join(folder, 'cut.json'), '{"format":');
    writeFileSync(join(folder, 'none.json'), '{"format":"sessionlab-bench-1"}');
    const changed = {
      format: 'sessionlab-bench-1',
      code: { commit: 'a'.repeat(40), changedFiles: 2 },
      measurements: [],
    };
    writeFileSync(join(folder, 'changed.json'), JSON.stringify(changed));
    const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [['--against', 'git:HEAD'], /^--against: is for a gate; add --gate\n$/],
      [['--gate', '--quick'], /^--quick: is not for a gate/],
      [
        ['--gate', '--against', 'git:no-such-branch'],
        /^--against git:no-such-branch: git knows no such commit; /,
      ],
      [['--gate', '--against', 'main'], /^--against main: no such file; a revision is named as git:REVISION/],
      [['--gate', '--against', 'cut.json'], /no JSON; was it written completely/],
      [['--gate', '--against', 'none.json'], /no report of benchmarks with a commit/],
      [['--gate', '--against', 'changed.json'], /files that differ from its commit/],
      [['--gate', '--tolerance', '0'], /^--tolerance: got "0", must be more than 0 %/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr, stdout } = await sessionlab(['bench', ...args], { cwd: folder });
      assert.deepEqual([status, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
    }
  });
});
