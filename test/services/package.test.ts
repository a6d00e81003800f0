import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sessionlab-package-'));
const elsewhere = join(folder, 'elsewhere');
after(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  // What npm tells the scripts that it runs is not for another npm.
  const own = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_TEST_CONTEXT$/.test(name));
  const ended = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...Object.fromEntries(own), ...env },
  });
  assert.equal(ended.status, 0, `${program} ${args.join(' ')}\n${ended.stderr}\n${ended.stdout}`);
  return ended.stdout;
}

/** Where npm has put the package. */
const home = join(folder, 'global', 'lib', 'node_modules', 'sessionlab');
const sessionlab = (...args: readonly string[]) =>
  run(join(folder, 'global', 'bin', 'sessionlab'), args, elsewhere);
const small = ['--set', 'training.epochs=1', '--set', 'network.packet.units=8', '--json'];

/** It installs from a registry. */
const skip = process.env.SESSIONLAB_TEST_PYTHON === undefined && 'npm run test:services installs it';

describe('the package', { skip }, () => {
  before(() => {
    mkdirSync(elsewhere);
    run('npm', ['pack', '--pack-destination', folder], root);
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    run('npm', ['install', '-g', '--prefix', join(folder, 'global'), join(folder, file!)], folder);
  });

  it('has what it must, and nothing else', () => {
    const top = readdirSync(home).filter((name) => name !== 'node_modules');
    const expected = [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'datasets',
      'docs',
      'experiments',
      'package.json',
      'src',
      'types',
    ];
    assert.deepEqual(top.sort(), expected);
  });

  it('works from any folder: shipped specs, data sets and schema are found by name', () => {
    const valid = sessionlab('validate', 'quickstart', 'experiments/ablations/*.json');
    assert.match(valid, /quickstart\.json: valid, hash dae833d0397a/);
    assert.match(sessionlab('data', 'list'), /synthetic-office/);
    const { runs } = JSON.parse(sessionlab('run', 'quickstart', ...small));
    assert.equal(runs[0].engine.engine, 'native');
    assert.match(sessionlab('evaluate', 'latest'), /accuracy/);
  });

  it('gives the same result without a compiler, by the reference engine', () => {
    const tiny = [
      ...small,
      '--set',
      'network.session.units=4',
      '--set',
      'sessions.maxPackets=2',
      '--set',
      'anomalies.kinds={"ip-direction-switch":1}',
    ];
    const before = JSON.parse(sessionlab('run', 'quickstart', ...tiny)).runs[0];
    rmSync(join(home, 'src', 'engine', 'native', 'build'), { recursive: true });
    const said = spawnSync(process.execPath, [join(home, 'src', 'setup.mjs'), '--build-only'], {
      encoding: 'utf8',
      env: { ...process.env, CXX: '/nonexistent' },
    });
    assert.match(said.stderr, /no C\+\+ compiler found .* the reference engine/);
    const without = JSON.parse(sessionlab('run', 'quickstart', ...tiny)).runs[0];
    assert.equal(without.engine.engine, 'reference');
    assert.equal(without.resultHash, before.resultHash);
  });

  it('has an API whose example compiles under strict settings and runs', () => {
    const project = join(folder, 'project');
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    symlinkSync(home, join(project, 'node_modules', 'sessionlab'));
    const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(home, 'docs', 'api.md'), 'utf8'))![1]!;
    writeFileSync(join(project, 'example.ts'), example);
    const compile = [
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
    ];
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...compile, 'example.ts'], project);
    const printed = run(process.execPath, ['example.js'], project);
    assert.match(printed, /^quickstart 0\.\d+\n[1-9]\d* sessions\n$/);
  });

  it('has a bill of materials', () => {
    const bill = JSON.parse(run('npm', ['run', '-s', 'sbom'], root));
    assert.ok(bill.packages.length > 50);
    assert.ok(bill.packages.every((one: { licenseDeclared?: string }) => one.licenseDeclared !== undefined));
  });
});
