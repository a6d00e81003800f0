import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fetchFiles, filesOf, lookAt, verifyFile } from '../../src/dataset/index.ts';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import type { CapturesManifest, DataFile } from '../../src/spec/index.ts';
import { temporaryFolder } from '../run/sample.ts';
import { fileServer } from './server.ts';

const root = temporaryFolder();
const bytes = Buffer.from('the bytes of a capture');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const file = (path: string, more: Partial<DataFile> = {}): DataFile => ({
  path,
  url: null,
  bytes: null,
  about: null,
  sha256: null,
  unpack: null,
  note: null,
  ...more,
});
let tests = 0;
function folderWith(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = join(root, String(tests++));
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  return folder;
}

describe('the files of days', () => {
  const manifest = {
    files: [
      file('a.pcap', { unpack: { from: 'a.bz2', command: 'bunzip2 a.bz2' } }),
      file('a.bz2'),
      file('b.pcap'),
      file('b.xml'),
    ],
    days: [
      { name: 'one', captures: ['a.pcap'], labels: [] },
      { name: 'two', captures: ['b.pcap'], labels: ['b.xml'] },
    ],
  } as unknown as CapturesManifest;
  const paths = (days: readonly string[]) => filesOf(manifest, days).map(({ path }) => path);

  it('are captures, labels, and what they are unpacked from', () => {
    assert.deepEqual(paths([]), ['a.pcap', 'a.bz2', 'b.pcap', 'b.xml']);
    assert.deepEqual(paths(['one']), ['a.pcap', 'a.bz2']);
    assert.deepEqual(paths(['two']), ['b.pcap', 'b.xml']);
  });

  it('are none of a day that there is not', () => {
    assert.throws(() => paths(['tow']), {
      message: '--day: got "tow", must be one of one, two; did you mean "two"?',
    });
  });
});

describe('a file that is there', () => {
  it('is held against the size and hash of its manifest', async () => {
    const folder = folderWith({ a: bytes });
    assert.deepEqual(await verifyFile(file('a', { sha256, bytes: bytes.length }), folder), {
      state: 'verified',
      bytes: bytes.length,
      sha256,
      by: 'manifest',
    });
    const wrong = '0'.repeat(64);
    assert.deepEqual(await verifyFile(file('a', { sha256: wrong }), folder), {
      state: 'wrong',
      problem: `has SHA-256 ${sha256}, must have ${wrong} (manifest)`,
    });
    assert.deepEqual(await verifyFile(file('a', { bytes: 3 }), folder), {
      state: 'wrong',
      problem: 'has 22 bytes, must have 3',
    });
    assert.ok(!existsSync(join(folder, 'pins.json')));
  });

  it('is pinned the first time where no hash is published, and held against that later', async () => {
    const folder = folderWith({ a: bytes });
    assert.equal((await verifyFile(file('a'), folder)).state, 'pinned');
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'pins.json'), 'utf8')), {
      a: { sha256, bytes: bytes.length, url: null },
    });
    assert.equal((await verifyFile(file('a'), folder)).state, 'verified');
    writeFileSync(join(folder, 'a'), 'the bytes of a Capture');
    const changed = await verifyFile(file('a'), folder);
    assert.ok(changed.state === 'wrong' && changed.problem.endsWith(`must have ${sha256} (pin)`));
    // Its size alone tells, where that has changed.
    writeFileSync(join(folder, 'a'), 'longer than it was before');
    const [looked] = await lookAt([file('a')], folder);
    assert.equal(looked!.found.state, 'wrong');
  });

  it('is not held against pins that are damaged', async () => {
    const folder = folderWith({ a: bytes, 'pins.json': '{"a":{"sha256":"x"}}' });
    await assert.rejects(verifyFile(file('a'), folder), (error) => {
      assert.ok(error instanceof FaultError && error.exitCode === ExitCode.data);
      assert.match(error.message, /pins\.json: it is damaged, must hold the hash of every file; remove it/);
      return true;
    });
  });
});

describe('fetching files', () => {
  it('keeps what is there, gets what is missing, and tells what is to be done by hand', async () => {
    const server = await fileServer({ bytes });
    const folder = folderWith({ a: bytes });
    const wanted = [
      file('a'),
      file('b', { url: `${server.origin}/b` }),
      file('c'),
      file('d', { unpack: { from: 'b', command: 'unpack b' } }),
    ];
    const list = await fetchFiles(wanted, folder, { env: {} });
    assert.deepEqual(
      list.map(({ action, found }) => [action, found.state]),
      [
        ['kept', 'pinned'],
        ['fetched', 'pinned'],
        ['byHand', 'missing'],
        ['unpack', 'missing'],
      ],
    );
    const again = await fetchFiles(wanted.slice(0, 2), folder, { env: {} });
    assert.deepEqual(
      again.map(({ action, found }) => [action, found.state]),
      [
        ['kept', 'verified'],
        ['kept', 'verified'],
      ],
    );
    assert.equal(server.requests.length, 1);
  });

  it('holds what arrives against the pin of what was there before', async () => {
    const server = await fileServer({ bytes });
    const folder = folderWith();
    const wanted = [file('b', { url: `${server.origin}/b` })];
    await fetchFiles(wanted, folder, { env: {} });
    rmSync(join(folder, 'b'));
    server.bytes = Buffer.from('the bytes of a Capture');
    await assert.rejects(fetchFiles(wanted, folder, { env: {} }), /got SHA-256 [0-9a-f]{64}, must be/);
    assert.ok(!existsSync(join(folder, 'b')));
  });

  it('never fetches over a file that is another one', async () => {
    const folder = folderWith({ a: 'something else' });
    await assert.rejects(
      fetchFiles([file('a', { sha256, url: 'http://127.0.0.1:9/' })], folder, { env: {} }),
      {
        message: /remove it and fetch again, or get the version that is wanted$/,
      },
    );
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'something else');
  });

  it('does not fetch an archive again when what comes out of it is there', async () => {
    const folder = folderWith({ a: bytes });
    const wanted = [
      file('a', { unpack: { from: 'a.bz2', command: 'bunzip2 a.bz2' } }),
      file('a.bz2', { url: 'http://127.0.0.1:9/' }),
    ];
    const list = await fetchFiles(wanted, folder, { env: {}, tries: 1 });
    assert.deepEqual(
      list.map(({ file: { path }, action }) => [path, action]),
      [['a', 'kept']],
    );
  });
});
