/** What sessionlab can use where it is there, and does without otherwise. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../network/index.ts';
import { importTfjsNode } from '../network/index.ts';

export interface Service {
  readonly name: string;
  readonly found: boolean;
  /** Its version or place, or what is missing. */
  readonly detail: string;
  /** What it is for. */
  readonly purpose: string;
}

/** Looks for all of them. */
export async function findServices(env: Environment): Promise<readonly Service[]> {
  return Promise.all([
    program(env, 'git', 'names the code version in results'),
    program(env, 'python3', 'runs the peers that our speed is compared with'),
    program(env, 'uv', 'installs the packages of these peers'),
    tfjsNode(env),
    trackingServer(env),
    program(env, 'sbatch', 'Slurm: runs the seeds of an experiment as jobs of a cluster'),
  ]);
}

async function program(env: Environment, name: string, purpose: string): Promise<Service> {
  const path = findProgram(env, name);
  if (path === undefined) return { name, found: false, detail: 'not in PATH', purpose };
  return { name, found: true, detail: (await firstLine(path)) ?? path, purpose };
}

/** The path of a program that PATH leads to. */
function findProgram(env: Environment, name: string): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    for (const file of names) {
      const path = join(folder, file);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // The next folder may have it.
      }
    }
  }
  return undefined;
}

/** What a program says of its version; undefined when it does not answer. */
function firstLine(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 5000 }, (error, stdout) => {
      const line = stdout.split('\n')[0]?.trim() ?? '';
      resolve(error === null && line !== '' ? line : undefined);
    });
  });
}

async function tfjsNode(env: Environment): Promise<Service> {
  const name = '@tensorflow/tfjs-node';
  const purpose = 'runs the tfjs engine on TensorFlow; without it that engine is plain JavaScript, and slow';
  try {
    const module = await importTfjsNode(env);
    return { name, found: true, detail: versionOf(module) ?? 'loads', purpose };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const absent = /MODULE_NOT_FOUND$/.test(String(code));
    const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    return { name, found: false, detail: absent ? 'not installed' : `does not load: ${reason}`, purpose };
  }
}

function versionOf(module: unknown): string | undefined {
  if (typeof module !== 'object' || module === null || !('version' in module)) return undefined;
  const { version } = module;
  if (typeof version !== 'object' || version === null || !('tfjs-node' in version)) return undefined;
  return String(version['tfjs-node']);
}

function trackingServer(env: Environment): Service {
  const address = env.MLFLOW_TRACKING_URI;
  const found = address !== undefined && address !== '';
  return {
    name: 'MLflow',
    found,
    detail: found ? withoutPassword(address) : 'MLFLOW_TRACKING_URI is not set',
    purpose: 'shows the metrics of runs while they go on',
  };
}

/** An address may hold a user's password, which is nobody else's business. */
function withoutPassword(address: string): string {
  return address.replace(/^([a-z+]+:\/\/)[^@/]*@/i, '$1…@');
}
