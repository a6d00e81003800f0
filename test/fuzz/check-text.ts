/** Reads a damaged text as the product does: it is read, or refused with faults that a user can use. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCaptures } from '../../src/capture/index.ts';
import { sha256 } from '../../src/disk/index.ts';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { type LabelFormat, readLabels, readRules } from '../../src/label/index.ts';
import {
  parseRecord,
  readEvaluation,
  readJournal,
  readRecord,
  readSpec,
  verifyRun,
} from '../../src/results/index.ts';
import { readCheckpoint } from '../../src/run/checkpoint.ts';
import { evaluateTable } from '../../src/run/index.ts';
import { loadManifestFile, loadSweep } from '../../src/spec/index.ts';
import type { TextCase } from './mutate-text.ts';
import { IDENTITY, type Kind, RUN } from './texts.ts';

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
  if (kind === 'checkpoint') return checkpointReaders(path, bytes);
  writeFileSync(path, bytes);
  return READERS[kind](path);
}

const READERS: Readonly<Record<Exclude<Kind, 'names' | 'checkpoint'>, (path: string) => readonly Reader[]>> =
  {
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
  return [() => readCheckpoint(path, IDENTITY)];
}

/** Files with these names, as far as a file can have them, and then the names as patterns. */
function namesReaders(folder: string, bytes: Uint8Array): readonly Reader[] {
  // No pattern may look through the machine.
  const names = new TextDecoder()
    .decode(bytes)
    .split('\n')
    .slice(0, 15)
    .filter((name) => !/\.\.|(?:^|[{,])\//.test(name));
  const files = join(folder, 'files');
  rmSync(files, { recursive: true, force: true });
  mkdirSync(files);
  for (const name of names) {
    const path = join(files, name);
    if (name.includes('\0') || name === '' || relative(files, path).startsWith('..')) continue;
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
  return [() => findCaptures([files], folder), ...names.map((name) => () => findCaptures([name], files))];
}
