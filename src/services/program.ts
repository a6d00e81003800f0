/** Starts other programs so that none outlives this one. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

const windows = process.platform === 'win32';
const running = new Set<ChildProcess>();

/** How a program ended, and what it wrote. */
export interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

/** Ends a program and all that it has started. */
export function killProgram(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    // Its own group, see startProgram.
    if (windows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function killAll(): void {
  for (const child of running) killProgram(child);
}

/** Starts a program in a group of its own: a Ctrl-C at the terminal reaches only us, and we decide. */
export function startProgram(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  if (!process.listeners('exit').includes(killAll)) process.on('exit', killAll);
  const child = spawn(program, args, { ...options, detached: !windows, windowsHide: true });
  running.add(child);
  child.on('error', () => running.delete(child));
  child.on('exit', () => running.delete(child));
  return child;
}

/** Runs a program to its end; a missing program is a failure like any other. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = startProgram(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (ok: boolean, last = '') =>
      resolve({ ok, output: Buffer.concat(chunks).toString('utf8') + last });
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => end(false, error.message));
    child.on('close', (code) => end(code === 0));
  });
}

/** The line of a failure that tells the most: the last that speaks of an error, else the last. */
export function tailOf(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => /error|not found|no such|cannot|unable|no space/i.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? 'no output').slice(0, 200);
}

/** The environment without what would steer a Python program or an MLflow of ours. */
export function plainEnvironment(given: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(MLFLOW|_MLFLOW|PYTHON|VIRTUAL_ENV)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...given };
}
