/**
 * The audit on trial: planted leaks must be found, and nothing in clean runs.
 *
 * npm run audit:trials                   every leak with two seeds, every clean run with eight
 * npm run audit:trials -- --seeds 1      fewer; --only TEXT: those whose name has it
 *
 * Ends with 0 when what is claimed holds, else with 1.
 */
import { parseArgs } from 'node:util';
import { openWorkshop } from './material.ts';
import { clean, judge, planted, type Trial } from './trials.ts';

/** What is claimed: so many of the planted leaks are found, of clean runs no more are said to leak. */
const CLAIM = { caught: 0.95, falseAlarms: 0.02 };
/** Clean runs are few: each is tried with so many times as many seeds. */
const TIMES = 4;

const { values: given } = parseArgs({
  options: { seeds: { type: 'string', default: '2' }, only: { type: 'string', default: '' } },
});
const seeds = Number(given.seeds);
const workshop = openWorkshop();

async function run(trials: readonly Trial[], count: number): Promise<{ found: number; all: number }> {
  let [found, all] = [0, 0];
  for (let seed = 1; seed <= count; seed++)
    for (const trial of trials.filter(({ name }) => name.includes(given.only))) {
      const audit = await workshop.audit(trial, seed);
      const judged = judge(trial, audit);
      all++;
      if (judged.length > 0) found++;
      if (trial.expects !== null && judged.length === 0) {
        const beside = audit.checks.filter(({ status }) => status === 'finding').map(({ name }) => name);
        process.stdout.write(`missed, seed ${seed}: ${trial.name} (found: ${beside.join(', ')})\n`);
      }
      if (trial.expects === null)
        for (const { name, says } of judged)
          process.stdout.write(`false alarm, seed ${seed}: ${trial.name}: ${name}: ${says}\n`);
    }
  return { found, all };
}

try {
  const caught = await run(planted, seeds);
  const alarms = await run(clean, TIMES * seeds);
  process.stdout.write(
    `${caught.found} of ${caught.all} planted leaks found (${planted.length} leaks), ${alarms.found} of ${alarms.all} clean runs said to leak\n`,
  );
  const holds = caught.found >= CLAIM.caught * caught.all && alarms.found <= CLAIM.falseAlarms * alarms.all;
  process.exitCode = holds ? 0 : 1;
} finally {
  workshop.remove();
}
