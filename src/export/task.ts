/** A frozen task: a spec, and the SHA-256 of the sessions that it must present, so that scores are of the same test everywhere. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Prepared } from '../data/index.ts';
import { type Evaluation, evaluate } from '../evaluation/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { readPredictions } from '../results/index.ts';
import { makePlan } from '../run/index.ts';
import { csvCells, displayPath, formatCount, plural } from '../text/index.ts';
import { type Presentation, presentationHash, presentPart } from './presentation.ts';

/** Beside the specs of tasks: the hash of the test sessions of each. */
export const HASHES_FILE = 'hashes.csv';

/** What the test sessions of a task must be: SHA-256, see presentationHash. @throws FaultError where nothing says it */
export function frozenHash(spec: string): string {
  const file = join(dirname(spec), HASHES_FILE);
  const task = basename(spec, '.json');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const hash = lines.map((line) => csvCells(line) ?? []).find(([name]) => name === task)?.[1];
  if (hash !== undefined) return hash;
  throw new FaultError({
    place: displayPath(spec),
    problem: `is not frozen: ${displayPath(file)} has no line for ${task}`,
    cure: 'name a spec of experiments/tasks, or add the hash that "sessionlab export" prints of its test sessions',
  });
}

/**
 * The test sessions of a task.
 *
 * @param expected see frozenHash
 * @throws FaultError (data) when they are not the frozen ones; Interrupted
 */
export async function presentTask(
  prepared: Prepared,
  place: string,
  expected: string,
  check: () => void,
): Promise<Presentation> {
  const plan = makePlan(prepared);
  const seed = prepared.resolved.spec.seeds[0]!;
  const shown = await presentPart(prepared, plan, { part: 'test', seed, epoch: 1 }, check);
  const hash = presentationHash(shown);
  if (hash === expected) return shown;
  throw new FaultError(
    {
      place: displayPath(place),
      problem: `its test sessions are ${hash.slice(0, 12)}, but frozen were ${expected.slice(0, 12)}`,
      cure: 'use the spec, the data and the version of sessionlab that froze it',
    },
    ExitCode.data,
  );
}

/** What a table of predictions is worth. */
export interface TaskScore {
  readonly path: string;
  readonly evaluation: Evaluation;
  /** How often anomalous sessions of each kind were called anomalous. */
  readonly byKind: readonly { readonly kind: string; readonly sessions: number; readonly called: number }[];
}

/**
 * Scores predictions of the test sessions of a task. Labels and kinds are the task's; the table needs the columns "session",
 * "label" and p_<class>, a line for each test session, in any order.
 *
 * @throws FaultError (data) when a session is missing, twice or foreign, or a label is not the task's
 */
export async function scoreTask(shown: Presentation, path: string): Promise<TaskScore> {
  const table = await readPredictions(path);
  const refuse = (problem: string, cure: string) =>
    new FaultError({ place: displayPath(path), problem, cure }, ExitCode.data);
  const { sessions, classes } = table;
  if (sessions === null)
    throw refuse(
      'there is no column "session"',
      'keep that of the exported sessions: the task is joined by it',
    );
  const rowOf = new Map(Array.from(sessions, (session, row) => [session, row]));
  if (rowOf.size < sessions.length)
    throw refuse(`${plural(sessions.length - rowOf.size, 'session')} twice`, 'write a line for each session');
  const missing = shown.session.filter((session) => !rowOf.has(session)).length;
  if (missing > 0 || rowOf.size > shown.N)
    throw refuse(
      `${plural(missing, 'session')} of ${formatCount(shown.N)} missing, ${plural(rowOf.size - (shown.N - missing), 'session')} not of the task`,
      'predict the sessions of test.npz, all of them and no other',
    );
  const unknown = shown.classes.filter((name) => !classes.includes(name));
  if (unknown.length > 0 || classes.length > shown.classes.length)
    throw refuse(
      `has the classes ${classes.join(', ')}, expected ${shown.classes.join(', ')}`,
      'name a column p_<class> for each class of the task',
    );
  const C = shown.classes.length;
  const probabilities = new Float32Array(shown.N * C);
  const calls = new Map(shown.kinds.map((kind) => [kind, { kind, sessions: 0, called: 0 }]));
  const columns = shown.classes.map((name) => classes.indexOf(name));
  for (let i = 0; i < shown.N; i++) {
    const row = rowOf.get(shown.session[i]!)!;
    if (classes[table.labels[row]!] !== shown.classes[shown.label[i]!])
      throw refuse(
        `session ${shown.session[i]} has the label "${classes[table.labels[row]!]}", the task has "${shown.classes[shown.label[i]!]}"`,
        'keep the labels of the exported sessions',
      );
    for (let c = 0; c < C; c++) probabilities[i * C + c] = table.probabilities[row * C + columns[c]!]!;
    const best = probabilities.subarray(i * C, (i + 1) * C);
    const counted = calls.get(shown.kinds[shown.kind[i]!]!)!;
    counted.sessions++;
    // As everywhere: among equally probable classes the first is predicted.
    if (best.indexOf(Math.max(...best)) > 0) counted.called++;
  }
  const evaluation = evaluate({ labels: shown.label, probabilities, classes: shown.classes });
  return { path, evaluation, byKind: [...calls.values()] };
}
