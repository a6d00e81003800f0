/** Reads a damaged text as the product does: it is read, or refused with faults that a user can use. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTally } from '../../src/anomaly/counts.ts';
import { findCaptures } from '../../src/capture/index.ts';
import { pathOf, sha256, systemPath } from '../../src/disk/index.ts';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { type LabelFormat, readLabels, readRules } from '../../src/label/index.ts';
import {
  continueJournal,
  findFinished,
  findRun,
  findRuns,
  listRuns,
  parseRecord,
  readEvaluation,
  readJournal,
  readRecord,
  readSpec,
  verifyRun,
} from '../../src/results/index.ts';
import { readCheckpoint } from '../../src/run/checkpoint.ts';
import { misfitOfTraining } from '../../src/run/checkpoint-state.ts';
import { evaluateTable } from '../../src/run/index.ts';
import { loadManifestFile, loadSweep } from '../../src/spec/index.ts';
import type { TextCase } from './mutate-text.ts';
import { IDENTITY, type Kind, RUN, SIZE } from './texts.ts';

const JOURNAL = readFileSync(fileURLToPath(new URL('journal.jsonl', RUN)));
/** After the last line of the journal as it was. */
const JOURNAL_END = {
  bytes: JOURNAL.length,
  lines: JOURNAL.toString().split('\n').length - 1,
  digest: sha256(JOURNAL),
};

/** A message is for a human. */
const LONGEST = 7000;

/**
 * @param folder where the text is written
 * @returns whether all that reads it took it
 * @throws what is wrong
 */
export async function checkText(folder: string, text: TextCase): Promise<boolean> {
  let taken = true;
  for (const read of readersOf(folder, text)) {
    try {
      await read();
    } catch (error) {
      checkFault(error);
      taken = false;
    }
  }
  return taken;
}

function checkFault(error: unknown): void {
  if (!(error instanceof FaultError)) throw error;
  assert.ok(error.exitCode === ExitCode.usage || error.exitCode === ExitCode.data, error.message);
  assert.ok(error.faults.length > 0);
  for (const line of error.message.split('\n'))
    assert.ok(line.length <= LONGEST, `a message of ${line.length} characters`);
  for (const { place, problem, cure } of error.faults) {
    assert.ok(place !== '' && problem !== '' && cure !== '', error.message);
  }
}

type Reader = () => unknown;

function readersOf(folder: string, { kind, name, bytes }: TextCase): readonly Reader[] {
  const path = join(folder, kind, name);
  if (kind === 'run') cpSync(fileURLToPath(RUN), dirname(path), { recursive: true });
  else mkdirSync(dirname(path), { recursive: true });
  if (kind === 'names') return namesReaders(dirname(path), bytes);
  if (kind === 'results') return resultsReaders(dirname(path), bytes);
  if (kind === 'checkpoint') return checkpointReaders(path, bytes);
  if (kind === 'journal') return journalReaders(path, bytes);
  writeFileSync(path, bytes);
  return READERS[kind](path);
}

type Simple = Exclude<Kind, 'names' | 'results' | 'checkpoint' | 'journal'>;

const READERS: Readonly<Record<Simple, (path: string) => readonly Reader[]>> = {
  // As loadSpec, which refuses sweeps besides.
  spec: (path) => [() => loadSweep(path)],
  manifest: (path) => [() => loadManifestFile(path)],
  rules: (path) => [() => readRules(path)],
  labels(path) {
    const format =
      ['iscx2012', 'cicids2017', 'ctu13'].find((known) => path.includes(`/${known}.`)) ?? 'table';
    return [() => readLabels([path], format as LabelFormat)];
  },
  attention: (path) => [
    () => {
      for (const [i, line] of readFileSync(path, 'utf8').split('\n').entries())
        if (line !== '') parseRecord(line, `${path}: line ${i + 1}`);
    },
  ],
  run(path) {
    const folder = dirname(path);
    const file = (name: string) => join(folder, name);
    return [
      () => readRecord(folder),
      () => readSpec(folder),
      () => readEvaluation(folder),
      () => readJournal(file('journal.jsonl')),
      () => verifyRun(folder),
      () => evaluateTable(file('predictions.csv'), file('validation.csv'), 'f1'),
    ];
  },
};

