/** The benchmark's side of the channel to a peer. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Command } from './peers.ts';
import { cleanEnvironment } from './program.ts';
import type { CheckAnswer, MeasureAnswer, PeerAnswer, PeerRequest, ReadyAnswer } from './protocol.ts';

/** A started program that answers. */
export interface PeerChannel {
  readonly ready: ReadyAnswer;
  /** @throws Error when it does not answer in time, ends, or says that it failed */
  check(): Promise<CheckAnswer>;
  measure(mode: 'train' | 'infer', batch: number, seconds: number): Promise<MeasureAnswer>;
  /** Ends it. */
  end(): Promise<void>;
}

/** Compilation can take minutes. */
const PATIENCE = 600_000;

/** Threads for every library that any of them uses, and nothing else that steers them. */
function threadEnvironment(threads: number): Readonly<Record<string, string>> {
  const n = String(threads);
  return {
    PEER_THREADS: n,
    OMP_NUM_THREADS: n,
    MKL_NUM_THREADS: n,
    OPENBLAS_NUM_THREADS: n,
    TF_NUM_INTRAOP_THREADS: n,
    TF_NUM_INTEROP_THREADS: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
    JAX_PLATFORMS: 'cpu',
    PYTHONDONTWRITEBYTECODE: '1',
    // glibc otherwise gives large buffers back to the system after every step and gets them anew; keeping them makes
    // PyTorch train 20% faster and hinders nobody.
    MALLOC_MMAP_MAX_: '0',
    MALLOC_TRIM_THRESHOLD_: '8000000000',
    MALLOC_TOP_PAD_: '100000000',
    // What JAX's CPU client takes for the number of processors.
    NPROC: n,
    PJRT_NPROC: n,
  };
}

/**
 * Starts a program and waits until it is ready.
 *
 * @throws Error when it ends before
 */
export async function startPeer(command: Command, threads: number, folder: string): Promise<PeerChannel> {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(command.program, command.args, {
    cwd: folder,
    env: cleanEnvironment(threadEnvironment(threads)),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  child.stdin.on('error', () => undefined); // it has ended, which the next answer will say
  let failure: Error | undefined;
  const closed = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      failure = error;
      resolve();
    });
    child.on('close', (code, signal) => {
      const last = errors.trim().split('\n').at(-1) ?? '';
      failure ??= new Error(
        `it ended (${signal ?? `exit ${code}`})${last === '' ? '' : `: ${last.slice(0, 200)}`}`,
      );
      resolve();
    });
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function next(): Promise<PeerAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`no answer within ${PATIENCE / 1000} s`));
      }, PATIENCE);
    });
    try {
      const line = await Promise.race([lines.next(), late]);
      if (line.done !== true) return JSON.parse(line.value) as PeerAnswer;
      await closed;
      throw failure ?? new Error('it ended');
    } finally {
      clearTimeout(timer);
    }
  }

  async function ask<A extends PeerAnswer>(request: PeerRequest): Promise<A> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await next();
    if ('error' in answer) throw new Error(answer.error);
    return answer as A;
  }

  const ready = await next();
  if (!('ready' in ready)) throw new Error('its first line does not say that it is ready');
  return {
    ready,
    check: () => ask({ do: 'check' }),
    measure: (mode, batch, seconds) => ask({ do: 'measure', mode, batch, seconds }),
    async end() {
      child.stdin.end(`${JSON.stringify({ do: 'quit' })}\n`);
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await closed;
      clearTimeout(timer);
    },
  };
}
