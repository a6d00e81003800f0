/**
 * Runs all tests with node:test and ends with its summary. A process takes a second to load what it tests, and there are
 * two hundred files: the files of a folder share one, but for those that take long, which begin first.
 *
 * node test/run.mjs                        everything
 * node test/run.mjs test/spec test/run     these folders
 * node test/run.mjs test/spec/*.test.ts    these files, each in a process of its own
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Files that have a process of their own: the longest first, so that no core is left alone with one in the end. */
const ALONE = [
  'run/kills',
  'sweep/workers',
  'run/process',
  'engine/replay',
  'run/experiment',
  'run/choices',
  // It changes the working directory of its process.
  'command/data',
  // It measures the memory of its process.
  'run/memory',
].map((name) => `${name}.test.ts`);

const here = dirname(fileURLToPath(import.meta.url));
const given = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'sessionlab-tests-'));
const folders = given
  .filter((path) => statSync(path).isDirectory())
  .map((path) => relative(here, resolve(path)));
const entries =
  given.length > folders.length
    ? given
    : groups()
        .filter(([file]) => folders.length === 0 || folders.includes(dirname(file)))
        .map(writeEntry);
const reporter = process.stdout.isTTY ? 'spec' : 'tap';
const child = spawn(
  process.execPath,
  [
    ...['--import', 'tsx', '--test', `--test-reporter=${reporter}`],
    ...[`--test-concurrency=${availableParallelism()}`, ...entries],
  ],
  { cwd: dirname(here), stdio: 'inherit' },
);
// Ctrl-C reaches the child, too; its summary is waited for.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? (signal ? 1 : 0));
});

/** The files of a process each, in the order in which the processes begin. */
function groups() {
  const files = readdirSync(here, { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
  const missing = ALONE.filter((name) => !files.includes(name));
  if (missing.length > 0) throw new Error(`test/run.mjs names ${missing.join(', ')}, which is not there`);
  const together = new Map();
  for (const name of files.filter((file) => !ALONE.includes(file)))
    together.set(dirname(name), [...(together.get(dirname(name)) ?? []), name]);
  return [...ALONE.map((name) => [name]), ...together.values()];
}

/** Writes a module that imports the files; node:test takes its files in the order of their names. */
function writeEntry(files, index) {
  const name =
    files.length === 1 ? files[0].replace('/', '-').replace('.ts', '') : `${dirname(files[0])}.test`;
  const path = join(folder, `${String(index).padStart(2, '0')} ${name}.mjs`);
  const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(join(here, file)).href)};\n`);
  writeFileSync(path, imports.join(''));
  return path;
}
