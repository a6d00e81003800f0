import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expandCaptures, findCaptures, readCaptures } from '../../src/capture/index.ts';
import { FaultError } from '../../src/fault/index.ts';
import { frame, pcap, put, readAll, section, temporaryFolder } from './build.ts';

const folder = temporaryFolder();
const bytes = pcap([{ seconds: 1, bytes: frame() }]);
mkdirSync(join(folder, 'day-1', 'deep'), { recursive: true });
mkdirSync(join(folder, 'day-2'));
mkdirSync(join(folder, 'hollow', 'inside'), { recursive: true });
mkdirSync(join(folder, 'texts'));
put(folder, 'office.pcap', bytes);
put(folder, 'day-1/b.pcap', bytes);
put(folder, 'day-1/a.dump', bytes);
put(folder, 'day-1/notes.txt', 'no capture');
put(folder, 'day-1/empty.pcap', '');
put(folder, 'day-1/text.gz', gzipSync('no capture'));
put(folder, 'day-1/deep/c.pcapng', section());
put(folder, 'day-1/deep/d.gz', gzipSync(bytes));
put(folder, 'day-2/[x].pcap', bytes);
put(folder, 'day-2/.hidden.pcap', bytes);
put(folder, 'texts/readme.pcap', 'no capture');
symlinkSync('../office.pcap', join(folder, 'day-2', 'link.pcap'));
symlinkSync('..', join(folder, 'day-2', 'circle'));

const names = async (...patterns: string[]) =>
  (await expandCaptures(patterns, folder)).map((path) => relative(folder, path));

async function fault(...patterns: string[]): Promise<FaultError> {
  try {
    await expandCaptures(patterns, folder);
  } catch (error) {
    assert.ok(error instanceof FaultError);
    return error;
  }
  throw new Error('found something');
}

describe('naming captures', () => {
  it('takes files as they are named, once each, sorted', async () => {
    assert.deepEqual(await names('office.pcap', 'day-1/b.pcap', './office.pcap', 'day-1/notes.txt'), [
      'day-1/b.pcap',
      'day-1/notes.txt',
      'office.pcap',
    ]);
  });

  it('searches folders to any depth for files that begin like captures, and counts the others', async () => {
    const { paths, skipped, warnings } = await findCaptures(['day-1'], folder);
    assert.deepEqual(
      paths.map((path) => relative(folder, path)),
      ['day-1/a.dump', 'day-1/b.pcap', 'day-1/deep/c.pcapng', 'day-1/deep/d.gz'],
    );
    assert.deepEqual(
      skipped.map((path) => relative(folder, path)),
      ['day-1/empty.pcap', 'day-1/notes.txt', 'day-1/text.gz'],
    );
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /day-1: 3 of 7 files are no captures and were skipped, first .*empty\.pcap$/);
  });

  it('follows links to files but not to folders', async () => {
    assert.deepEqual(await names('day-2'), ['day-2/.hidden.pcap', 'day-2/[x].pcap', 'day-2/link.pcap']);
  });

  it('knows globs', async () => {
    assert.deepEqual(await names('*.pcap'), ['office.pcap']);
    assert.deepEqual(await names('day-?/*.pcap'), [
      'day-1/b.pcap',
      'day-1/empty.pcap',
      'day-2/[x].pcap',
      'day-2/link.pcap',
    ]);
    assert.deepEqual(await names('day-[2-9]/*'), ['day-2/[x].pcap', 'day-2/link.pcap']);
    assert.deepEqual(await names('day-[!2]/*.dump'), ['day-1/a.dump']);
    assert.deepEqual(await names('day-1/{a,b}.{dump,pcap}'), ['day-1/a.dump', 'day-1/b.pcap']);
    assert.deepEqual(await names('day-1/**/*.gz'), ['day-1/deep/d.gz', 'day-1/text.gz']);
    assert.deepEqual(await names('**/c.*'), ['day-1/deep/c.pcapng']);
    assert.deepEqual(await names('day-1/deep/**'), ['day-1/deep/c.pcapng', 'day-1/deep/d.gz']);
    assert.deepEqual(await names('day-2/.*'), ['day-2/.hidden.pcap']);
  });

  it('takes a name with the characters of a glob literally when there is such a file', async () => {
    assert.deepEqual(await names('day-2/[x].pcap'), ['day-2/[x].pcap']);
  });

  it('takes folders literally: brackets, blanks, quotes, braces and wildcards in their names', async () => {
    for (const name of ['project [2018]', "it's *all* {a,b}", 'a b ? "c"']) {
      const own = join(folder, 'odd names', name);
      mkdirSync(own, { recursive: true });
      put(own, 'a.pcap', pcap([]));
      put(own, 'b.pcap', pcap([]));
      const all = [join(own, 'a.pcap'), join(own, 'b.pcap')];
      assert.deepEqual(await expandCaptures(['*.pcap'], own), all, name);
      assert.deepEqual(await expandCaptures(['{a,b}.pcap'], own), all, name);
      assert.deepEqual(await expandCaptures([`${name}/*.pcap`], join(folder, 'odd names')), all, name);
      assert.deepEqual(await expandCaptures([`${own}/?.pcap`], folder), all, name);
      assert.deepEqual(await expandCaptures([`${name}/a.pcap`], join(folder, 'odd names')), [all[0]]);
    }
    // What is no set is no pattern.
    assert.match((await fault('[z-a].pcap')).message, /no file matches/);
  });

  it('refuses braces without bound', async () => {
    const error = await fault(`${'{a,b}'.repeat(26)}.pcap`);
    assert.match(error.message, /its braces make 67108864 patterns, at most 4096 are possible; use \* or \?/);
    assert.equal(error.exitCode, 3);
  });

  it('takes patterns of any length and with any number of stars', async () => {
    const own = join(folder, 'long names');
    mkdirSync(own);
    put(own, `${'a'.repeat(200)}.pcap`, pcap([]));
    assert.equal((await expandCaptures([`${'a*'.repeat(100)}.pcap`], own)).length, 1);
    assert.equal((await expandCaptures([`${'**/'.repeat(100)}*.pcap`], folder)).length > 1, true);
    for (const pattern of [`${'*a'.repeat(100)}b`, `*${'{"a":'.repeat(20_000)}`])
      assert.match((await fault(pattern)).message, /no file matches/);
  });

  it('refuses a path with NUL', async () => {
    const error = await fault('a\0.pcap', '*\0');
    assert.deepEqual(
      error.faults.map(({ problem }) => problem),
      ['a path has no character NUL', 'a path has no character NUL'],
    );
    assert.equal(error.exitCode, 3);
  });

  it('says what is missing, and what was probably meant', async () => {
    const error = await fault('ofice.pcap', 'nowhere/a.pcap', 'day-1/*.cap', 'hollow', 'texts');
    assert.equal(error.exitCode, 3);
    assert.equal(error.faults.length, 5);
    const [misspelt, lost, glob, hollow, texts] = error.faults;
    assert.match(
      `${misspelt?.problem}; ${misspelt?.cure}`,
      /^no such file or folder; did you mean .*office\.pcap\?$/,
    );
    assert.match(`${lost?.problem}`, /no such file, nor the folder .*nowhere$/);
    assert.equal(glob?.place, 'day-1/*.cap');
    assert.match(`${glob?.problem}`, /^no file matches/);
    assert.match(`${hollow?.problem}`, /the folder holds no files/);
    assert.match(`${texts?.problem}`, /none of its 1 file is a capture/);
  });

  it('wants at least one name', async () => {
    assert.match((await fault()).message, /captures: the list is empty/);
  });
});

