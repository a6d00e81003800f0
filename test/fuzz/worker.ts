/** A process that reads cases one after another, and says which it is at: whoever started it sees when it hangs. */
import { writeFileSync } from 'node:fs';
import { check } from './check.ts';
import { fuzzCase } from './mutate.ts';

/** Of a worker. */
export interface WorkerTask {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Takes every so many cases. */
  readonly step: number;
  /** Where the capture of the case is written. */
  readonly path: string;
}

/** What a worker has to say in the end. */
export interface WorkerReport {
  readonly cases: number;
  readonly refused: number;
  readonly records: number;
  /** Cases of which sessions were made, too, and these. */
  readonly assembled: number;
  readonly sessions: number;
  /** The most memory of the process that was seen, in bytes. */
  readonly memory: number;
  readonly failures: readonly {
    readonly number: number;
    readonly history: readonly string[];
    readonly problem: string;
  }[];
}

const { seed, from, to, step, path } = JSON.parse(process.argv[2]!) as WorkerTask;
/** Of every so manieth case sessions are made, too. */
const ASSEMBLED = 8;
const failures: { number: number; history: readonly string[]; problem: string }[] = [];
let [cases, refused, records, assembled, sessions, memory] = [0, 0, 0, 0, 0, 0];
for (let number = from; number < to && failures.length < 20; number += step) {
  process.send!(number);
  const fuzzed = fuzzCase(seed, number);
  writeFileSync(path, fuzzed.bytes);
  try {
    const assemble = (number / step) % ASSEMBLED < 1;
    const outcome = await check(path, fuzzed, assemble);
    if (assemble) assembled++;
    if (outcome.records === null) refused++;
    records += outcome.records ?? 0;
    sessions += outcome.sessions ?? 0;
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    failures.push({ number, history: fuzzed.history, problem });
  }
  cases++;
  if (cases % 16 === 0) memory = Math.max(memory, process.memoryUsage.rss());
}
process.send!({ cases, refused, records, assembled, sessions, memory, failures } satisfies WorkerReport, () =>
  process.disconnect(),
);
