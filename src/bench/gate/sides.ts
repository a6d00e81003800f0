/** The two sides of a gate: the code as it is here, and that of a revision, each compiled into a folder of its own. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { removeTemporary } from '../../disk/index.ts';
import { ExitCode, FaultError } from '../../fault/index.ts';
import { runProgram, tailOf } from '../../services/index.ts';
import { projectFolder } from '../machine.ts';
import type { SidePlace } from './worker.ts';

const PREFIX = 'sessionlab-gate-';

/** What a gate works in, and what it leaves behind: nothing. */
export interface GateFolder {
  readonly path: string;
  /** The compiled worker. */
  readonly worker: string;
  remove(): Promise<void>;
}

/**
 * A folder for temporary files with the compiled worker in it.
 *
 * @param worker the module that serves
 */
export async function openGateFolder(
  worker = fileURLToPath(new URL('./worker-main.ts', import.meta.url)),
): Promise<GateFolder> {
  removeTemporary(tmpdir(), PREFIX);
  const path = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const revision = join(path, 'revision');
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  await compile(path, [worker], { entryNames: 'worker' });
  copyFileSync(new URL('./child-time.cjs', import.meta.url), join(path, 'child-time.cjs'));
  return {
    path,
    worker: join(path, 'worker.mjs'),
    async remove() {
      if (existsSync(revision)) await git('worktree', 'remove', '--force', revision);
      process.off('exit', remove);
      remove();
    },
  };
}

/** The commit that a name means. @throws FaultError (usage) */
export async function commitOf(revision: string): Promise<string> {
  const { ok, output } = await git(
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  );
  if (ok) return output.trim();
  const shallow = (await git('rev-parse', '--is-shallow-repository')).output.trim() === 'true';
  throw new FaultError({
    place: `--against git:${revision}`,
    problem: existsSync(join(projectFolder, '.git'))
      ? 'git knows no such commit'
      : 'this is no clone of the project',
    cure: shallow
      ? 'this clone has no history: clone it with all of it (fetch-depth: 0)'
      : 'name a branch, a tag or a commit that `git log` shows',
  });
}

/**
 * Checks a revision out, installs and builds it.
 *
 * @returns its root
 * @throws FaultError (machine) when it cannot be built
 */
export async function buildRevision(folder: GateFolder, commit: string): Promise<string> {
  const root = join(folder.path, 'revision');
  // Of gates that were killed: their folders are gone.
  await git('worktree', 'prune');
  const added = await git('worktree', 'add', '--detach', '--force', root, commit);
  if (!added.ok) throw notBuilt(commit, added.output);
  const same = (file: string): boolean => {
    const [here, there] = [join(projectFolder, file), join(root, file)];
    return existsSync(here) && existsSync(there) && readFileSync(here).equals(readFileSync(there));
  };
  if (same('package-lock.json'))
    symlinkSync(join(projectFolder, 'node_modules'), join(root, 'node_modules'), 'junction');
  else {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const options = { cwd: root, shell: process.platform === 'win32' };
    const installed = await runProgram(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options);
    if (!installed.ok) throw notBuilt(commit, installed.output);
  }
  // Where the sources of the engine are the same, what was built of them here is up to date there.
  const engine = join('src', 'engine', 'native', 'build');
  if (existsSync(join(projectFolder, engine)))
    cpSync(join(projectFolder, engine), join(root, engine), { recursive: true });
  const built = await runProgram(process.execPath, ['src/setup.mjs', '--build-only'], { cwd: root });
  if (!built.ok) throw notBuilt(commit, built.output);
  return root;
}

/** Compiles what is timed of the code below a root, so that a process that uses it starts fast. */
export async function compileSide(
  folder: GateFolder,
  name: string,
  root: string,
  threads: number,
): Promise<SidePlace> {
  const code = join(folder.path, name);
  const captures = join(code, 'captures');
  mkdirSync(captures, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(code, 'node_modules'), 'junction');
  const bench = join(root, 'src', 'bench');
  await compile(code, [join(bench, 'fixture.ts'), join(bench, 'suites', '*.ts')], { outbase: bench });
  return { code, captures, threads };
}

/** Bundles modules; packages stay where they are, and paths beside a source file, too. */
async function compile(
  into: string,
  entryPoints: string[],
  names: Pick<BuildOptions, 'entryNames' | 'outbase'>,
): Promise<void> {
  await build({
    ...names,
    entryPoints,
    outdir: into,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    logLevel: 'silent',
    plugins: [ownAddress],
  });
}

/** In a bundle, a module has still the address of its source. */
const ownAddress: Plugin = {
  name: 'own address',
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      loader: 'ts',
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
    }));
  },
};

function notBuilt(commit: string, output: string): FaultError {
  return new FaultError(
    {
      place: `--against git:${commit.slice(0, 10)}`,
      problem: `it cannot be built here: ${tailOf(output)}`,
      cure: 'name another revision',
    },
    ExitCode.machine,
  );
}

const git = (...args: readonly string[]) => runProgram('git', args, { cwd: projectFolder });
