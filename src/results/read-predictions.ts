/** Reads tables of predictions back: those of a run, or of anybody else. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { BaselineScores } from '../baseline/index.ts';
import { displayPath, Protocol } from '../capture/index.ts';
import { applicationOf, type Predictions } from '../evaluation/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { csvCells } from '../text/index.ts';

/** N sessions as a table has them; null for what it has no column for. */
export interface ReadPredictions extends Predictions {
  /** 'normal' first. */
  readonly kindNames: readonly string[];
  /** [N] */
  readonly kinds: Uint8Array;
  readonly applications: readonly string[] | null;
  readonly pairKnown: Uint8Array | null;
  readonly baselines: readonly BaselineScores[];
}

const NORMAL = 'normal';
const SCORE = 'score_';
/** Classes and kinds are numbered with a byte. */
const MOST = 256;

/**
 * A table with a column `label` (the actual class) and a column `p_<class>` for every class, `p_normal` among them. It may
 * have the others that predictions.csv has: `kind`, `application` (or `protocol` and `responder`), `pair`, and
 * `score_<baseline>`, which is above 0 for what the baseline calls anomalous.
 *
 * @throws FaultError (data) when it cannot be read or something in it is wrong, with the line
 */
export async function readPredictions(path: string): Promise<ReadPredictions> {
  const file = displayPath(path);
  let reader: Reader | null = null;
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      number++;
      const place = `${file}: line ${number}`;
      const cells = csvCells(number === 1 ? line.replace(/^\ufeff/, '') : line);
      if (cells === null)
        throw fault(place, 'a quote does not end', 'write CSV as of RFC 4180, a session a line');
      if (reader === null) reader = createReader(cells, file);
      else if (line !== '') reader.add(cells, place);
    }
  } catch (error) {
    if (error instanceof FaultError || !(error instanceof Error) || !('code' in error)) throw error;
    throw fault(
      file,
      `cannot be read (${String(error.code)})`,
      'name a predictions.csv, or the folder of a run',
    );
  }
  if (reader === null) throw fault(file, 'is empty', 'its first line must name the columns');
  return reader.end();
}

function fault(place: string, problem: string, cure: string): FaultError {
  return new FaultError({ place, problem, cure }, ExitCode.data);
}

type Reader = ReturnType<typeof createReader>;

function createReader(columns: readonly string[], file: string) {
  const at = (name: string): number => columns.indexOf(name);
  const head = `${file}: line 1`;
  const needed = (name: string): number => {
    if (at(name) >= 0) return at(name);
    const near = suggest(name, columns);
    const cure = near === undefined ? 'name it in the first line' : `did you mean "${near}"?`;
    throw fault(head, `there is no column "${name}"`, cure);
  };
  const [labelAt, normalAt] = [needed('label'), needed(`p_${NORMAL}`)];
  const others = columns.flatMap((name, i) => (name.startsWith('p_') && i !== normalAt ? [i] : []));
  const probabilityAt = [normalAt, ...others];
  const classes = probabilityAt.map((i) => columns[i]!.slice(2));
  if (classes.length < 2 || classes.length > MOST)
    throw fault(
      head,
      `has ${classes.length} columns p_<class>, must be from 2 to ${MOST}`,
      'add p_anomalous',
    );
  const [kindAt, applicationAt, pairAt] = [at('kind'), at('application'), at('pair')];
  const [protocolAt, responderAt] = [at('protocol'), at('responder')];
  const scoreAt = columns.flatMap((name, i) => (name.startsWith(SCORE) ? [i] : []));
  const hasApplication = applicationAt >= 0 || (protocolAt >= 0 && responderAt >= 0);

  const labels: number[] = [];
  const kinds: number[] = [];
  const kindNames = [NORMAL];
  const kindNumbers = new Map([[NORMAL, 0]]);
  const probabilities: number[] = [];
  const applications: string[] = [];
  const pairs: number[] = [];
  const scores = scoreAt.map((): number[] => []);
  const numberOf = (text: string, column: number, place: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw fault(
      place,
      `${columns[column]} is "${text.slice(0, 40)}", expected a number`,
      'correct the table',
    );
  };
  return {
    add(cells: readonly string[], place: string): void {
      if (cells.length !== columns.length)
        throw fault(place, `has ${cells.length} cells, expected ${columns.length}`, 'correct the table');
      const label = classes.indexOf(cells[labelAt]!);
      if (label < 0) {
        const known = classes.map((name) => `p_${name}`).join(', ');
        throw fault(place, `the label "${cells[labelAt]}" is no class of ${known}`, 'correct the table');
      }
      labels.push(label);
      const kind = kindAt >= 0 ? cells[kindAt]! : classes[label]!;
      if (!kindNumbers.has(kind)) {
        if (kindNames.length === MOST)
          throw fault(place, `the kind "${kind}" is the ${MOST + 1}th`, 'use fewer');
        kindNumbers.set(kind, kindNames.length);
        kindNames.push(kind);
      }
      kinds.push(kindNumbers.get(kind)!);
      for (const i of probabilityAt) {
        const p = numberOf(cells[i]!, i, place);
        if (p < 0 || p > 1.000001)
          throw fault(place, `${columns[i]} is ${p}, expected a number from 0 to 1`, 'correct the table');
        probabilities.push(p);
      }
      if (applicationAt >= 0) applications.push(cells[applicationAt]!);
      else if (hasApplication) applications.push(applicationBy(cells[protocolAt]!, cells[responderAt]!));
      if (pairAt >= 0) {
        const pair = cells[pairAt]!;
        if (pair !== 'known' && pair !== 'new')
          throw fault(place, `pair is "${pair}", expected known or new`, 'correct the table');
        pairs.push(pair === 'known' ? 1 : 0);
      }
      scoreAt.forEach((i, s) => {
        scores[s]!.push(numberOf(cells[i]!, i, place));
      });
    },
    end(): ReadPredictions {
      if (labels.length === 0) throw fault(file, 'has no sessions', 'add a line for each');
      return {
        labels: Uint8Array.from(labels),
        probabilities: Float32Array.from(probabilities),
        classes,
        ...inOrder(kinds, kindNames, classes),
        applications: hasApplication ? applications : null,
        pairKnown: pairAt >= 0 ? Uint8Array.from(pairs) : null,
        baselines: scores.map((list, s) => {
          const scored = Float32Array.from(list);
          return {
            name: columns[scoreAt[s]!]!.slice(SCORE.length),
            says: `the column ${columns[scoreAt[s]!]}`,
            ranks: scored.some((score) => Math.abs(score) !== 1),
            scores: scored,
            called: Uint8Array.from(scored, (score) => (score > 0 ? 1 : 0)),
          };
        }),
      };
    },
  };
}

/** Kinds in the order of the classes, then the others by name: what comes first in the file does not matter. */
function inOrder(kinds: readonly number[], found: readonly string[], classes: readonly string[]) {
  const others = found.filter((name) => !classes.includes(name)).sort();
  const kindNames = [...classes.filter((name) => found.includes(name)), ...others];
  const number = found.map((name) => kindNames.indexOf(name));
  return { kindNames, kinds: Uint8Array.from(kinds, (kind) => number[kind]!) };
}

/** @param responder `10.0.0.5:443` */
function applicationBy(protocol: string, responder: string): string {
  const port = Number(responder.slice(responder.lastIndexOf(':') + 1));
  return applicationOf(protocol === 'tcp' ? Protocol.tcp : Protocol.udp, port);
}
