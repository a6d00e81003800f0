/**
 * A/A: comparisons of cells that are equal, of which no more than one in twenty may be called different.
 *
 *   npm run test:aa             1,000 comparisons of each kind, simulated, and of runs that are made for it (a minute or two)
 *   npm run test:aa -- --quick  the simulated ones alone
 *
 * Ends with 1 where more than 5% of all are called different, or of one kind more than 1,000 of them may be by chance (71,
 * once in a thousand times).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uninterrupted } from '../../src/fault/index.ts';
import { permutation, stream } from '../../src/random/index.ts';
import { pairedDifference } from '../../src/statistics/index.ts';
import { runSpec } from '../../src/sweep/index.ts';
import { COMPARISONS, MOST, SIMULATED, type Simulated } from './comparisons.ts';

const quick = process.argv.includes('--quick');
let failed = false;
let [different, comparisons] = [0, 0];

function tell(found: Simulated, most = MOST): void {
  different += found.different;
  comparisons += found.comparisons;
  const bad = found.different > most;
  failed ||= bad;
  const share = ((100 * found.different) / found.comparisons).toFixed(1);
  console.log(
    `${bad ? 'FAIL' : 'ok  '}  ${share.padStart(5)}%  ${found.different} of ${found.comparisons}  ${found.name}`,
  );
}

for (const simulate of SIMULATED) tell(simulate());
if (!quick) for (const found of await real()) tell(found);
tell({ name: 'all', different, comparisons }, comparisons / 20);
process.exitCode = failed ? 1 : 0;

/** Seeds of one cheap spec, of which each comparison takes two times ten at random for the seeds of two equal cells. */
async function real(): Promise<readonly Simulated[]> {
  const seeds = 40;
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-aa-'));
  try {
    const spec = join(folder, 'aa.json');
    writeFileSync(
      spec,
      JSON.stringify({
        name: 'aa',
        dataset: { synthetic: { seed: 3, sessions: 400, workstations: 12, duration: 600 } },
        sessions: { maxPackets: 3 },
        tokens: { bytes: 40 },
        network: { packet: { units: 8 }, session: { units: 8 }, head: [8] },
        training: { epochs: 6, batch: 16, optimizer: { learningRate: 0.01 } },
        evaluation: { baselines: false },
        attention: { sessions: 0 },
        seeds,
      }),
    );
    const { runs } = await runSpec({
      ...{ spec, load: {}, out: join(folder, 'out'), threads: 1, interruption: uninterrupted },
      ...{ observe: () => undefined, checkpointEvery: null },
    });
    return ['accuracy', 'brierScore', 'logLoss'].map((metric) => {
      const values = runs.map(({ metrics }) => metrics[metric] ?? 0);
      let called = 0;
      for (let i = 0; i < COMPARISONS; i++) {
        const order = permutation(seeds, stream(0, 'aa', metric, i));
        const list = Array.from(
          { length: 10 },
          (_, k) => values[order[2 * k]!]! - values[order[2 * k + 1]!]!,
        );
        if (pairedDifference(list).p <= 0.05) called++;
      }
      return {
        name: `${metric} of ${runs.length} real runs, ten pairs a comparison`,
        different: called,
        comparisons: COMPARISONS,
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
