/** What sessionlab can use where it is there, and does without otherwise. */
import { execFile } from 'node:child_process';
import { importTfjsNode } from '../network/index.ts';
import { withoutPassword } from '../text/index.ts';

export interface OptionalProgram {
  readonly name: string;
  readonly found: boolean;
  /** Its version or place, or what is missing. */
  readonly detail: string;
  /** What it is for. */
  readonly purpose: string;
}

/** Looks for all of them. */
export async function findOptionalPrograms(env: NodeJS.ProcessEnv): Promise<readonly OptionalProgram[]> {
  return Promise.all([
    program(env, 'git', 'names the code version in results'),
    program(env, 'python3', 'runs the peers that our speed is compared with'),
    program(env, 'uv', 'installs the packages of these peers'),
    tfjsNode(env),
    trackingServer(env),
    program(env, 'sbatch', 'Slurm: runs the seeds of an experiment as jobs of a cluster'),
  ]);
}

/** Starts it as a shell would, by PATH, and takes the first line of what it says of its version. */
function program(env: NodeJS.ProcessEnv, name: string, purpose: string): Promise<OptionalProgram> {
  return new Promise((resolve) => {
    execFile(name, ['--version'], { env: { ...env }, timeout: 5000 }, (error, stdout) => {
      const found = error === null || !['ENOENT', 'EACCES'].includes(String(error.code));
      const line = error === null ? stdout.split('\n')[0]!.trim() : '';
      resolve({ name, found, detail: found ? line || 'in PATH' : 'not in PATH', purpose });
    });
  });
}

async function tfjsNode(env: NodeJS.ProcessEnv): Promise<OptionalProgram> {
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

function trackingServer(env: NodeJS.ProcessEnv): OptionalProgram {
  const address = env.MLFLOW_TRACKING_URI;
  const found = address !== undefined && address !== '';
  return {
    name: 'MLflow',
    found,
    detail: found ? withoutPassword(address) : 'MLFLOW_TRACKING_URI is not set',
    purpose: 'shows the metrics of runs while they go on',
  };
}