/** The hash stands before what it is of: of damaged bytes, too, or nothing behind it is ever read. */
function checkpointReaders(path: string, bytes: Uint8Array): readonly Reader[] {
  writeFileSync(
    path,
    [`sessionlab checkpoint 1 ${sha256(bytes)}\n`, Buffer.from(bytes).toString('latin1')].join(''),
    'latin1',
  );
  return [
    () => {
      const found = readCheckpoint(path, IDENTITY);
      if (found === null || 'refused' in found) return;
      const { kinds, ...size } = SIZE;
      misfitOfTraining(found.state.learning, { ...size, tally: createTally(kinds) });
    },
  ];
}

/** Goes on with a journal from several places in it, and holds what then stands there against what was said. */
function journalReaders(path: string, bytes: Uint8Array): readonly Reader[] {
  const ends = [0, ...[...bytes].flatMap((byte, at) => (byte === 0x0a ? [at + 1] : []))];
  const at = (share: number): number => Math.floor(share * (ends.length - 1));
  const positions = [at(0), at(0.4), at(1)].map((lines) => ({
    ...{ lines, bytes: ends[lines]! },
    digest: sha256(bytes.subarray(0, ends[lines]!)),
  }));
  return [...positions, JOURNAL_END].map((from) => () => {
    writeFileSync(path, bytes);
    const journal = continueJournal(path, from, () => 0);
    assert.equal(
      journal === null,
      from === JOURNAL_END && !Buffer.from(bytes).subarray(0, from.bytes).equals(JOURNAL),
    );
    if (journal === null) return;
    journal.append({ type: 'end', resultHash: 'x' });
    const { position } = journal;
    journal.close();
    const written = readFileSync(path);
    assert.equal(position.lines, from.lines + 1);
    assert.equal(position.digest, sha256(written.subarray(0, position.bytes)));
    readJournal(path);
  });
}

/** A results folder with these files, and what its names find in it. */
function resultsReaders(folder: string, bytes: Uint8Array): readonly Reader[] {
  const names = linesOf(bytes).filter((name) => !name.includes('..') && !name.startsWith('/'));
  const results = join(folder, 'results');
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  for (const [i, name] of names.entries())
    makeFile(results, name, i % 2 === 0 ? '{}' : readFileSync(fileURLToPath(new URL('run.json', RUN))));
  const asked = ['all', 'latest', ...names, ...names.map((name) => name.slice(0, name.lastIndexOf('/')))];
  return [
    () => listRuns(results),
    ...asked.flatMap((name) =>
      [findRuns, findFinished, findRun].map((find) => () => {
        try {
          find(name, results);
        } catch (error) {
          // Not all that is there is a run, also where nothing is damaged.
          checkFault(error);
        }
      }),
    ),
  ];
}

/** At most fifteen, since a text may have very many. */
const linesOf = (bytes: Uint8Array): readonly string[] => pathOf(Buffer.from(bytes)).split('\n').slice(0, 15);

/** Makes a file as far as one can have this name. */
function makeFile(folder: string, name: string, content: string | Uint8Array): void {
  const path = join(folder, name);
  if (name.includes('\0') || name === '' || relative(folder, path).startsWith('..')) return;
  try {
    mkdirSync(systemPath(dirname(path)), { recursive: true });
    writeFileSync(systemPath(path), content);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** Files with these names, as far as a file can have them, and then the names as patterns. */
function namesReaders(folder: string, bytes: Uint8Array): readonly Reader[] {
  // No pattern may look through the machine.
  const names = linesOf(bytes).filter((name) => !/\.\.|(?:^|[{,])\//.test(name));
  const files = join(folder, 'files');
  rmSync(files, { recursive: true, force: true });
  mkdirSync(files);
  const capture = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  for (const name of names) makeFile(files, name, capture);
  return [() => findCaptures([files], folder), ...names.map((name) => () => findCaptures([name], files))];
}
