/** Sweeps on a Slurm cluster: an array of tasks, each of which does run after run; locks keep them apart. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claimResults, makeFolder, removeEmpty, sha256, takeLock, writeWhole } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { codeFacts } from '../results/index.ts';
import { canonicalJson, type LoadOptions, loadSweep, locateSpec } from '../spec/index.ts';
import { displayPath, formatCount } from '../text/index.ts';
import { quote, taskScript } from './launch-script.ts';
import { accounted, isActive, mostTasks, queue, type SlurmTask, submit } from './slurm.ts';
import { sweepArguments } from './sweep-arguments.ts';
import { cellKeys, forgetFailed, isToDo, planSweep } from './sweep-plan.ts';

export interface LaunchOptions {
  readonly spec: string;
  readonly load: LoadOptions;
  readonly out: string;
  /** Processes of a task, and threads of each. */
  readonly workers: number;
  readonly threads: number;
  readonly checkpointEvery: number | null;
  readonly failFast: boolean;
  /** Also what failed for a reason that lasts. */
  readonly retry: boolean;
  readonly dryRun: boolean;
}

/** What became of a launch. */
export interface Launched {
  /** Runs that are to be done, and those of them that would fail as before. */
  readonly toDo: number;
  readonly failed: number;
  readonly done: number;
  /** Tasks that were there already, in the queue or on a node. */
  readonly active: number;
  /** Tasks that were (or, by a dry run, would be) submitted; of `wanted`, as far as the cluster takes so many. */
  readonly submitted: number;
  readonly wanted: number;
  /** The number of the job; null when nothing was submitted. */
  readonly job: string | null;
  /** Where the tasks leave word. */
  readonly folder: string;
  /** The arguments of sbatch. */
  readonly sbatch: readonly string[];
}

/** Tasks where nobody says how many. */
const TASKS = 32;
/** Seconds before the time limit. */
const LEAD = 120;

const PROGRAM = fileURLToPath(new URL('../sessionlab.mjs', import.meta.url));

/** What `--launcher slurm` itself tells sbatch. */
const OWN =
  /^(--(array|job-name|output|error|open-mode|signal|parsable|wrap|chdir|ntasks|nodes|cpus-per-task|requeue|no-requeue|wait)(=|$)|-[aJoeDnNcW])/;

/** A sweep as Slurm knows it: where it leaves word, and how its jobs are called. */
export interface SlurmSweep {
  readonly name: string;
  readonly folder: string;
}

/** The same for the same spec, changes and results folder; what is asked of the cluster may differ. */
export function slurmSweep(spec: string, load: LoadOptions, out: string, experiment: string): SlurmSweep {
  const essence = canonicalJson([resolve(locateSpec(spec)), resolve(out), { ...withoutSlurm(load) }]);
  const id = sha256(essence).slice(0, 8);
  return {
    name: `sessionlab:${experiment}:${id}`,
    folder: join(resolve(out), '.slurm', `${experiment}-${id}`),
  };
}

const withoutSlurm = ({ set, ...rest }: LoadOptions): LoadOptions => {
  const kept = (set ?? []).filter((assignment) => !/^\s*slurm\./.test(assignment));
  return kept.length === 0 ? rest : { ...rest, set: kept };
};

/**
 * Submits as many tasks as are missing: what is done is not done again, and tasks that wait or run already count.
 *
 * @throws FaultError when the spec is wrong, there is no Slurm, or it refuses
 */
export async function launchSweep(options: LaunchOptions): Promise<Launched> {
  const { spec, load, out, retry, dryRun } = options;
  const cells = await loadSweep(spec, load);
  const results = resolve(out);
  const { slurm = {}, name: experiment } = cells[0]!.spec;
  const own = slurm.options?.find((option) => OWN.test(option));
  if (own !== undefined) {
    const problem = `got ${JSON.stringify(own)}, which the launcher itself sets`;
    throw new FaultError({ place: `${spec}: /slurm/options`, problem, cure: 'leave it out' });
  }
  refusePassword(load);
  const plan = planSweep(await cellKeys(cells, results, true), results, await codeFacts());
  const done = plan.runs.filter(({ state }) => state.kind === 'done').length;
  const toDo = plan.runs.filter((run) => (retry ? run.state.kind === 'failed' : isToDo(run)));
  const failed = plan.runs.length - done - toDo.length;
  const sweep = slurmSweep(spec, load, out, experiment);
  const nothing = { done, failed, toDo: toDo.length, folder: sweep.folder, job: null, wanted: 0, sbatch: [] };
  if (toDo.length === 0) return { ...nothing, active: 0, submitted: 0 };
  const tasks = await queue(sweep.name);
  const active = tasks.filter(isActive).length;
  const most = (await mostTasks()) - 1;
  const wanted = Math.max(0, Math.min(slurm.tasks ?? TASKS, toDo.length) - active);
  const submitted = Math.min(wanted, most);
  const sbatch = sbatchArguments(sweep, slurm, options, submitted);
  const launched = { ...nothing, wanted, active, submitted, sbatch };
  if (submitted === 0 || dryRun) {
    if (retry && !dryRun) for (const run of toDo) forgetFailed(results, run);
    return launched;
  }
  const claimed = await claimResults(results);
  try {
    await makeFolder(sweep.folder);
    await refuseUnshared(sweep, tasks);
    // Two who launch at once would each count the tasks that are missing.
    const lock = takeLock(join(sweep.folder, 'launch'));
    if ('heldBy' in lock) throw busy(sweep.folder);
    try {
      if ((await queue(sweep.name)).filter(isActive).length !== active) throw busy(sweep.folder);
      if (retry) for (const run of toDo) forgetFailed(results, run);
      const script = join(sweep.folder, 'job.sh');
      await writeWhole(script, scriptOf(sweep, slurm, options));
      await chmod(script, 0o755);
      const job = await submit(sbatch, script);
      await writeWhole(join(sweep.folder, `${job}.job`), `${JSON.stringify({ job, tasks: submitted })}\n`);
      return { ...launched, job };
    } finally {
      lock.release(true);
    }
  } catch (error) {
    if (existsSync(sweep.folder) && readdirSync(sweep.folder).every((name) => name === 'job.sh'))
      await rm(sweep.folder, { recursive: true, force: true });
    await removeEmpty(join(results, '.slurm'), results);
    throw error;
  } finally {
    await claimed.removeIfUnused();
  }
}

