/**
 * The gate of speed on trial: a planted slowdown must fire, the same code must not.
 *
 * npm run gate:trials -- --minutes 20            100 trials with 5% planted in each of three benchmarks, 200 of the same code
 * npm run gate:trials -- --minutes 20 --load 4   the same beside four processes that compute
 * npm run gate:trials -- --only kernel,reader    without the start of a command, which takes most of the time
 *
 * Trials that are done are kept in a file, and the next call goes on from there. Ends with 0 when all are done and what is
 * claimed holds, with 1 when it does not, with 2 when trials are left.
 */
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CLOCKS, DEFAULT_RULE, type Differences, type Verdict } from '../../src/bench/gate/decide.ts';
import { checkBenchmarks, listSides, measureGate } from '../../src/bench/gate/measure-gate.ts';
import { gateNames } from '../../src/bench/gate/report.ts';
import { compileSide, openGateFolder } from '../../src/bench/gate/sides.ts';
import { projectFolder } from '../../src/bench/machine.ts';
import { killProgram, startProgram } from '../../src/services/program.ts';
import { alignColumns } from '../../src/text/index.ts';

/** Planted, as a share. */
const SLOWDOWN = 0.05;
/** What is claimed: so many of a hundred planted slowdowns fire, so many of two hundred trials of the same code do. */
const CLAIM = { fire: 95 / 100, falseAlarms: 1 / 200 };
const VISIT = 20;
const ALL = { kernel: 'kernels/step gru', reader: 'capture/read pcap', start: 'cli/sessionlab --version' };

interface Trial {
  readonly kind: 'planted' | 'same';
  readonly number: number;
  readonly load: number;
  readonly clock: string;
  readonly only: string;
  readonly seconds: number;
  readonly blocks: number;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly changes: Readonly<Record<string, number | null>>;
  /** Differences of pairs and of the same code, by the clock that decides: noise to try other rules on. */
  readonly differences: Readonly<Record<string, Differences>>;
}

const { values: given } = parseArgs({
  options: {
    planted: { type: 'string', default: '100' },
    same: { type: 'string', default: '200' },
    load: { type: 'string', default: '0' },
    clock: { type: 'string', default: 'wall' },
    minutes: { type: 'string', default: '20' },
    limit: { type: 'string', default: '60' },
    only: { type: 'string', default: Object.keys(ALL).join() },
    'at-once': { type: 'string', default: '1' },
    out: { type: 'string', default: 'results/bench/gate-trials.jsonl' },
  },
});
const clock = CLOCKS.find((name) => name === given.clock) ?? 'wall';
const load = Number(given.load);
const ABOUT = Object.fromEntries(
  Object.entries(ALL).filter(([what]) => given.only.split(',').includes(what)),
);
const wanted = { planted: Number(given.planted), same: Number(given.same) };
const deadline = performance.now() + 60_000 * Number(given.minutes);

const done: Trial[] = existsSync(given.out)
  ? readFileSync(given.out, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Trial)
      .filter((trial) => trial.load === load && trial.clock === clock && trial.only === given.only)
  : [];
const left = open();
if (left.length > 0) await runTrials();
process.exitCode = report();

/** What is not done yet, both kinds in turn, so that what there is of them stays in proportion. */
function open(): readonly Pick<Trial, 'kind' | 'number'>[] {
  const list = (['planted', 'same'] as const).flatMap((kind) =>
    Array.from({ length: wanted[kind] }, (_, number) => ({ kind, number, at: number / wanted[kind] })),
  );
  return list
    .filter(({ kind, number }) => !done.some((trial) => trial.kind === kind && trial.number === number))
    .sort((a, b) => a.at - b.at);
}

