/** Python environments of our own, with pinned packages, made when they are needed first. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import { plainEnvironment, type Ran, runProgram, tailOf } from './program.ts';

/** Packages to install. */
export interface PythonPackages {
  /** Distinguishes them from others in the same environment. */
  readonly name: string;
  /** What pip is told to install. */
  readonly args: readonly string[];
  /** A text that changes whenever a pin does. */
  readonly pins: string;
  /** For messages: what is installed, and how much it is. */
  readonly title: string;
}

const mlflow = 'mlflow[auth]==3.17.2';

/** The MLflow that is tested with. */
export const MLFLOW: PythonPackages = {
  name: 'packages',
  args: [mlflow],
  pins: `${mlflow}\n`,
  title: `${mlflow}: about 850 MB, a minute or two`,
};

/** What that MLflow needs at least. */
const LEAST_PYTHON = [3, 10] as const;

const windows = process.platform === 'win32';

export interface PythonEnvironment {
  readonly python: string;
  readonly folder: string;
}

/** The environment in a folder, without looking whether it is there. */
export function environmentIn(folder: string): PythonEnvironment {
  const at = resolve(folder);
  return { folder: at, python: join(at, windows ? 'Scripts/python.exe' : 'bin/python') };
}

/**
 * The environment in a folder, made by uv where it is there, else by Python itself, with these packages.
 *
 * @param say told what takes long
 * @throws FaultError (machine) when there is no Python, or the packages cannot be had
 */
export async function pythonEnvironment(
  folder: string,
  { name, args, pins, title }: PythonPackages,
  say: (line: string) => void,
): Promise<PythonEnvironment> {
  const environment = environmentIn(folder);
  const { python, folder: at } = environment;
  const stamp = join(at, `.sessionlab-${name}`);
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === pins) return environment;
  const env = plainEnvironment();
  const run = async (what: string, program: string, ...rest: readonly string[]): Promise<void> =>
    check(await runProgram(program, rest, { env }), what);
  const uv = (await runProgram('uv', ['--version'])).ok;
  const usable = await runProgram(python, uv ? ['--version'] : ['-m', 'pip', '--version'], { env });
  const host = uv || usable.ok ? null : await findPython();
  say(`installing ${title} into ${folder} with ${uv ? 'uv' : 'pip'} …`);
  rmSync(stamp, { force: true });
  mkdirSync(dirname(at), { recursive: true });
  if (host !== null) await run(`${host} -m venv`, host, '-m', 'venv', '--clear', at);
  else if (!usable.ok)
    await run('uv venv', 'uv', 'venv', '--clear', '--quiet', '--python', `>=${LEAST_PYTHON.join('.')}`, at);
  if (uv) await run('uv pip install', 'uv', 'pip', 'install', '--quiet', '--python', python, ...args);
  else
    await run(
      'pip install',
      python,
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args],
    );
  writeFileSync(stamp, pins);
  return environment;
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
