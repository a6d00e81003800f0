/** An MLflow server of our own on this machine, for those who have none, and for tests. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import { killProgram, plainEnvironment, startProgram, tailOf } from './program.ts';

export interface ServerOptions {
  /** A Python that has MLflow. */
  readonly python: string;
  /** Database, artifacts and log. */
  readonly folder: string;
  /** A free one by default. */
  readonly port?: number;
  /** More for the server's command line and environment. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it must answer. */
  readonly patience?: number;
}

export interface MlflowServer {
  readonly address: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** Stops it, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Starts a server and waits until it answers. It listens on 127.0.0.1 only, runs no jobs, reports to nobody, and takes one
 * worker process instead of four: 480 MB instead of 1.8 GB.
 *
 * @throws FaultError (machine) when it does not come up
 */
export async function startMlflow(options: ServerOptions): Promise<MlflowServer> {
  const folder = resolve(options.folder);
  mkdirSync(join(folder, 'artifacts'), { recursive: true });
  const port = options.port ?? (await freePort());
  const address = `http://127.0.0.1:${port}`;
  const database = `sqlite:///${join(folder, 'mlflow.db')}`;
  const log = join(folder, 'server.log');
  const output = openSync(log, 'a');
  const args = [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', database, '--artifacts-destination', join(folder, 'artifacts')],
    ...(options.args ?? []),
  ];
  const child = startProgram(options.python, args, {
    // Not the user's folder: an mlruns folder there would be taken for a store.
    cwd: folder,
    stdio: ['ignore', output, output],
    env: plainEnvironment({
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      ...options.env,
    }),
  });
  closeSync(output);
  let ended = false;
  const exited = new Promise<void>((done) => {
    child.on('exit', () => done());
    child.on('error', () => done());
  }).then(() => {
    ended = true;
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (ended) return;
    killProgram(child, signal);
    const last = setTimeout(() => killProgram(child), 10_000);
    await exited;
    clearTimeout(last);
  };
  const deadline = performance.now() + (options.patience ?? 120_000);
  while (!ended && performance.now() < deadline) {
    if (await answers(address)) return { address, port, process: child, stop };
    await new Promise((done) => setTimeout(done, 100));
  }
  const problem = ended ? `ended at once: ${tailOf(textOf(log))}` : 'does not answer';
  await stop('SIGKILL');
  throw new FaultError(
    { place: 'mlflow server', problem, cure: `its log ${log} says more` },
    ExitCode.machine,
  );
}

/** Whether a server answers that it is well. */
export async function answers(address: string): Promise<boolean> {
  try {
    const reply = await fetch(`${address}/health`, { signal: AbortSignal.timeout(5000) });
    return reply.ok && (await reply.text()).trim() === 'OK';
  } catch {
    return false;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(-20_000);
  } catch {
    return '';
  }
}