describe('names that are no valid UTF-8', () => {
  const raw = (text: string) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(text, 'latin1')]);
  const made = (() => {
    try {
      mkdirSync(raw('caf\xe9/d\xff'), { recursive: true });
      writeFileSync(raw('caf\xe9/\xfc.pcap'), bytes);
      writeFileSync(raw('caf\xe9/d\xff/b.pcap'), pcap([{ seconds: 2, bytes: frame() }]));
      return true;
    } catch {
      return false;
    }
  })();
  const takes = { skip: !made && 'the file system takes no such names' };

  it('are found in folders, by patterns and by themselves, and read', takes, async () => {
    const both = ['caf\udce9/d\udcff/b.pcap', 'caf\udce9/\udcfc.pcap'];
    assert.deepEqual((await names('caf\udce9')).sort(), [...both].sort());
    assert.deepEqual(await names('caf?/*.pcap'), [both[1]]);
    assert.deepEqual(await names('caf\udce9/**/b.pcap'), [both[0]]);
    assert.deepEqual(await names(both[1]!), [both[1]]);
    const { reading, packets } = await readAll(await expandCaptures(['caf\udce9'], folder));
    assert.equal(packets.length, 2);
    assert.deepEqual(reading.warnings, []);
  });

  it('are those of no other file', takes, async () => {
    const { faults } = await fault('caf\udce9/\udcfd.pcap');
    assert.match(faults[0]!.problem, /no such file/);
  });
});

describe('many captures at the same time', () => {
  it('are read whatever number of files a process may have open', async () => {
    const split = join(folder, 'split');
    mkdirSync(split);
    for (let i = 0; i < 300; i++) {
      const packets = [i * 1e-3, 1000 + i].map((seconds) => ({
        seconds: Math.floor(seconds),
        fraction: i,
        bytes: frame({ fromPort: 1000 + i }),
      }));
      writeFileSync(join(split, `${i}.pcap`), pcap(packets));
    }
    let most = 0;
    let packets = 0;
    const add = () => {
      packets++;
      if (process.platform === 'linux') most = Math.max(most, readdirSync('/proc/self/fd').length);
    };
    // Windows that do not hold a whole file: it is read from again after it was put aside.
    const options = { chunkBytes: 64, hash: true };
    const reading = await readCaptures(await expandCaptures(['split'], folder), { add }, options);
    assert.equal(packets, 600);
    assert.ok(most < 200, `${most} files`);
    for (const { path, sha256 } of reading.files)
      assert.equal(sha256, createHash('sha256').update(readFileSync(path)).digest('hex'));
  });
});

describe('a folder with very many files', () => {
  const count = Number(process.env.SESSIONLAB_MANY_FILES ?? 5_000);

  it(`is read: ${count} captures, of which half are the same`, async () => {
    const many = join(folder, 'many');
    mkdirSync(many);
    const seen: string[] = [];
    for (let i = 0; i < count; i++) {
      const own = i % 2 === 0 ? bytes : pcap([{ seconds: 10 + i, bytes: frame() }]);
      writeFileSync(join(many, `${i}.pcap`), own);
    }
    const { paths } = await findCaptures([many], folder);
    assert.equal(paths.length, count);
    const reading = await readCaptures(paths, { add: () => void seen.push('') }, { hash: true });
    assert.equal(seen.length, count / 2 + 1);
    assert.equal(reading.files.length, count / 2 + 1);
    assert.equal(reading.warnings.length, count / 2 - 1);
  });
});
