import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CELLS, type Cell, referenceKernels } from '../../src/engine/index.ts';
import { buildNative, variants } from '../../src/engine/native/build.mjs';
import { createNetwork, initialize, type NetworkShape } from '../../src/network/index.ts';
import { randomBatch } from '../support/batch.ts';
import { record } from '../support/record.ts';

const run = promisify(execFile);
const native = fileURLToPath(new URL('../../src/engine/native/', import.meta.url));
const replay = fileURLToPath(new URL('replay.cc', import.meta.url));
/** What a program says of itself; undefined where there is none. */
const versionOf = (command: string): string | undefined => {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
};
const answers = (command: string): boolean => versionOf(command) !== undefined;
const cache = fileURLToPath(new URL('../../node_modules/.cache/sessionlab-replay/', import.meta.url));
const compiler = process.env.CXX ?? 'c++';
/** Of all outputs of the record, as the reference computed them; first seen on x86-64, Node 20. */
const EXPECTED = 'e0d9f07501eecde8';
const flags = ['-std=c++20', '-ffp-contract=off', '-fno-math-errno', '-w', '-pthread'];

/** The cells behind EXPECTED. */
const PINNED: readonly Cell[] = ['gru', 'gru-reset-before', 'lstm', 'rnn'];

/** Three training steps of small networks that together do everything an engine can do, with each of these cells. */
function shortTrainingRuns(cells: readonly Cell[]): Uint8Array {
  const recorder = record(referenceKernels());
  const kinds = ['tanh', 'additive', 'dot', 'mean'] as const;
  cells.forEach((cell, i) => {
    const shape: NetworkShape = {
      vocabulary: 258,
      maxPackets: 3,
      maxTokens: 6,
      classes: 3,
      cell,
      packet: { units: [17, 5, 7, 9][i % 4]!, layers: 1 + (i % 2), attention: kinds[i % 4]! },
      session: {
        units: [9, 16, 3, 7][i % 4]!,
        layers: 1,
        attention: kinds[(i + 1) % 4]!,
        initialState: 'learned',
      },
      head: [6],
      activation: i % 2 === 0 ? 'tanh' : 'relu',
      dropout: i % 2 === 1 ? 0.3 : 0,
      layerNorm: i % 2 === 0,
      initializer: { kind: 'normal', deviation: 0.2 },
      decoder: [
        { units: 11, weight: 0.5 },
        null,
        { units: 9, weight: 2, latent: { units: 3, freeNats: 0.01, prefixDropout: 0.2 } },
        null,
      ][i % 4]!,
    };
    const model = createNetwork(recorder.kernels, shape, initialize(shape, 1), {
      capacity: 11,
      clipNorm: 1,
      optimizer: { kind: 'adam' },
      classWeights: i % 2 === 0 ? [1, 2, 0.5] : null,
      seed: 1,
    });
    for (let step = 0; step < 3; step++) model.trainStep(randomBatch(11, 3, 6, 3, `replay${step}`), 0.01);
    model.predict(randomBatch(11, 3, 6, 3, 'replay'), new Float32Array(33));
    model.attend(randomBatch(11, 3, 6, 3, 'replay'));
    const posterior = new Float32Array(11 * 2 * 3);
    model.decode?.(randomBatch(11, 3, 6, 3, 'replay'), { surprise: new Float32Array(11 * 3 * 6), posterior });
  });
  return recorder.bytes();
}

describe('a training run recorded on the reference replays bit by bit in C++ without Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-replay-'));
  const recordPath = join(folder, 'record.bin');
  before(() => writeFileSync(recordPath, shortTrainingRuns(PINNED)));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Builds the kernels for an architecture, those of the same sources and flags once; returns the object files. */
  function kernels(cxx: string, arch: 'x64' | 'arm64', extra: readonly string[]): Promise<readonly string[]> {
    mkdirSync(cache, { recursive: true });
    const sources = readdirSync(join(native, 'kernels')).map((name) => join(native, 'kernels', name));
    return Promise.all(
      Object.entries(variants[arch]).map(async ([name, machine]) => {
        const args = [...flags, ...extra, ...machine, `-DVARIANT=${name}`];
        const hash = createHash('sha256').update(JSON.stringify([cxx, versionOf(cxx), args]));
        for (const source of sources) hash.update(readFileSync(source));
        const object = join(cache, `${hash.digest('hex')}.o`);
        if (!existsSync(object)) {
          const fresh = join(folder, `${arch}-${name}.o`);
          await run(cxx, [...args, '-c', join(native, 'kernels/variant.cc'), '-o', fresh]);
          copyFileSync(fresh, `${object}.${process.pid}`);
          renameSync(`${object}.${process.pid}`, object);
        }
        return object;
      }),
    );
  }

  /** Builds the replay program of these kernels; returns its path. */
  async function build(cxx: string, objects: readonly string[], extra: readonly string[]): Promise<string> {
    const program = join(folder, `replay${extra.join('')}`);
    await run(cxx, [...flags, ...extra, `-I${native}`, replay, ...objects, '-o', program]);
    return program;
  }

  function hashes(command: string, args: readonly string[]): string[] {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
    const found = [...stdout.matchAll(/^(\w+), \d+ threads: \d+ calls, hash (\w{16})$/gm)];
    assert.ok(found.length >= 2, stdout);
    return found.map((match) => match[2]!);
  }

  const here = process.arch === 'x64' || process.arch === 'arm64' ? process.arch : undefined;
  const noCompiler = !(here && answers(compiler)) && `no ${compiler} on this machine`;

  it('under AddressSanitizer and UndefinedBehaviorSanitizer, on every variant', {
    skip: noCompiler,
  }, async () => {
    // Unoptimised: the sanitizers' code is slow to compile otherwise.
    const checked = ['-O0', '-g1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const program = await build(compiler, await kernels(compiler, here!, checked), checked);
    const everyCell = join(folder, 'every-cell.bin');
    writeFileSync(everyCell, shortTrainingRuns(CELLS));
    assert.equal(new Set(hashes(program, [everyCell])).size, 1);
  });

  const cross = 'aarch64-linux-gnu-g++';
  const noCross =
    !(answers(cross) && answers('qemu-aarch64')) &&
    `${cross} or qemu-aarch64 is not here (Debian: g++-aarch64-linux-gnu, qemu-user)`;
  it('on arm64 under qemu, NEON and portable, with the hash of this machine', { skip: noCross }, async () => {
    const arm = await build(cross, await kernels(cross, 'arm64', ['-O2']), ['-O2', '-static']);
    assert.deepEqual([...new Set(hashes('qemu-aarch64', [arm, recordPath]))], [EXPECTED]);
  });

  it('with the hash that every machine gives, by the kernels of the addon', {
    skip: noCompiler,
  }, async () => {
    const { status, message } = await buildNative();
    assert.notEqual(status, 'none', message);
    const objects = Object.keys(variants[here!]).map((name) => join(native, 'build', `${name}.o`));
    const program = await build(compiler, objects, ['-O1']);
    assert.deepEqual([...new Set(hashes(program, [recordPath]))], [EXPECTED]);
  });
});
