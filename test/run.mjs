/** Runs all tests with node:test and ends with its summary. Node 20 takes no glob, so the files are listed here. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const given = process.argv.slice(2);
const files =
  given.length > 0
    ? given
    : readdirSync(here, { recursive: true })
        .filter((f) => f.endsWith('.test.ts'))
        .sort()
        .map((f) => join(here, f));
const reporter = process.stdout.isTTY ? 'spec' : 'tap';
const child = spawn(
  process.execPath,
  ['--import', 'tsx', `--test-reporter=${reporter}`, '--test', ...files],
  {
    cwd: dirname(here),
    stdio: 'inherit',
  },
);
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
