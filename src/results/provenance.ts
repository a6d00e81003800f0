/** Where a result comes from: the code and the machine. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a version of the code is called. */
export interface CodeVersion {
  /** Of package.json. */
  readonly version: string;
  /** The git commit; null outside of a clone. */
  readonly commit: string | null;
  /** Files that differ from the commit, also new ones; null without a commit. */
  readonly changedFiles: number | null;
}

/** What computed. */
export interface CodeFacts extends Pick<CodeVersion, 'version' | 'commit'> {
  /** Whether files differ from the commit; null without one. */
  readonly modified: boolean | null;
  /** SHA-256 of all source files: the same code has the same one, committed or not. */
  readonly source: string;
  /**
   * SHA-256 of what of it can change a number: all but what only shows, sends, measures or starts. Results of the same
   * code by this hash are the same results.
   */
  readonly numeric: string;
}

/** Where it was computed. */
export interface MachineFacts {
  readonly platform: string;
  readonly architecture: string;
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly node: string;
  readonly v8: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

let running: Promise<CodeFacts> | undefined;

/** The code that is running: what was there when it was first asked for, whatever is edited meanwhile. */
export function codeFacts(): Promise<CodeFacts> {
  running ??= readCodeFacts();
  return running;
}

async function readCodeFacts(): Promise<CodeFacts> {
  const { version, commit, changedFiles } = await codeVersion();
  const modified = changedFiles === null ? null : changedFiles > 0;
  return { version, commit, modified, source: sourceHash([]), numeric: numericHash() };
}

/**
 * Folders and files of src/ that no number depends on: they show, send, measure, start, lock, find, or say what is wrong.
 * In a folder that is not here as a whole, each file is for itself. What is new counts, until it is known to be silent.
 */
const SILENT = new Set([
  ...[
    'bench',
    'command',
    'export',
    'fault',
    'http',
    'report',
    'score',
    'services',
    'serve',
    'sweep',
    'tracking',
  ],
  ...['cli.ts', 'index.mjs', 'index.ts', 'sessionlab.mjs', 'setup.mjs', 'write-types.mjs'],
  // Not bytes.ts: the order of the bytes of weights.
  ...[
    'clock',
    'file',
    'folder',
    'index',
    'leftovers',
    'lock',
    'path-bytes',
    'process-identity',
    'refusal',
    'results-folder',
    'user',
    'whole-file',
  ].map((name) => `disk/${name}.ts`),
  // Not csv.ts, how the numbers of a table are written, nor encoding.ts, how labels are read.
  ...['address', 'format', 'index', 'outside', 'path', 'progress', 'table'].map((name) => `text/${name}.ts`),
  // Not what is hashed or written: hash, predictions, safetensors, tables.
  ...[
    'attention',
    'attention-card',
    'audit',
    'check',
    'contacts',
    'data-of',
    'files',
    'find',
    'finished',
    'index',
    'intact',
    'journal',
    'presentations',
    'provenance',
    'read-predictions',
    'record',
    'seal',
    'table-text',
    'verify',
  ].map((name) => `results/${name}.ts`),
]);
/** Packages that numbers come from. */
const NUMERIC = ['seedrandom', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'];

/** See CodeFacts. */
export function numericHash(at = root): string {
  const files = sourceFiles(at).filter((file) => !SILENT.has(file) && !SILENT.has(file.split('/')[0]!));
  const versions = NUMERIC.map((name) => {
    const path = join(at, 'node_modules', name, 'package.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version : null;
  });
  return createHash('sha256')
    .update(`${hashFiles(at, files)}\n${JSON.stringify(versions)}`)
    .digest('hex');
}

/** The version of the code as it is now. */
export async function codeVersion(): Promise<CodeVersion> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const unknown = { version, commit: null, changedFiles: null };
  // A repository above ours, which we were installed into, is not our code.
  if (!existsSync(join(root, '.git'))) return unknown;
  // Without a lock on the index, which a process that is killed would leave behind.
  const git = async (...args: string[]) =>
    (
      await promisify(execFile)('git', ['--no-optional-locks', ...args], {
        cwd: root,
        timeout: 5000,
        windowsHide: true,
      })
    ).stdout.trim();
  try {
    const [commit, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')];
    return { version, commit, changedFiles: changes === '' ? 0 : changes.split('\n').length };
  } catch {
    return unknown;
  }
}

/** What the build leaves in the source folder. */
const BUILT = 'engine/native/build/';

/** Paths of all source files below src/, sorted. */
function sourceFiles(at: string): readonly string[] {
  const src = join(at, 'src');
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(src, join(parentPath, name)).replaceAll('\\', '/'))
    .filter((file) => !file.startsWith(BUILT))
    .sort();
}

function hashFiles(at: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(at, 'src', file));
    hash.update(`${file}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * SHA-256 (hex) of the paths and contents of all source files in these folders of src/, or in all of it.
 *
 * @param folders none for all
 */
export function sourceHash(folders: readonly string[]): string {
  const files = sourceFiles(root);
  return hashFiles(
    root,
    folders.length === 0 ? files : files.filter((file) => folders.includes(file.split('/')[0]!)),
  );
}

/** The machine that we are on. */
export function machineFacts(): MachineFacts {
  return {
    platform: process.platform,
    architecture: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    node: process.versions.node,
    v8: process.versions.v8,
  };
}
