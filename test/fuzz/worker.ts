/** A process that reads cases one after another, and says which it is at: whoever started it sees when it hangs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './check.ts';
import { checkText } from './check-text.ts';
import { fuzzCase } from './mutate.ts';
import { textCase } from './mutate-text.ts';

/** Of a worker. */
export interface WorkerTask {
  readonly what: 'captures' | 'texts';
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Takes every so many cases. */
  readonly step: number;
  /** Where the cases are written. */
  readonly folder: string;
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

const { what, seed, from, to, step, folder } = JSON.parse(process.argv[2]!) as WorkerTask;
/** Of every so manieth case sessions are made, too. */
const ASSEMBLED = 8;
const failures: { number: number; history: readonly string[]; problem: string }[] = [];
let [cases, refused, records, assembled, sessions, memory] = [0, 0, 0, 0, 0, 0];
const one = { captures: oneCapture, texts: oneText }[what];
mkdirSync(folder, { recursive: true });
for (let number = from; number < to && failures.length < 20; number += step) {
  process.send!(number);
  const history: string[] = [];
  try {
    await one(number, history);
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    failures.push({ number, history, problem });
  }
  cases++;
  if (cases % 16 === 0) memory = Math.max(memory, process.memoryUsage.rss());
}
process.send!({ cases, refused, records, assembled, sessions, memory, failures } satisfies WorkerReport, () =>
  process.disconnect(),
);

async function oneCapture(number: number, history: string[]): Promise<void> {
  const fuzzed = fuzzCase(seed, number);
  history.push(...fuzzed.history);
  const path = join(folder, 'case.pcap');
  writeFileSync(path, fuzzed.bytes);
  const assemble = (number / step) % ASSEMBLED < 1;
  const outcome = await check(path, fuzzed, assemble);
  if (assemble) assembled++;
  if (outcome.records === null) refused++;
  records += outcome.records ?? 0;
  sessions += outcome.sessions ?? 0;
}

async function oneText(number: number, history: string[]): Promise<void> {
  const text = textCase(seed, number);
  history.push(...text.history);
  if (!(await checkText(folder, text))) refused++;
}
