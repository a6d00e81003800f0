/**
 * `npm run bench:mlflow`: how long MLflow takes, with a real server on this machine. 200 runs of 1,000 points are synced,
 * then looked at again, then a training is timed with live sync and without, in turn.
 *
 * npm run bench:mlflow
 * npm run bench:mlflow -- RUNS PAIRS        200 runs, 5 pairs of trainings by default
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { findRuns } from '../../src/results/index.ts';
import { MLFLOW, pythonEnvironment, startMlflow } from '../../src/services/index.ts';
import { createClient, createTransport, localSettings, syncFolders } from '../../src/tracking/index.ts';
import { copyRun, realRun } from '../tracking/material.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [runs = 200, pairs = 5] = process.argv.slice(2).map(Number);
/** Of copyRun: four points a step, and a few at the end. */
const STEPS = 249;
const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (from: number) => (performance.now() - from) / 1000;

// What this program started ends with it.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(130));
const folder = mkdtempSync(join(tmpdir(), 'sessionlab-mlflow-speed-'));
const { python } = await pythonEnvironment(join(root, 'results', 'services', 'mlflow'), MLFLOW, say);
const server = await startMlflow({ python, folder: join(folder, 'server') });
try {
  await measureSync();
  measureTraining();
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measureSync(): Promise<void> {
  const real = await realRun(folder);
  const results = join(folder, 'sweep');
  // Ten seeds a cell, as sweeps have.
  for (let run = 0; run < runs; run++) {
    const specHash = Math.floor(run / 10)
      .toString(16)
      .padStart(2, '0')
      .repeat(32);
    copyRun(real, results, { seed: (run % 10) + 1, specHash, experiment: 'sweep', steps: STEPS });
  }
  const sync = async (what: string, limit: number) => {
    const client = createClient(createTransport(localSettings(server.address)));
    const from = performance.now();
    const { counts, points } = await syncFolders(
      client,
      findRuns('all', results, () => false),
      {
        restore: false,
      },
    ).finally(client.close);
    const { new: sent, same } = counts;
    say(
      `${what}: ${seconds(from).toFixed(1)} s (${sent} sent, ${same} there already, ${points} points; must be < ${limit} s)`,
    );
  };
  await sync(`sync of ${runs} runs`, 120);
  await sync('the same again', 5);
}

/** User and system time of whole processes, which other programs on the machine disturb least, and the time that passes. */
function measureTraining(): void {
  const sums = { plain: { cpu: 0, wall: 0 }, live: { cpu: 0, wall: 0 } };
  const timing = join(folder, 'time.mjs');
  writeFileSync(
    timing,
    `process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error('cpu', (user + system) / 1e6); });\n`,
  );
  for (let pair = 0; pair < pairs; pair++) {
    // Each goes first as often as the other.
    for (const kind of pair % 2 === 0 ? (['plain', 'live'] as const) : (['live', 'plain'] as const)) {
      const args = ['--import', timing, '--import', 'tsx', 'src/sessionlab.mjs', 'run'];
      const spec = [
        'experiments/quickstart.json',
        '--set',
        'training.epochs=30',
        '--set',
        `seeds=[${pair + 1}]`,
      ];
      const env = { ...process.env, MLFLOW_TRACKING_URI: kind === 'live' ? server.address : '' };
      const from = performance.now();
      const out = ['--out', join(folder, kind)];
      const { status, stderr } = spawnSync(process.execPath, [...args, ...spec, ...out], {
        cwd: root,
        env,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`the training failed: ${stderr.slice(-500)}`);
      const cpu = [...stderr.matchAll(/^cpu ([\d.]+)$/gm)].reduce((sum, [, text]) => sum + Number(text), 0);
      const wall = seconds(from);
      sums[kind].cpu += cpu;
      sums[kind].wall += wall;
      say(`training ${kind}, seed ${pair + 1}: ${wall.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU`);
    }
  }
  const cost = (what: 'cpu' | 'wall') => `${(100 * (sums.live[what] / sums.plain[what] - 1)).toFixed(2)}%`;
  say(`live sync costs a training ${cost('wall')} of its time, ${cost('cpu')} of its CPU time`);
}
