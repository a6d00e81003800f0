/**
 * The pages for continuous integration: the steps of each are taken out of its file and run, one shell after the other as there, with
 * `npm` and `npx` that install nothing and start this program. What only a service can do (`uses`) is left out.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const folder = temporaryFolder();
const skip = (!existsSync(join(root, '.git')) && 'no clone') || (process.platform === 'win32' && 'no shell');

/** What a page takes from its surroundings, so that it takes seconds. */
const SMALL = {
  SPECS: 'spec.json',
  AGAINST: 'git:HEAD',
  BENCHMARKS: 'encode --filter 87',
  LIMIT: '0.01',
  MLFLOW_TRACKING_URI: '',
};

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a script as a service does. */
function run(script: string, env: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...SMALL, ...env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });
  return { status, output: `${stdout}${stderr}` };
}

/** Speed is undecided after one block, and says so: the page works. */
function isUndecided({ status, output }: Ended): void {
  assert.equal(status, 2, output);
  assert.match(output, /not passed: 0 the same, 1 undecided when the time was over/);
}

before(async () => {
  mkdirSync(join(folder, 'bin'));
  const program = (name: string, text: string) =>
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('npm', 'echo "npm $*" >> npm.log');
  program(
    'npx',
    `shift; exec ${JSON.stringify(process.execPath)} ${JSON.stringify(join(root, 'src/sessionlab.mjs'))} "$@"`,
  );
  // There is nothing to fetch from.
  program('git', 'case "$1" in fetch) ;; *) PATH="$' + '{PATH#*:}" exec git "$@" ;; esac');
  writeSpec(folder);
  const first = await sessionlab(['gate', 'results', 'spec.json', '--write'], { cwd: folder });
  assert.equal(first.status, 0, first.stderr);
});

describe('the pages for continuous integration', { skip }, () => {
  it('GitHub Actions: every step of the job', () => {
    const { jobs } = parse(read('docs/ci/github.yml')) as {
      jobs: { gates: { steps: readonly Step[]; env: object } };
    };
    const { steps, env } = jobs.gates;
    assert.deepEqual(
      Object.keys(env).filter((name) => !(name in SMALL)),
      [],
    );
    const runs = new Map(
      steps.flatMap(({ name, run: script }) => (script === undefined ? [] : [[name ?? script, script]])),
    );
    assert.deepEqual([...runs.keys()], ['npm ci', 'results', 'speed', 'history']);
    const summary = { GITHUB_STEP_SUMMARY: 'summary.md' };
    assert.equal(run(runs.get('npm ci')!).status, 0);
    const results = run(runs.get('results')!, summary);
    assert.equal(results.status, 0, results.output);
    isUndecided(run(runs.get('speed')!, summary));
    assert.equal(run(runs.get('history')!).status, 0);
    assert.match(written('summary.md'), /^### Results of spec\.json: passed[\s\S]*^### Speed: not passed/m);
    // What has to come to the page comes there whatever became of the step before.
    for (const name of ['speed', 'history'])
      assert.equal(steps.find((step) => step.name === name)!.if, '!cancelled()');
  });

  it('GitLab: the script, in one shell', () => {
    const { gates } = parse(read('docs/ci/gitlab.yml')) as {
      gates: { script: readonly string[]; variables: object; artifacts: { paths: readonly string[] } };
    };
    const unknown = Object.keys(gates.variables).filter((name) => !(name in SMALL));
    assert.deepEqual(unknown, ['GIT_DEPTH']);
    isUndecided(run(gates.script.join('\n')));
    for (const path of gates.artifacts.paths) assert.ok(existsSync(join(folder, path)), path);
  });

  it('the plain script, which fails when results have changed', () => {
    rmSync(join(folder, 'gate.md'));
    const path = join(folder, 'spec.expected');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"resultHash": "[0-9a-f]{64}"/, `"resultHash": "${'0'.repeat(64)}"`));
    const { status, output } = run(`sh ${JSON.stringify(join(root, 'docs/ci/gate.sh'))}`);
    writeFileSync(path, text);
    assert.notEqual(status, 0, output);
    assert.match(output, /1 with another/);
    assert.match(written('gate.md'), /^### Results of spec\.json: failed[\s\S]*^### Speed: /m);
  });

  it('the workflows of this project run what is there', () => {
    for (const name of readdirSync(join(root, '.github/workflows'))) {
      const { jobs } = parse(read(`.github/workflows/${name}`)) as {
        jobs: Readonly<Record<string, { steps: readonly Step[]; 'runs-on': string }>>;
      };
      for (const { steps, 'runs-on': on } of Object.values(jobs)) {
        assert.match(on, /^\$\{\{ matrix\.os \}\}$/);
        for (const { run: script = '' } of steps)
          for (const [file] of script.matchAll(/\b(?:src|test|experiments)\/[\w./-]+/g))
            assert.ok(existsSync(join(root, file)), `${name}: ${file}`);
      }
    }
  });

  it('every command of the page is one', () => {
    const page = read('docs/ci/README.md');
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    for (const [, script] of page.matchAll(/npm run ([\w:]+)/g)) assert.ok(script! in scripts, script);
    for (const [, file] of page.matchAll(/\]\((\w+\.\w+)\)/g))
      assert.ok(existsSync(join(root, 'docs/ci', file!)), file);
    const help = execFileSync(process.execPath, [join(root, 'src/sessionlab.mjs'), 'bench', '--help'], {
      encoding: 'utf8',
    });
    for (const [option] of page.matchAll(/--(?:gate|against|clock|limit|tolerance|markdown)\b/g))
      assert.ok(help.includes(option), option);
  });
});

function written(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}
