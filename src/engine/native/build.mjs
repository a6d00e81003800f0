/**
 * Builds the native engine with the system's C++ compiler, when its sources or flags have changed.
 *
 * Deliberately not node-gyp: that needs Python and a download of Node's headers. Node-API is a stable C interface, its
 * headers come as a package, and six compiler calls are all there is to do.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, 'build');
export const addonPath = join(output, 'sessionlab.node');
const stampPath = join(output, 'stamp.json');

/** Where an engine that was built elsewhere lies, of this platform: with the hash of the sources that it was built of. */
export const prebuiltFolder = (root = join(here, '..', '..', '..', 'prebuilt')) => {
  const musl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return join(root, `${process.platform}${musl ? '-musl' : ''}-${process.arch}`);
};

const common = ['-std=c++20', '-O3', '-ffp-contract=off', '-fno-math-errno', '-fPIC', '-fvisibility=hidden'];
const warnings = ['-Wall', '-Wextra', '-Wno-maybe-uninitialized', '-Wno-psabi', '-Wno-ignored-attributes'];

/** Variants of the kernels by processor, with the flags that unlock their instructions. */
export const variants = {
  x64: {
    portable: [],
    avx2: ['-DVARIANT_AVX2', '-mavx2', '-mfma'],
    avx512: ['-DVARIANT_AVX512', '-mavx512f', '-mavx512dq', '-mavx512vl', '-mavx2', '-mfma'],
  },
  arm64: { portable: [], neon: ['-DVARIANT_NEON'] },
};

/** The files that the addon is made of. */
function sources() {
  const code = ['.', 'kernels'].flatMap((folder) =>
    readdirSync(join(here, folder))
      .filter((name) => /\.(h|cc)$/.test(name))
      .sort()
      .map((name) => join(here, folder, name)),
  );
  return [...code, fileURLToPath(import.meta.url)];
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error) reject(Object.assign(error, { output: `${stdout}${stderr}` }));
      else resolve(stdout);
    });
  });
}

/** The first C++ compiler that answers: $CXX, c++, g++, clang++. */
async function findCompiler() {
  const names = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  for (const name of names) {
    try {
      return { name, version: (await run(name, ['--version'])).split('\n')[0] };
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}

/** Takes an engine that was built elsewhere, if it is of these sources, whole, and can be loaded here. @returns its compiler */
export function takePrebuilt(stamp, folder = prebuiltFolder(), into = output) {
  const [from, to] = [join(folder, 'sessionlab.node'), join(into, 'sessionlab.node')];
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    const theirs = JSON.parse(readFileSync(join(folder, 'stamp.json'), 'utf8'));
    const sum = createHash('sha256').update(readFileSync(from)).digest('hex');
    if (theirs.stamp !== stamp || theirs.sha256 !== sum) return undefined;
    mkdirSync(into, { recursive: true });
    copyFileSync(from, temporary);
    createRequire(import.meta.url)(from);
    renameSync(temporary, to);
    writeFileSync(join(into, 'stamp.json'), `${JSON.stringify({ ...theirs, prebuilt: true })}\n`);
    return theirs.compiler;
  } catch {
    // There is none, or this system does not load it: it is compiled here.
    rmSync(temporary, { force: true });
    return undefined;
  }
}

/**
 * Builds what is out of date.
 *
 * @returns {Promise<{status: 'fresh' | 'built' | 'none', message: string}>} `none`: there is no native engine, and the
 * message says why and what to do; the reference engine runs instead.
 */
export async function buildNative() {
  const slow =
    'the reference engine (plain TypeScript, the same bits, about a hundred times slower) runs instead';
  const cpu = variants[process.arch] ?? { portable: [] };
  const hash = createHash('sha256');
  for (const file of sources()) hash.update(file.slice(here.length)).update(readFileSync(file));
  hash.update(
    JSON.stringify([
      cpu,
      common,
      process.platform,
      process.arch,
      process.env.CXX ?? '',
      process.env.CXXFLAGS ?? '',
    ]),
  );
  const stamp = hash.digest('hex');
  if (
    existsSync(addonPath) &&
    existsSync(stampPath) &&
    JSON.parse(readFileSync(stampPath, 'utf8')).stamp === stamp
  )
    return { status: 'fresh', message: 'native engine is up to date' };

  const prebuiltBy = takePrebuilt(stamp);
  if (prebuiltBy !== undefined)
    return { status: 'built', message: `native engine: the prebuilt one, by ${prebuiltBy}` };
  if (process.platform === 'win32')
    return { status: 'none', message: `no native engine on Windows yet: ${slow}; WSL has the fast one` };
  const compiler = await findCompiler();
  if (compiler === undefined)
    return {
      status: 'none',
      message: `no C++ compiler found (tried $CXX, c++, g++, clang++): ${slow}; install one (Debian: g++, macOS: xcode-select --install) and run npm start again`,
    };
  mkdirSync(output, { recursive: true });
  const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers');
  const extra = (process.env.CXXFLAGS ?? '').split(' ').filter(Boolean);
  const jobs = [
    { source: join(here, 'binding.cc'), object: join(output, 'binding.o'), flags: [`-I${headers}`] },
    ...Object.entries(cpu).map(([name, flags]) => ({
      source: join(here, 'kernels', 'variant.cc'),
      object: join(output, `${name}.o`),
      flags: [`-DVARIANT=${name}`, ...flags],
    })),
  ];
  try {
    const waiting = [...jobs];
    const worker = async () => {
      for (let job = waiting.shift(); job; job = waiting.shift())
        await run(compiler.name, [
          ...common,
          ...warnings,
          ...extra,
          ...job.flags,
          '-c',
          job.source,
          '-o',
          job.object,
        ]);
    };
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, worker));
    const link =
      process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread'];
    const temporary = `${addonPath}.${process.pid}.tmp`;
    await run(compiler.name, [...link, ...extra, '-o', temporary, ...jobs.map((j) => j.object)]);
    renameSync(temporary, addonPath);
  } catch (error) {
    const log = join(output, 'build.log');
    writeFileSync(log, error.output ?? String(error));
    return {
      status: 'none',
      message: `the native engine did not compile with ${compiler.version} (see ${log}): ${slow}`,
    };
  }
  writeFileSync(
    stampPath,
    `${JSON.stringify({ stamp, compiler: compiler.version, flags: common.join(' ') })}\n`,
  );
  return { status: 'built', message: `native engine built with ${compiler.version}` };
}