async function runTrials(): Promise<void> {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const folder = await openGateFolder(here('./slow-worker.ts'));
  copyFileSync(here('./slow-exit.cjs'), join(folder.path, 'slow-exit.cjs'));
  const busy = Array.from({ length: load }, () =>
    startProgram(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    const baseline = await compileSide(folder, 'baseline', projectFolder, 1);
    const same = await compileSide(folder, 'same', projectFolder, 1);
    const planted = await compileSide(folder, 'planted', projectFolder, 1);
    process.env.SESSIONLAB_GATE_PLANTED = JSON.stringify({ [planted.code]: SLOWDOWN });
    const { worker } = folder;
    const all = (await listSides(worker, { baseline, candidate: same })).baseline;
    const names = gateNames(all, { suites: [], filter: '' }).filter((name) =>
      Object.values(ABOUT).some((about) => name.startsWith(about)),
    );
    for (const candidate of [same, planted]) {
      const { broken } = await checkBenchmarks(worker, { baseline, candidate }, names);
      if (broken.length > 0) throw new RangeError(`${broken[0]!.name}: ${broken[0]!.problem}`);
    }
    const checked = await checkBenchmarks(worker, { baseline, candidate: same }, names);
    mkdirSync(dirname(given.out), { recursive: true });
    const waiting = [...left];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (performance.now() > deadline) return;
        const { kind, number } = next;
        const { measurements, broken, seconds, blocks } = await measureGate({
          worker,
          sides: { baseline, candidate: kind === 'planted' ? planted : same },
          checked,
          rule: { ...DEFAULT_RULE, clock },
          seed: (kind === 'planted' ? 1 : 10_001) + number,
          seconds: Math.min(Number(given.limit), (deadline - performance.now()) / 1000 + 10),
          visit: VISIT,
        });
        if (broken.length > 0) throw new RangeError(`${broken[0]!.name}: ${broken[0]!.problem}`);
        const of = <T>(what: (m: (typeof measurements)[number]) => T) =>
          Object.fromEntries(measurements.map((m) => [m.name, what(m)]));
        const trial: Trial = {
          kind,
          number,
          load,
          clock,
          only: given.only,
          seconds,
          blocks,
          verdicts: of(({ verdict }) => verdict),
          changes: of(({ change }) => change),
          differences: of(({ measured }) => measured[clock]),
        };
        done.push(trial);
        appendFileSync(given.out, `${JSON.stringify(trial)}\n`);
        process.stderr.write(
          `${kind} ${number}: ${Object.values(trial.verdicts).join(', ')} after ${blocks} blocks, ${seconds.toFixed(1)} s\n`,
        );
      }
    };
    await Promise.all(Array.from({ length: Number(given['at-once']) }, work));
  } finally {
    for (const one of busy) killProgram(one);
    await folder.remove();
  }
}

/** Prints what came of all trials. @returns the exit code */
function report(): 0 | 1 | 2 {
  const trials = (kind: Trial['kind']) => done.filter((trial) => trial.kind === kind);
  const isAlarm = (verdict: Verdict): boolean => verdict === 'slower' || verdict === 'faster';
  const planted = trials('planted');
  const rows = Object.entries(ABOUT).map(([what, about]) => {
    const verdicts = (kind: Trial['kind']): readonly Verdict[] =>
      trials(kind).flatMap((trial) =>
        Object.entries(trial.verdicts).flatMap(([name, verdict]) =>
          name.startsWith(about) ? [verdict] : [],
        ),
      );
    const count = (list: readonly Verdict[], verdict: Verdict) =>
      list.filter((one) => one === verdict).length;
    const [slow, same] = [verdicts('planted'), verdicts('same')];
    return {
      fired: count(slow, 'slower'),
      wrong: count(slow, 'faster') + count(slow, 'same'),
      cells: [
        what,
        ...(['slower', 'undecided', 'same', 'faster'] as const).map((verdict) =>
          String(count(slow, verdict)),
        ),
        ...(['same', 'undecided', 'slower', 'faster'] as const).map((verdict) =>
          String(count(same, verdict)),
        ),
      ],
    };
  });
  const head = ['', 'slower', 'undecided', 'same', 'faster', '| same', 'undecided', 'slower', 'faster'];
  const alarms = trials('same').filter(({ verdicts }) => Object.values(verdicts).some(isAlarm)).length;
  const total = done.reduce((sum, { seconds }) => sum + seconds, 0);
  const lines = [
    `${planted.length} trials with ${100 * SLOWDOWN}% planted | ${trials('same').length} of the same code; ${clock} time, ${load} processes beside them, ${(total / 60).toFixed(1)} min`,
    ...alignColumns([head, ...rows.map(({ cells }) => cells)], 'lrrrrrrrr'),
    `false alarms: in ${alarms} of ${trials('same').length} trials of the same code`,
  ];
  const enough = (fired: number): boolean => fired >= CLAIM.fire * planted.length;
  const isQuiet = alarms <= Math.max(1, CLAIM.falseAlarms * trials('same').length);
  // Beside a load undecided is allowed; β, the share of slowdowns that may be called the same, is 1%.
  const isRight = rows.every(({ wrong }) => wrong <= Math.max(1, 2 * DEFAULT_RULE.beta * planted.length));
  const holds = isQuiet && isRight && (load > 0 || rows.every(({ fired }) => enough(fired)));
  const missing = wanted.planted + wanted.same - done.length;
  lines.push(
    `${holds ? 'holds so far' : 'does not hold'}: a slowdown fires in ${100 * CLAIM.fire} of 100${load > 0 ? ' or is undecided' : ''}, the same code at most once in 200${missing > 0 ? `; ${missing} trials are left` : ''}`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  return !holds ? 1 : missing > 0 ? 2 : 0;
}
