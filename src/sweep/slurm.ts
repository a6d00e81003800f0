/** Slurm's own programs: what they are asked and what they say. */
import { execFile } from 'node:child_process';
import { userName } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';

/** Milliseconds: a controller that is busy takes its time, one that is gone must not hold us up for ever. */
const PATIENCE = 60_000;

interface Said {
  readonly code: number | 'missing' | 'silent';
  readonly out: string;
  readonly err: string;
}

function ask(program: string, args: readonly string[], patience = PATIENCE): Promise<Said> {
  const env = { ...process.env, LC_ALL: 'C', SLURM_TIME_FORMAT: 'standard' };
  const options = { timeout: patience, maxBuffer: 1 << 28, env, windowsHide: true };
  return new Promise((done) => {
    execFile(program, [...args], options, (error, out, err) => {
      const failed = error as (Error & { code?: number | string; killed?: boolean }) | null;
      if (failed === null) done({ code: 0, out, err });
      else if (failed.code === 'ENOENT') done({ code: 'missing', out, err });
      else if (failed.killed === true) done({ code: 'silent', out, err });
      else done({ code: typeof failed.code === 'number' ? failed.code : 1, out, err: err || failed.message });
    });
  });
}

/** What a program of Slurm said when it refused, on one line and without its name. */
export const wordsOf = (err: string): string =>
  err
    .split('\n')
    .map((line) => line.replace(/^\w+: (?:error: |fatal: )?/, '').trim())
    .filter((line) => line !== '')
    .join('; ');

function check(program: string, { code, out, err }: Said, cure: string): string {
  if (code === 0) return out;
  const missing = `there is no ${program} in PATH`;
  const silent = `${program} gave no answer for ${PATIENCE / 1000} s`;
  const problem =
    code === 'missing' ? missing : code === 'silent' ? silent : `${program} refuses: ${wordsOf(err)}`;
  const elsewhere = 'use a machine from which jobs are submitted to the cluster, or --launcher local';
  throw new FaultError(
    {
      place: 'slurm',
      problem,
      cure:
        code === 'missing'
          ? elsewhere
          : code === 'silent'
            ? 'is the controller up? `scontrol ping` tells'
            : cure,
    },
    ExitCode.machine,
  );
}

/**
 * Submits a job script.
 *
 * @returns the number of the job
 * @throws FaultError (machine) with sbatch's own words when it refuses
 */
export async function submit(args: readonly string[], script: string): Promise<string> {
  const cure =
    'change what the cluster is asked for: --partition, --time, --memory, --sbatch, "slurm" of the spec';
  const out = check('sbatch', await ask('sbatch', ['--parsable', ...args, script]), cure);
  const job = /^(\d+)(;.*)?$/m.exec(out.trim())?.[1];
  if (job !== undefined) return job;
  throw new FaultError(
    { place: 'slurm', problem: `sbatch gave no number of a job, but ${JSON.stringify(out.slice(0, 200))}` },
    ExitCode.machine,
  );
}

/** A task of an array, as Slurm sees it. */
export interface SlurmTask {
  /** `<job>_<task>`. */
  readonly id: string;
  /** Slurm's word: RUNNING, PENDING, COMPLETED, … */
  readonly state: string;
  /** Why it waits, or ended. */
  readonly reason: string;
  readonly node: string;
}

/** Words for tasks that have a place in the queue or on a node. */
const ACTIVE = new Set([
  'PENDING',
  'RUNNING',
  'CONFIGURING',
  'COMPLETING',
  'SUSPENDED',
  'STOPPED',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'RESV_DEL_HOLD',
  'RESIZING',
  'SIGNALING',
  'STAGE_OUT',
  'SPECIAL_EXIT',
]);

export const isActive = ({ state }: Pick<SlurmTask, 'state'>): boolean => ACTIVE.has(state);

/** Tasks of squeue, with lines `<job>|<task>|<state>|<reason>|<node>`. */
export function parseQueue(out: string): readonly SlurmTask[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [job = '', task = '', state = '', reason = '', node = ''] = line.split('|');
      return { id: `${job}_${task}`, state, reason: reason === 'None' ? '' : reason, node };
    });
}

/**
 * The tasks of the jobs of a name: those in the queue, and those that ended a short time ago.
 *
 * @throws FaultError (machine) when Slurm does not answer
 */
export async function queue(name: string): Promise<readonly SlurmTask[]> {
  const args = ['--noheader', '--array', '--states=all', `--user=${userName()}`, `--name=${name}`];
  const said = await ask('squeue', [...args, '--format=%F|%K|%T|%r|%N']);
  return parseQueue(check('squeue', said, 'is the controller up? `scontrol ping` tells'));
}

/** What the accounting knows of jobs; nothing where there is none. */
export async function accounted(jobs: readonly string[]): Promise<readonly SlurmTask[]> {
  const args = ['--noheader', '--parsable2', '--allocations', `--jobs=${jobs.join(',')}`];
  const { code, out } = await ask('sacct', [...args, '--format=JobID,State,NodeList'], 10_000);
  if (code !== 0) return [];
  return out
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([id = '']) => /^\d+_\d+$/.test(id))
    .map(([id = '', state = '', node = '']) => ({ id, state: state.split(' ')[0]!, reason: '', node }));
}

/** Cancels all jobs of a name. @throws FaultError (machine) */
export async function cancelJobs(name: string): Promise<void> {
  const said = await ask('scancel', ['--quiet', `--user=${userName()}`, `--name=${name}`]);
  check('scancel', said, 'see the jobs with squeue, and cancel them by their numbers');
}

/** The highest number that a task of an array may have, and one more; Slurm's default where it does not say. */
export async function mostTasks(): Promise<number> {
  const { out } = await ask('scontrol', ['show', 'config']);
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(out)?.[1] ?? 1001);
}
