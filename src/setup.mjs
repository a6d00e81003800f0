/**
 * Installs and builds what is missing, so that `npm start` and `npm test` work on a fresh clone. Does nothing, in a few
 * milliseconds, when everything is there. Plain JavaScript: it runs before anything is installed.
 *
 * node src/setup.mjs               install packages and build the native engine if needed
 * node src/setup.mjs --build-only  only build (used by `npm ci` itself)
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const buildOnly = process.argv.includes('--build-only');

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(
    `sessionlab: Node ${process.versions.node} is too old: it needs Node 20 or later (nodejs.org)`,
  );
  process.exit(4);
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
const mark = join(root, 'node_modules', '.sessionlab-lock');

if (!buildOnly && !(existsSync(mark) && readFileSync(mark, 'utf8') === lockHash())) {
  console.error('sessionlab: installing packages (npm ci) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error(
      'sessionlab: npm ci failed, see above; is there a network, or a proxy to configure for npm?',
    );
    process.exit(4);
  }
  writeFileSync(mark, lockHash());
}

const { buildNative } = await import('./engine/native/build.mjs');
const { status, message } = await buildNative();
if (status !== 'fresh') console.error(`sessionlab: ${message}`);
