/**
 * The channel to the benchmark, from the side of a peer that runs on Node: a request a line on standard
 * input, an answer a line on standard output. python/worker.py is the same for Python.
 */
import { createInterface } from 'node:readline';
import type { CheckAnswer, Mode, PeerAnswer, PeerRequest } from './protocol.ts';

/** One that is measured. */
export interface Participant {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  /** Losses from the given weights, and after steps of Adam. */
  check(): CheckAnswer;
  /** What does one batch: number i of `batches`, which follow each other around. */
  runner(mode: Mode, size: number): { readonly batches: number; readonly run: (i: number) => void };
}

/** Answers requests until there are no more. */
export async function serve(participant: Participant): Promise<void> {
  const answer = (value: PeerAnswer): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
  const { name, versions, notes } = participant;
  answer({ ready: name, versions, notes });
  const runners = new Map<string, ReturnType<Participant['runner']>>();
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as PeerRequest;
    if (request.do === 'quit') break;
    try {
      if (request.do === 'check') answer(participant.check());
      else answer(measure(request.mode, request.batch, request.seconds));
    } catch (error) {
      answer({ error: String(error) });
    }
  }

  function measure(mode: Mode, size: number, seconds: number): { sessions: number; seconds: number } {
    const key = `${mode} ${size}`;
    let runner = runners.get(key);
    if (runner === undefined) {
      runner = participant.runner(mode, size);
      runners.set(key, runner);
      for (let i = 0; i < Math.min(runner.batches, 10); i++) runner.run(i);
    }
    runner.run(0);
    let done = 0;
    let elapsed = 0;
    for (const start = performance.now(); elapsed < 1000 * seconds; elapsed = performance.now() - start)
      runner.run(done++ % runner.batches);
    return { sessions: done * size, seconds: elapsed / 1000 };
  }
}
