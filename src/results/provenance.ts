/** Where a result comes from: the code and the machine. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sha256 } from '../disk/index.ts';

/** What computed. */
export interface CodeFacts {
  /** Of package.json. */
  readonly version: string;
  /** The git commit, and whether files differ from it; null outside of a clone. */
  readonly commit: string | null;
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
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { version, ...(await gitFacts()), source: sourceHash([]), numeric: numericHash() };
}

/** Folders and files of src/ that no number depends on. */
const SILENT = ['bench', 'command', 'services', 'tracking', 'cli.ts', 'sessionlab.mjs', 'setup.mjs'];
/** Packages that numbers come from. */
const NUMERIC = ['seedrandom', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'];

/** See CodeFacts. What is new counts, until it is known to be silent. */
export function numericHash(): string {
  const tops = readdirSync(join(root, 'src')).filter((name) => !SILENT.includes(name));
  const versions = NUMERIC.map((name) => {
    const path = join(root, 'node_modules', name, 'package.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version : null;
  });
  return sha256(`${sourceHash(tops)}\n${JSON.stringify(versions)}`);
}

async function gitFacts(): Promise<Pick<CodeFacts, 'commit' | 'modified'>> {
  const unknown = { commit: null, modified: null };
  // A repository above ours, which we were installed into, is not our code.
  if (!existsSync(join(root, '.git'))) return unknown;
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: root, timeout: 5000, windowsHide: true })).stdout.trim();
  try {
    const [commit, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')];
    return { commit, modified: changes !== '' };
  } catch {
    return unknown;
  }
}

/** What the build leaves in the source folder. */
const BUILT = join('engine', 'native', 'build');

/**
 * SHA-256 (hex) of the paths and contents of all source files in these folders of src/, or in all of it.
 *
 * @param folders none for all
 */
export function sourceHash(folders: readonly string[]): string {
  const src = join(root, 'src');
  const tops = folders.length === 0 ? [''] : folders;
  const hash = createHash('sha256');
  const files = tops.flatMap((top) =>
    (readdirSync(join(src, top), { recursive: true }) as string[]).map((name) => join(top, name)),
  );
  for (const file of files.filter((f) => !f.startsWith(BUILT)).sort()) {
    if (!statSync(join(src, file)).isFile()) continue;
    const bytes = readFileSync(join(src, file));
    hash.update(`${file.replaceAll('\\', '/')}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
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