function busy(folder: string): FaultError {
  const problem = 'another process launches this sweep at this moment';
  return new FaultError(
    { place: displayPath(folder), problem, cure: 'try again; what is there already is not submitted twice' },
    ExitCode.machine,
  );
}

type SlurmSettings = NonNullable<Awaited<ReturnType<typeof loadSweep>>[number]['spec']['slurm']>;

/** What --set says stands in the job script, which others can read. */
function refusePassword({ set = [] }: LoadOptions): void {
  if (!set.some((assignment) => /^\s*tracking\b.*:\/\/[^/"\s]*@/.test(assignment))) return;
  throw new FaultError({
    place: '--set tracking',
    problem: 'got an address with a password, which would stand in the job script for all to read',
    cure: 'leave it out, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD or write ~/.mlflow/credentials',
  });
}

/** The arguments of sbatch but for the script. */
function sbatchArguments(
  { name, folder }: SlurmSweep,
  settings: SlurmSettings,
  { workers, threads }: LaunchOptions,
  tasks: number,
): readonly string[] {
  const { partition, account, qos, time, memory, atOnce, lead = LEAD, options = [] } = settings;
  const log = join(folder.replaceAll('%', '%%'), '%A_%a.log');
  return [
    `--job-name=${name}`,
    `--array=1-${tasks}${atOnce === undefined ? '' : `%${atOnce}`}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${workers * threads}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(qos === undefined ? [] : [`--qos=${qos}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
    `--signal=B:USR1@${lead}`,
    '--requeue',
    '--open-mode=append',
    `--output=${log}`,
    ...options,
  ];
}

function scriptOf(
  { folder }: SlurmSweep,
  { setup = [], command }: SlurmSettings,
  options: LaunchOptions,
): string {
  const { spec, load, out, workers, failFast } = options;
  const told = { spec: resolve(locateSpec(spec)), out: resolve(out), load: withoutSlurm(load) };
  const args = sweepArguments({ ...options, ...told });
  if (workers > 1) args.push('--workers', String(workers));
  return taskScript({
    folder,
    directory: process.cwd(),
    setup,
    command: command ?? `${quote(process.execPath)} ${quote(PROGRAM)}`,
    arguments: args,
    failFast,
  });
}

/** What a task last left word of: `begin`, `killed`, `end` or `requeue`, with the code of sessionlab; null for no word. */
export function lastWord(
  folder: string,
  task: string,
): { readonly what: string; readonly code: number } | null {
  try {
    const line =
      readFileSync(join(folder, `${task}.events`), 'utf8')
        .trimEnd()
        .split('\n')
        .at(-1) ?? '';
    const [what = '', code = ''] = line.split(' ');
    return { what, code: Number(code) };
  } catch {
    return null;
  }
}

/** The jobs of a sweep that were submitted, and how many tasks each had. */
export function submissions(folder: string): readonly { readonly job: string; readonly tasks: number }[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder).filter((name) => /^\d+\.job$/.test(name));
  } catch {
    return [];
  }
  const found = names.flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as { job: string; tasks: number }];
    } catch {
      return [];
    }
  });
  return found.sort((a, b) => Number(a.job) - Number(b.job));
}

/** Words of Slurm for a task that was on a node and ended there by itself. */
const CAME_TO_AN_END = new Set(['COMPLETED', 'FAILED']);

/** Tasks that were on a node, and came to an end without a word in the results folder. */
export const tasksWithoutWord = ({ folder }: SlurmSweep, tasks: readonly SlurmTask[]): readonly SlurmTask[] =>
  tasks.filter((task) => CAME_TO_AN_END.has(task.state) && lastWord(folder, task.id) === null);

/** More tasks would fare as the last ones. @throws FaultError (machine) */
async function refuseUnshared(sweep: SlurmSweep, queued: readonly SlurmTask[]): Promise<void> {
  const last = submissions(sweep.folder).at(-1);
  if (last === undefined) return;
  const known = queued.some(({ id }) => id.startsWith(`${last.job}_`)) ? queued : await accounted([last.job]);
  const own = known.filter(({ id }) => id.startsWith(`${last.job}_`));
  const silent = tasksWithoutWord(sweep, own);
  if (silent.length > 0 && silent.length === own.length) {
    // Once told, the next try is taken as a cure.
    await rm(join(sweep.folder, `${last.job}.job`), { force: true });
    throw unshared(sweep, silent);
  }
}

/** The fault of tasks that could not even say that they are there. */
export function unshared({ folder }: SlurmSweep, silent: readonly SlurmTask[]): FaultError {
  const nodes = [...new Set(silent.map(({ node }) => node))].sort().join(', ');
  const tasks = silent.length === 1 ? `task ${silent[0]!.id}` : `${formatCount(silent.length)} tasks`;
  return new FaultError(
    {
      place: displayPath(folder),
      problem: `${tasks} on ${nodes} ended without a word here: the folder is not shared with the nodes, or cannot be written there`,
      cure: 'choose results on a file system that all nodes share, with --out; then launch again',
    },
    ExitCode.machine,
  );
}
