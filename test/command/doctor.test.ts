import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Diagnosis, diagnose, formatDiagnosis } from '../../src/bench/index.ts';
import { exitCodeOf } from '../../src/command/doctor.ts';
import { nativeVariants } from '../../src/engine/index.ts';
import { FaultError } from '../../src/fault/index.ts';
import { SELF_TEST_HASH } from '../../src/network/index.ts';
import { type Ended, sessionlab } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-doctor-'));
after(() => rmSync(folder, { recursive: true }));

const variants = nativeVariants();
const skip = variants.length === 0 && 'the native engine is not built here';

const doctor = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  sessionlab(['doctor', ...args], { env: { PATH: process.env.PATH, ...env } });

/** What the machine of these tests is not, and what goes wrong there. */
const base = await diagnose({ variant: 'typescript', threads: [1], env: { PATH: folder } });

describe('sessionlab doctor', () => {
  it('shows machine, engine, self-test and services, and ends with 0', { skip }, async () => {
    const { status, stdout, stderr } = await doctor({}, '--threads', '1,2');
    assert.deepEqual([status, stderr], [0, '']);
    for (const part of [
      /^sessionlab \d+\.\d+\.\d+, (commit [0-9a-f]{10}, (clean|with \d+ changed files?)|no git checkout)$/m,
      new RegExp(`^Node +${process.versions.node}$`, 'm'),
      /^CPU +.*, \d+ cores?$/m,
      /^memory +.* free$/m,
      new RegExp(`^ {2}computes with +${variants[0]}$`, 'm'),
      /^ {2}compiler +\S/m,
      new RegExp(`^ {2}FMA peak +[\\d.]+ GFLOP/s, ${variants[0]}, f32, one thread`, 'm'),
      new RegExp(`^ {2}expected +${SELF_TEST_HASH}$`, 'm'),
      /^ {2}all numbers are right$/m,
      /^ {2}(found|–) +python3 /m,
      /^ {2}(found|–) +@tensorflow\/tfjs-node /m,
    ])
      assert.match(stdout, part);
    const rows = stdout.match(/^ {2}ok .*$/gm)!;
    assert.equal(rows.length, 2 * variants.length + 1);
    for (const variant of variants) assert.match(stdout, new RegExp(`^ {2}ok +${variant} +2 threads`, 'm'));
  });

  it('tells the same as JSON, of one variant and without a password', { skip }, async () => {
    const env = { MLFLOW_TRACKING_URI: 'https://anna:secret@mlflow.example:5000' };
    const { status, stdout } = await doctor(env, '--variant', 'portable', '--threads', '3', '--json');
    assert.equal(status, 0);
    const { selfTest, peaks, machine, forced, services } = JSON.parse(stdout) as Diagnosis;
    assert.deepEqual(
      selfTest.results.map(({ variant, threads, hash, ok }) => [variant, threads, hash, ok]),
      [['portable', 3, SELF_TEST_HASH, true]],
    );
    assert.deepEqual([machine.variant, forced, Object.keys(peaks)], [variants[0], null, ['portable']]);
    assert.ok(peaks.portable! > 0.01);
    const mlflow = services.find(({ name }) => name === 'MLflow')!;
    assert.deepEqual([mlflow.found, mlflow.detail], [true, 'https://…@mlflow.example:5000']);
  });

  it('refuses a variant that does not run here, wherever it is named', { skip }, async () => {
    const runs = variants.join(', ');
    const cases: readonly (readonly [Ended, string])[] = [
      [
        await doctor({}, '--variant', 'portabel'),
        `--variant: got "portabel", this machine runs ${runs}, typescript; did you mean "portable"?`,
      ],
      [
        await doctor({ SESSIONLAB_VARIANT: 'sse9' }),
        `SESSIONLAB_VARIANT: got "sse9", this machine runs ${runs}; leave it out for the best`,
      ],
      [
        await doctor({}, '--threads', '2,0'),
        '--threads: got "2,0", must be whole numbers from 1 to 1024; use 1,2,4, for example',
      ],
    ];
    for (const [{ status, stdout, stderr }, line] of cases)
      assert.deepEqual([status, stdout, stderr], [2, '', `${line}\n`]);
  });

  it('says that all agree on another hash than expected, and ends with 1', async () => {
    const wrong = await diagnose({
      variant: 'typescript',
      threads: [1],
      expected: 'f00d',
      env: { PATH: folder },
    });
    const text = formatDiagnosis(wrong);
    assert.match(text, /^ {2}expected {2}f00d$/m);
    assert.match(text, new RegExp(`^ {2}WRONG +typescript +1 thread +\\d+ ms +${SELF_TEST_HASH}$`, 'm'));
    assert.match(text, /^ {2}all agree, but with another hash than expected: /m);
    assert.equal(exitCodeOf(wrong), 1);
  });

  it('names the variant that differs from the others, and ends with 1', () => {
    const result = { threads: 1, hash: SELF_TEST_HASH, ok: true, milliseconds: 40 };
    const results = [
      { ...result, variant: 'avx2' },
      { ...result, variant: 'neon', threads: 3, hash: 'bad', ok: false },
    ];
    const sick = { ...base, selfTest: { expected: SELF_TEST_HASH, ok: false, results } };
    assert.match(formatDiagnosis(sick), /^ {2}wrong numbers: neon with 3; use another variant/m);
    assert.match(formatDiagnosis(sick), /^ {2}WRONG {2}neon +3 threads +40 ms {2}bad$/m);
    assert.equal(exitCodeOf(sick), 1);
  });

  it('says how to get the native engine where it is not built', () => {
    const bare = {
      ...base,
      machine: { ...base.machine, variant: 'typescript', compiler: null, variants: [] },
      peaks: {},
    };
    const text = formatDiagnosis(bare);
    assert.match(text, /^ {2}computes with +typescript$/m);
    assert.match(text, /^ {2}native +not built: the reference engine gives the same bits/m);
    assert.match(text, /^ {2}cure +install a C\+\+ compiler .*npm start/m);
  });

  it('finds programs by PATH, and says what each is for', async () => {
    const python = join(folder, 'python3');
    writeFileSync(python, '#!/bin/sh\necho Python 3.99.1\n');
    chmodSync(python, 0o755);
    writeFileSync(join(folder, 'sbatch'), 'not executable');
    const { services } = await diagnose({ variant: 'typescript', threads: [1], env: { PATH: folder } });
    const found = new Map(services.map((service) => [service.name, service]));
    assert.deepEqual([found.get('python3')!.found, found.get('python3')!.detail], [true, 'Python 3.99.1']);
    assert.deepEqual([found.get('sbatch')!.found, found.get('sbatch')!.detail], [false, 'not in PATH']);
    assert.equal(found.get('MLflow')!.detail, 'MLFLOW_TRACKING_URI is not set');
    for (const { purpose } of services) assert.ok(purpose.length > 20);
  });

  it('refuses a variant when there is no native engine at all', {
    skip: variants.length > 0 && 'it is built here',
  }, async () => {
    await assert.rejects(diagnose({ variant: 'avx2', threads: [1], env: {} }), FaultError);
  });
});
