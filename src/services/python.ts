/** A Python environment of our own, with pinned packages, made when it is needed first. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import { plainEnvironment, type Ran, runProgram, tailOf } from './program.ts';

/** The MLflow that is tested with. */
export const MLFLOW = 'mlflow[auth]==3.17.2';

/** What that MLflow needs at least. */
const LEAST_PYTHON = [3, 10] as const;

const windows = process.platform === 'win32';

export interface PythonEnvironment {
  readonly python: string;
}

/** Whether the environment is there with these packages. */
function isReady(folder: string, packages: readonly string[]): boolean {
  const { stamp, python } = places(folder);
  return existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === stampText(packages);
}

function places(folder: string) {
  const at = resolve(folder);
  return {
    python: join(at, windows ? 'Scripts/python.exe' : 'bin/python'),
    stamp: join(at, '.sessionlab-packages'),
  };
}

const stampText = (packages: readonly string[]): string => `${packages.join('\n')}\n`;

/**
 * The environment in a folder, made by uv where it is there, else by Python itself, with these packages.
 *
 * @param say told what takes long
 * @throws FaultError (machine) when there is no Python, or the packages cannot be had
 */
export async function pythonEnvironment(
  folder: string,
  packages: readonly string[],
  say: (line: string) => void,
): Promise<PythonEnvironment> {
  const { python, stamp } = places(folder);
  if (isReady(folder, packages)) return { python };
  const uv = (await runProgram('uv', ['--version'])).ok;
  const host = uv ? null : await findPython();
  say(
    `installing ${packages.join(', ')} into ${folder} with ${uv ? 'uv' : 'pip'}: about 850 MB, a minute or two …`,
  );
  rmSync(stamp, { force: true });
  mkdirSync(dirname(resolve(folder)), { recursive: true });
  const env = plainEnvironment();
  if (uv) {
    check(
      await runProgram(
        'uv',
        ['venv', '--clear', '--quiet', '--python', `>=${LEAST_PYTHON.join('.')}`, resolve(folder)],
        { env },
      ),
      'uv venv',
    );
    check(
      await runProgram('uv', ['pip', 'install', '--quiet', '--python', python, ...packages], { env }),
      'uv pip install',
    );
  } else {
    if (!(await runProgram(python, ['-m', 'pip', '--version'], { env })).ok) {
      check(await runProgram(host!, ['-m', 'venv', '--clear', resolve(folder)], { env }), `${host} -m venv`);
    }
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
    check(await runProgram(python, args, { env }), 'pip install');
  }
  writeFileSync(stamp, stampText(packages));
  return { python };
}

function check({ ok, output }: Ran, what: string): void {
  if (ok) return;
  const venv = /ensurepip|python3-venv/.test(output);
  const space = /no space left/i.test(output);
  throw new FaultError(
    {
      place: what,
      problem: `failed: ${tailOf(output)}`,
      cure: venv
        ? 'install the package python3-venv, or uv'
        : space
          ? 'free some space, 1 GB is needed'
          : 'is there a network? A server elsewhere can be named with MLFLOW_TRACKING_URI',
    },
    ExitCode.machine,
  );
}

/** The first Python that is new enough. */
async function findPython(): Promise<string> {
  const names = windows
    ? ['python', 'py']
    : ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  const seen: string[] = [];
  for (const name of names) {
    const { ok, output } = await runProgram(name, ['-c', 'import sys; print(*sys.version_info[:2])']);
    if (!ok) continue;
    const [major = 0, minor = 0] = output.trim().split(' ').map(Number);
    if (major > LEAST_PYTHON[0] || (major === LEAST_PYTHON[0] && minor >= LEAST_PYTHON[1])) return name;
    seen.push(`${name} is ${major}.${minor}`);
  }
  const least = LEAST_PYTHON.join('.');
  throw new FaultError(
    {
      place: 'python',
      problem:
        seen.length === 0
          ? 'there is none on this machine'
          : `${seen.join(', ')}, but ${least} or later is needed`,
      cure: `install Python ${least} or later, or uv; or name a server elsewhere with MLFLOW_TRACKING_URI; \`sessionlab mlflow export\` needs neither`,
    },
    ExitCode.machine,
  );
}
