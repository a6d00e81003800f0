/**
 * `npm run test:services`: the tests that need real services. Installs and builds what they need where it is missing, runs
 * them, and says what was skipped and why. With CI=true a service that cannot be had is a failure.
 *
 * npm run test:services             everything, with a sample of the kills
 * npm run test:services -- --all    a hundred kills, and runs that meet Slurm's time limits
 * npm run test:services -- test/services/mlflow-sync.test.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runProgram } from '../../src/services/program.ts';
import { MLFLOW, pythonEnvironment } from '../../src/services/python.ts';
import { prepareTfjsNode } from '../peers/peers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inCi = (process.env.CI ?? '') !== '' && process.env.CI !== 'false';
const missing: string[] = [];

const say = (line: string) => console.error(`test:services: ${line}`);

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const folder = join(root, 'test', 'services');
const files =
  positionals.length > 0
    ? positionals
    : readdirSync(folder)
        .filter((name) => name.endsWith('.test.ts'))
        .sort()
        .map((name) => join(folder, name));
const need = (pattern: RegExp) => files.some((file) => pattern.test(basename(file)));

// pip, npm and apt do not wait for each other; apt waits for itself.
const [python, tfjsNode, chromium] = await Promise.all([
  need(/^(mlflow|tasks)/) ? mlflowPython() : null,
  need(/^tfjs/) ? findTfjsNode() : null,
  (async () => {
    const found = need(/-ui/) ? await findChromium() : null;
    if (need(/^slurm/)) await findSlurm();
    return found;
  })(),
]);
const kills = values.all ? { SESSIONLAB_KILLS: '100', SESSIONLAB_TEST_ALL: 'yes' } : {};
const env = {
  ...kills,
  ...process.env,
  SESSIONLAB_TEST_PYTHON: python ?? '',
  SESSIONLAB_TEST_CHROMIUM: chromium ?? '',
  SESSIONLAB_TEST_TFJS_NODE: tfjsNode ?? '',
  SESSIONLAB_TEST_SLURM: 'yes',
};

// MLflow servers started at once would wait for each other. Slurm waits for its own clock most of the time: it does so
// beside them, and its report comes when theirs is done.
const isMlflow = (file: string) => basename(file).startsWith('mlflow');
const others = runTests(
  files.filter((file) => !isMlflow(file)),
  'pipe',
);
const first = await runTests(files.filter(isMlflow), 'inherit');
const second = await others;
process.stdout.write(second.printed);
for (const line of missing) say(`skipped: ${line}`);
if (inCi && missing.length > 0) say('a service that is missing is a failure with CI=true');
process.exit(inCi && missing.length > 0 ? 1 : first.code || second.code);

/** Runs files one after the other; returns the exit code and, with `pipe`, what they printed. */
async function runTests(
  tests: readonly string[],
  output: 'inherit' | 'pipe',
): Promise<{ readonly code: number; readonly printed: string }> {
  if (tests.length === 0) return { code: 0, printed: '' };
  const reporter = process.stdout.isTTY ? 'spec' : 'tap';
  const args = ['--import', 'tsx', `--test-reporter=${reporter}`, '--test', '--test-concurrency=1', ...tests];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', output, 'inherit'], env });
  let printed = '';
  child.stdout?.on('data', (bytes) => {
    printed += bytes;
  });
  const [code] = await once(child, 'close');
  return { code: code ?? 1, printed };
}

async function mlflowPython(): Promise<string | null> {
  try {
    return (await pythonEnvironment(join(root, 'results', 'services', 'mlflow'), MLFLOW, say)).python;
  } catch (error) {
    missing.push(`what needs MLflow (${error instanceof Error ? error.message : String(error)})`);
    return null;
  }
}

/** The folder of a tfjs-node: installed, or built against the TensorFlow wheel of the benchmark's environment. */
async function findTfjsNode(): Promise<string | null> {
  const results = join(root, 'results', 'bench');
  const folders = { python: join(results, 'python-env'), tfjsNode: join(results, 'tfjs-node') };
  const installed = await prepareTfjsNode(folders, say);
  if ('found' in installed) return installed.found;
  missing.push(`what needs tfjs-node (${installed.reason})`);
  return null;
}

/** A Chromium that is installed; in CI it is installed where apt can. */
async function findChromium(): Promise<string | null> {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const wanted = process.env.SESSIONLAB_TEST_CHROMIUM ?? '';
  const find = async () => {
    for (const name of wanted === '' ? names : [wanted])
      if ((await runProgram(name, ['--version'])).ok) return name;
    return null;
  };
  const found = await find();
  if (found !== null) return found;
  if (inCi) {
    await install('chromium');
    const installed = await find();
    if (installed !== null) return installed;
  }
  missing.push('what needs a browser (no chromium found; install the package chromium)');
  return null;
}

/** A Slurm whose daemons the test starts itself; in CI it is installed where apt can. */
async function findSlurm(): Promise<void> {
  const programs = ['slurmctld', 'slurmd', 'munged', 'sbatch'];
  const folders = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`.split(':');
  const lacking = () =>
    programs.filter((program) => !folders.some((path) => path !== '' && existsSync(join(path, program))));
  if (lacking().length > 0 && inCi) await install('slurm-wlm', 'munge');
  if (lacking().length > 0)
    missing.push(`what needs Slurm (no ${lacking().join(', ')}; install the packages slurm-wlm and munge)`);
  else if (process.getuid?.() !== 0)
    missing.push('what needs Slurm (a node with a host name of its own takes root)');
}

async function install(...packages: readonly string[]): Promise<void> {
  say(`installing ${packages.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram('apt-get', ['update', '-qq'], { env });
  await runProgram('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}
