import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { keep } from '../../src/results/finished.ts';
import {
  hashFiles,
  readEvaluation,
  readRecord,
  readSpec,
  verifyRun,
  withSeal,
} from '../../src/results/index.ts';
import { sessionlab } from '../support/command.ts';
import { previous } from './sample.ts';

const HASH = 'c09f7ee13cb6';
const root = mkdtempSync(join(tmpdir(), 'sessionlab-verify-'));
after(() => rmSync(root, { recursive: true, force: true }));
let number = 0;

/** A results folder with the run of the previous version, as it was or as this version writes it. */
async function scene({ sealed = true } = {}) {
  const results = join(root, String(number++));
  cpSync(join(previous, 'previous'), join(results, 'previous'), { recursive: true });
  const run = join(results, 'previous', HASH, '1');
  if (sealed) await seal(run);
  return { results, run, path: (name: string) => join(run, name) };
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

async function seal(run: string): Promise<void> {
  const record = { ...json(join(run, 'run.json')), format: 2 };
  writeFileSync(join(run, 'run.json'), JSON.stringify(withSeal(record, await hashFiles(run)), null, 2));
}

/** Changes one bit in the middle of a file. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}

const edit = (path: string, from: string | RegExp, to: string) => {
  const text = readFileSync(path, 'utf8');
  assert.notEqual(text.replace(from, to), text);
  writeFileSync(path, text.replace(from, to));
};

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof FaultError, String(error));
    return error.message;
  }
  return assert.fail('nothing was thrown');
}

const FILES = [
  ...['attention.jsonl', 'curves.csv', 'evaluation.json', 'journal.jsonl', 'predictions.csv'],
  ...['spec.json', 'validation.csv', 'weights.safetensors'],
];

describe('a run that was sealed', () => {
  it('is verified, its result hash computed anew', async () => {
    const { run, results } = await scene();
    const { state, files, resultHash, recomputed, faults } = await verifyRun(run);
    assert.deepEqual([state, files, recomputed, faults], ['verified', FILES.length, true, []]);
    assert.equal(resultHash, readRecord(run).resultHash);
    const { status, stdout } = await sessionlab(['verify', '--results', results]);
    assert.equal(status, 0);
    assert.match(stdout, /verified: 8 files, [\d.]+ kB; result hash [0-9a-f]{12} computed anew/);
  });

  for (const name of FILES)
    it(`is damaged when a bit of ${name} is another`, async () => {
      const { run, path, results } = await scene();
      flip(path(name));
      const { state, damaged, faults } = await verifyRun(run);
      assert.deepEqual([state, damaged, faults.length], ['damaged', [name], 1]);
      const { status, stderr } = await sessionlab(['verify', 'previous', '--results', results]);
      assert.equal(status, 3);
      assert.match(stderr, new RegExp(`${name}: was changed after the run`));
    });

  it('is damaged when a file is missing', async () => {
    const { run, path } = await scene();
    rmSync(path('weights.safetensors'));
    const { state, damaged, recomputed, faults } = await verifyRun(run);
    assert.deepEqual([state, damaged, recomputed], ['damaged', ['weights.safetensors'], null]);
    assert.match(faults[0]!.problem, /is missing/);
  });

  it('is opened by nobody when a number of run.json was edited by hand', async () => {
    const { run, path } = await scene();
    edit(path('run.json'), /"accuracy": [\d.]+,/, '"accuracy": 1,');
    assert.match(
      faultOf(() => readRecord(run)),
      /run\.json: was changed after the run: its seal does not fit/,
    );
    assert.deepEqual((await verifyRun(run)).damaged, ['run.json']);
  });

  it('may be laid out otherwise', async () => {
    const { run, path } = await scene();
    writeFileSync(path('run.json'), JSON.stringify(json(path('run.json'))));
    assert.equal((await verifyRun(run)).state, 'verified');
  });

  it('is refused when its seal was taken away, or its format is none', async () => {
    const { run, path } = await scene();
    const { seal: _, ...rest } = json(path('run.json'));
    writeFileSync(path('run.json'), JSON.stringify(rest));
    assert.match(
      faultOf(() => readRecord(run)),
      /\/seal: missing/,
    );
    for (const format of [0, 3, 99, 1.5]) {
      writeFileSync(path('run.json'), JSON.stringify({ ...rest, format }));
      assert.match(
        faultOf(() => readRecord(run)),
        /run\.json: \/format: got [\d.]+, expected 1 or 2; use the version of sessionlab that wrote it/,
      );
    }
  });

  it('is not one of an older version because it says so', async () => {
    const { run, path } = await scene();
    const { seal, ...rest } = { ...json(path('run.json')), format: 1, resultHash: 'edited' };
    for (const record of [rest, { ...rest, seal }]) {
      writeFileSync(path('run.json'), JSON.stringify(record));
      assert.match(
        faultOf(() => readRecord(run)),
        /\/seal: missing|its seal does not fit/,
      );
    }
  });

  it('has an evaluation and a spec that nobody reads when they were edited', async () => {
    const { run, path } = await scene();
    edit(path('evaluation.json'), /"value": 0\.8\b/, '"value": 1.0');
    assert.match(
      faultOf(() => readEvaluation(run)),
      /evaluation\.json: was changed after the run/,
    );
    edit(path('spec.json'), '{', '{ ');
    assert.match(
      faultOf(() => readSpec(run)),
      /spec\.json: was changed after the run/,
    );
  });
});

describe('who reads a run verifies what it reads', () => {
  const changed: Readonly<Record<string, readonly string[]>> = {
    'predictions.csv': ['evaluate', 'previous'],
    'validation.csv': ['evaluate', 'previous'],
    'attention.jsonl': ['explain', 'previous'],
    'spec.json': ['compare', 'previous'],
    'run.json': ['compare', 'previous'],
    'weights.safetensors': ['mlflow', 'export', 'OUT', '--run', 'previous'],
    'journal.jsonl': ['mlflow', 'export', 'OUT', '--run', 'previous'],
  };
  for (const [name, args] of Object.entries(changed))
    it(`${args[0]} refuses a run whose ${name} was changed`, async () => {
      const { results, path } = await scene();
      if (name.endsWith('.safetensors')) flip(path(name));
      else edit(path(name), /[1-8](?=\D*$)/, '9');
      const to = join(root, `export-${number++}`);
      const all = [...args.map((arg) => (arg === 'OUT' ? to : arg)), '--results', results];
      const { status, stderr } = await sessionlab(all);
      assert.equal(status, 3, stderr);
      assert.match(stderr, new RegExp(`${name.replace('.', '\\.')}.*was changed after the run`));
    });
});

describe('a table of a run that is named by itself', () => {
  it('is evaluated as the run left it, or not at all', async () => {
    const { path } = await scene();
    const evaluate = (...args: string[]) => sessionlab(['evaluate', ...args]);
    const [table, validation] = [path('predictions.csv'), path('validation.csv')];
    assert.equal((await evaluate(table, '--validation', validation)).status, 0);
    flip(validation);
    const other = await evaluate(table, '--validation', validation);
    assert.equal(other.status, 3);
    assert.match(other.stderr, /validation\.csv: was changed after the run/);
    edit(table, /[1-8](?=\D*$)/, '9');
    const { status, stderr } = await evaluate(table);
    assert.equal(status, 3);
    assert.match(stderr, /predictions\.csv: was changed after the run/);
    // Elsewhere it is a table like any other.
    const copy = join(root, `copy-${number++}.csv`);
    cpSync(table, copy);
    assert.equal((await evaluate(copy)).status, 0);
  });

  it('is refused where run.json was edited', async () => {
    const { path } = await scene();
    edit(path('run.json'), /"accuracy": [\d.]+,/, '"accuracy": 1,');
    const { status, stderr } = await sessionlab(['evaluate', path('predictions.csv')]);
    assert.equal(status, 3);
    assert.match(stderr, /its seal does not fit/);
  });

  it('must be there where the run is exported', async () => {
    const { results, path } = await scene();
    rmSync(path('predictions.csv'));
    const to = join(root, `export-${number++}`);
    const { status, stderr } = await sessionlab(['mlflow', 'export', to, '--results', results]);
    assert.equal(status, 3);
    assert.match(stderr, /predictions\.csv: is missing/);
  });
});

describe('a run of the previous version', () => {
  it('is unverified, and what can be computed anew is', async () => {
    const { run, results } = await scene({ sealed: false });
    const { state, files, recomputed, faults } = await verifyRun(run);
    assert.deepEqual([state, files, recomputed, faults], ['unverified', 0, true, []]);
    const { status, stdout } = await sessionlab(['verify', '--results', results]);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /unverified: an older version wrote no hashes of its files; result hash \w{12} computed anew/,
    );
    for (const args of [
      ['evaluate', 'previous'],
      ['compare', 'previous'],
      ['explain', 'previous'],
    ]) {
      const { status: code, stderr } = await sessionlab([...args, '--results', results]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /note: 1 run has no hashes of its files \(an older version made it\): unverified/);
    }
  });

  for (const [what, change] of [
    ['weights', (path: (name: string) => string) => flip(path('weights.safetensors'))],
    [
      'predictions',
      (path: (name: string) => string) =>
        edit(path('predictions.csv'), /(,ip-direction-switch),normal,/g, '$1$1,'),
    ],
    [
      'confusion matrix',
      (path: (name: string) => string) => edit(path('evaluation.json'), /("matrix": \[\s*\[\s*)\d+/, '$199'),
    ],
  ] as const)
    it(`is damaged when its ${what} are not those of its result hash`, async () => {
      const { run, path } = await scene({ sealed: false });
      change(path);
      const { state, faults } = await verifyRun(run);
      assert.equal(state, 'damaged');
      assert.match(faults[0]!.problem, /result hash|other counts|is damaged|header/);
    });
});

describe('a run that is repeated', () => {
  const repeat = async (damage: (run: string, path: (name: string) => string) => void, sealed = true) => {
    const { run, path } = await scene({ sealed });
    const again = await scene();
    // The journal of a repetition has other times.
    edit(join(again.run, 'journal.jsonl'), /"time":"\d/, '"time":"3');
    await seal(again.run);
    damage(run, path);
    const kept = await keep(again.run, run, readRecord(again.run).resultHash);
    return { kept, run, path };
  };

  it('repairs a file with the bytes that it had', async () => {
    const { kept, run, path } = await repeat((_, p) => {
      flip(p('weights.safetensors'));
      rmSync(p('curves.csv'));
    });
    assert.deepEqual([kept.state, kept.repaired], ['same', ['curves.csv', 'weights.safetensors']]);
    assert.equal((await verifyRun(run)).state, 'verified');
    assert.deepEqual(
      readFileSync(path('weights.safetensors')),
      readFileSync(join(previous, 'previous', HASH, '1', 'weights.safetensors')),
    );
    assert.ok(existsSync(path('.damaged-weights.safetensors')), 'what was there is kept');
  });

  it('takes the place of one whose damaged files cannot have the same bytes again', async () => {
    for (const name of ['journal.jsonl', 'run.json']) {
      const { kept, run } = await repeat((_, p) => flip(p(name)));
      assert.deepEqual(kept.repaired, [name]);
      assert.equal((await verifyRun(run)).state, 'verified');
    }
  });

  it('repairs one of the previous version by its result hash', async () => {
    const { kept, run } = await repeat((_, p) => flip(p('weights.safetensors')), false);
    assert.ok(kept.repaired?.includes('weights.safetensors'), String(kept.repaired));
    assert.equal((await verifyRun(run)).state, 'verified');
  });

  it('says nothing of repairs where all is well', async () => {
    const { kept } = await repeat(() => undefined);
    assert.deepEqual([kept.state, kept.repaired], ['same', undefined]);
  });
});
