/**
 * Gets tfjs-node to run, in a folder of its own.
 *
 * Its package downloads libtensorflow when it is installed. Where that download is not to be had, its binding is built
 * from source against the libtensorflow inside the TensorFlow wheel of the Python environment, which is newer.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Ran, tailOf } from '../../src/services/index.ts';
import { runClean } from './program.ts';
import type { Found } from './python-env.ts';

const VERSION = '4.22.0';
const NAME = '@tensorflow/tfjs-node';

/**
 * Installs tfjs-node into a folder, or finds it there.
 *
 * @param wheel the folder of the package `tensorflow` in a Python environment; null where there is none
 */
export async function installTfjsNode(
  folder: string,
  wheel: string | null,
  say: (line: string) => void,
): Promise<Found<string>> {
  if ((await works(folder)).ok) return { found: folder };
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, dependencies: { [NAME]: VERSION } };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);

  say(`tfjs-node: npm install ${NAME}@${VERSION}`);
  const plain = await npm(folder, ['install']);
  const first = plain.ok ? await works(folder) : plain;
  if (first.ok) return { found: folder };
  if (wheel === null)
    return {
      reason: `its installation failed (${tailOf(first.output)}), and there is no TensorFlow wheel to build it against`,
    };

  say('tfjs-node: its download failed; building its binding against the TensorFlow wheel');
  const scripts = await npm(folder, ['install', '--ignore-scripts']);
  if (!scripts.ok) return { reason: `npm install --ignore-scripts failed: ${tailOf(scripts.output)}` };
  const built = await buildAgainst(join(folder, 'node_modules', NAME), wheel);
  if (!built.ok) return { reason: `its binding does not build: ${tailOf(built.output)}` };
  const second = await works(folder);
  return second.ok ? { found: folder } : { reason: `built, but does not run: ${tailOf(second.output)}` };
}

/** The module's own `require`, as a program in the folder would use it. */
export function tfjsNodeRequire(folder: string): NodeJS.Require {
  return createRequire(join(folder, 'package.json'));
}

const PROBE = `const tf = require('${NAME}'); if (tf.matMul([[1, 1]], [[2], [2]]).dataSync()[0] !== 4) throw new Error('1·2 + 1·2 is not 4')`;

async function works(folder: string): Promise<Ran> {
  if (!existsSync(join(folder, 'node_modules', NAME))) return { ok: false, output: 'not installed' };
  return runClean(process.execPath, ['-e', PROBE], { cwd: folder, env: { TF_CPP_MIN_LOG_LEVEL: '2' } });
}

function npm(folder: string, args: readonly string[]): Promise<Ran> {
  const program = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  return runClean(program, [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
}

/** libtensorflow as the binding's build expects it: include files and libraries under deps/. */
async function buildAgainst(packageFolder: string, wheel: string): Promise<Ran> {
  const deps = join(packageFolder, 'deps');
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, 'lib'), { recursive: true });
  symlinkSync(join(wheel, 'include'), join(deps, 'include'));
  const libraries = readdirSync(wheel).filter((name) =>
    /^libtensorflow_(cc|framework)\.(so|\d|dylib)/.test(name),
  );
  for (const part of ['cc', 'framework'] as const) {
    const found = libraries.find((name) => name.startsWith(`libtensorflow_${part}.`));
    if (found === undefined)
      return { ok: false, output: `the TensorFlow wheel has no libtensorflow_${part}` };
    const suffix = found.includes('.dylib') ? '.dylib' : '.so';
    const plain = part === 'cc' ? `libtensorflow${suffix}` : `libtensorflow_framework${suffix}`;
    for (const name of new Set([plain, found])) symlinkSync(join(wheel, found), join(deps, 'lib', name));
  }
  const builder = createRequire(join(packageFolder, 'package.json')).resolve(
    '@mapbox/node-pre-gyp/bin/node-pre-gyp',
  );
  const headers = dirname(dirname(process.execPath));
  const local = existsSync(join(headers, 'include', 'node', 'node_api.h')) ? [`--nodedir=${headers}`] : [];
  return runClean(process.execPath, [builder, 'install', '--build-from-source', ...local], {
    cwd: packageFolder,
  });
}
