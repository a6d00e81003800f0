/**
 * A real Slurm on this machine for tests: a controller and two node daemons on loopback, everything below one temporary
 * folder. The second node has a host name of its own, and sees nothing in the folder `hidden`, as a machine does that
 * shares some file systems and not others.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/services/index.ts';

/** Daemons are not in the PATH of everybody. */
const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

const find = (program: string): boolean =>
  PATH.split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));

/** What is missing for a cluster; null where all is there. */
export function missingForSlurm(): string | null {
  const programs = ['slurmctld', 'slurmd', 'munged', 'sbatch', 'squeue', 'scontrol', 'scancel', 'unshare'];
  const missing = programs.filter((program) => !find(program));
  if (missing.length > 0) return `no ${missing.join(', ')}: install the packages slurm-wlm and munge`;
  return process.getuid?.() === 0 ? null : 'a node with a host name of its own takes root';
}

export interface Cluster {
  /** For programs of Slurm, and for ours. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder that the second node sees empty, and cannot write. */
  readonly hidden: string;
  /** Runs a program of Slurm; what it wrote. @throws when it fails */
  ask(program: string, ...args: readonly string[]): string;
  /** Kills the second node with all that runs on it, as a power cut does. */
  cut(): void;
  /** Starts it again. */
  mend(): Promise<void>;
  /** Cancels all jobs, and waits until the nodes are idle. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-slurm-'));
  // munge wants all on the way to its socket to be open for everybody.
  chmodSync(folder, 0o755);
  const at = (...parts: readonly string[]) => join(folder, ...parts);
  for (const name of ['munge', 'state', 'log', 'hidden']) mkdirSync(at(name));
  chmodSync(at('munge'), 0o711);
  writeFileSync(at('munge', 'key'), randomBytes(128), { mode: 0o400 });
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  writeFileSync(at('slurm.conf'), configuration(folder, ports));
  const env = { ...(process.env as Record<string, string>), PATH, SLURM_CONF: at('slurm.conf') };

  const started: ChildProcess[] = [];
  const start = (program: string, ...args: readonly string[]) => {
    const child = spawn(program, [...args], { env, stdio: 'ignore', detached: true });
    started.push(child);
    return child;
  };
  // Ctrl-C and failed assertions leave no daemon behind.
  process.once('exit', () => {
    for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  });
  const ask = (program: string, ...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, [...args], { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const munge = at('munge', 'socket');
  start(
    'munged',
    '--foreground',
    '--force',
    ...[
      `--socket=${munge}`,
      `--key-file=${at('munge', 'key')}`,
      `--seed-file=${at('munge', 'seed')}`,
      `--pid-file=${at('munge', 'pid')}`,
      `--log-file=${at('log', 'munged')}`,
    ],
  );
  await until('munged', () => existsSync(munge));
  start('slurmctld', '-D');
  start('slurmd', '-D', '-N', 'n1');
  const second = () =>
    start(
      'unshare',
      ...['--uts', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
      `hostname n2 && mount -t tmpfs -o ro none '${at('hidden')}' && exec slurmd -D -N n2`,
    );
  let node = second();
  const idle = () => {
    try {
      return ask('sinfo', '--noheader', '--Node', '--format=%T').trim() === 'idle\nidle';
    } catch {
      return false;
    }
  };
  const log = () => readFileSync(at('log', 'slurmctld'), 'utf8').slice(-2000);
  await until('the nodes', idle, log);
  return {
    env,
    hidden: at('hidden'),
    ask,
    cut: () => void process.kill(node.pid!, 'SIGKILL'),
    async mend() {
      node = second();
      await until('the second node', idle, log);
    },
    async clear() {
      ask('scancel', `--user=${userInfo().username}`);
      await until('idle nodes', idle, log);
    },
    async stop() {
      try {
        ask('scancel', `--user=${userInfo().username}`);
        await until('the end of all jobs', () => ask('squeue', '--noheader') === '');
      } catch {
        // it is stopped in any case
      }
      for (const child of started.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = new Promise((done) => child.once('exit', done));
        // unshare passes nothing on but its own death.
        child.kill(child.spawnfile === 'unshare' ? 'SIGKILL' : 'SIGTERM');
        await Promise.race([ended, sleep(5000).then(() => child.kill('SIGKILL'))]);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function until(what: string, is: () => boolean, why = () => ''): Promise<void> {
  for (let waited = 0; !is(); waited += 100) {
    if (waited > 60_000) throw new Error(`${what}: waited for a minute. ${why()}`);
    await sleep(100);
  }
}

function configuration(folder: string, [controller, first, second]: readonly [number, number, number]) {
  const { username } = userInfo();
  return `ClusterName=test
SlurmctldHost=localhost
SlurmctldPort=${controller}
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/socket
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/log/slurmctld
SlurmdLogFile=${folder}/log/slurmd-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
KillWait=15
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=${first} CPUs=1
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=${second} CPUs=1
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`;
}
