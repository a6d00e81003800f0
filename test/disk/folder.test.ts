import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  claimResults,
  makeFolder,
  publish,
  readFault,
  removeEmpty,
  writeFault,
  writeWhole,
} from '../../src/disk/index.ts';
import { ExitCode, FaultError } from '../../src/fault/index.ts';

const root = mkdtempSync(join(tmpdir(), 'sessionlab-folder-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
function folder(): string {
  const path = join(root, String(folders++));
  mkdirSync(path);
  return path;
}

/** Pieces, then an accident. */
function* failing(...pieces: string[]): Generator<string> {
  yield* pieces;
  throw new Error('accident');
}

const isFault = (exitCode: ExitCode, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof FaultError, String(error));
  assert.equal(error.exitCode, exitCode);
  assert.match(error.message, pattern);
  return true;
};

describe('a file that is written whole', () => {
  it('holds its pieces, one after the other', async () => {
    const path = join(folder(), 'x');
    async function* pieces() {
      yield 'a';
      yield Uint8Array.of(0, 255);
      yield 'é'.repeat(200_000);
      yield '';
      yield 'z';
    }
    await writeWhole(path, pieces());
    const bytes = readFileSync(path);
    assert.deepEqual(
      bytes,
      Buffer.concat([
        Buffer.from('a'),
        Buffer.of(0, 255),
        Buffer.from('é'.repeat(200_000)),
        Buffer.from('z'),
      ]),
    );
  });

  it('may be a text, bytes, or empty', async () => {
    const path = join(folder(), 'x');
    await writeWhole(path, 'text');
    assert.equal(readFileSync(path, 'utf8'), 'text');
    await writeWhole(path, Uint8Array.of(1, 2));
    assert.deepEqual([...readFileSync(path)], [1, 2]);
    await writeWhole(path, []);
    assert.equal(readFileSync(path).length, 0);
  });

  it('is not there at all when its content fails, after however much', async () => {
    for (const pieces of [[], ['begin'], ['x'.repeat(1 << 19), 'more']]) {
      const at = folder();
      await assert.rejects(writeWhole(join(at, 'x'), failing(...pieces)), /accident/);
      assert.deepEqual(readdirSync(at), []);
    }
  });

  it('stays what it was before when its new content fails', async () => {
    const at = folder();
    writeFileSync(join(at, 'x'), 'before');
    await assert.rejects(writeWhole(join(at, 'x'), failing('after')), /accident/);
    assert.equal(readFileSync(join(at, 'x'), 'utf8'), 'before');
    assert.deepEqual(readdirSync(at), ['x']);
  });

  it('is a fault of the machine, with a cure, when there is no place for it', async () => {
    const at = folder();
    writeFileSync(join(at, 'file'), '');
    mkdirSync(join(at, 'folder'));
    const fault = (pattern: RegExp) => isFault(ExitCode.machine, pattern);
    await assert.rejects(
      writeWhole(join(at, 'no', 'x'), 'text'),
      fault(/no such folder \(ENOENT\); make it first, or choose another folder with --out/),
    );
    await assert.rejects(
      writeWhole(join(at, 'file', 'x'), 'text'),
      fault(/is a file \(ENOTDIR\); choose another/),
    );
    await assert.rejects(
      writeWhole(join(at, 'folder'), 'text'),
      fault(/in its place \(EISDIR|EEXIST|EPERM\); choose/),
    );
    assert.deepEqual(readdirSync(at).sort(), ['file', 'folder']);
  });
});

describe('the results folder', () => {
  it('is made with those above it, and taken away again when nothing came of it', async () => {
    const at = folder();
    const claimed = await claimResults(join(at, 'a', 'b', 'c'));
    assert.deepEqual(readdirSync(join(at, 'a', 'b', 'c')), []);
    await claimed.removeIfUnused();
    assert.deepEqual(readdirSync(at), []);
  });

  it('stays when something is in it, or when it was there before', async () => {
    const at = folder();
    const used = await claimResults(join(at, 'used'));
    writeFileSync(join(at, 'used', 'x'), '');
    await used.removeIfUnused();
    mkdirSync(join(at, 'old'));
    await (await claimResults(join(at, 'old'))).removeIfUnused();
    assert.deepEqual(readdirSync(at), ['old', 'used']);
  });

  it('is refused when it is a file or below one', async () => {
    const at = folder();
    writeFileSync(join(at, 'file'), '');
    for (const path of [join(at, 'file'), join(at, 'file', 'results')])
      await assert.rejects(claimResults(path), isFault(ExitCode.machine, /cannot be written: .* --out$/));
    assert.deepEqual(readdirSync(at), ['file']);
  });

  const isRoot = process.getuid?.() === 0;
  it('is refused when nothing may be written to it', {
    skip: isRoot && 'nothing is forbidden to root',
  }, async () => {
    const at = folder();
    chmodSync(at, 0o500);
    await assert.rejects(
      claimResults(at),
      isFault(ExitCode.machine, /permission denied \(EACCES\); change its/),
    );
    await assert.rejects(claimResults(join(at, 'a', 'b')), isFault(ExitCode.machine, /permission denied/));
    chmodSync(at, 0o700);
    assert.deepEqual(readdirSync(at), []);
  });

  it('is refused where the system keeps files of its own', {
    skip: !existsSync('/proc/self') && 'no /proc',
  }, async () => {
    await assert.rejects(claimResults('/proc/sessionlab'), isFault(ExitCode.machine, /cannot be written/));
  });
});

describe('a folder', () => {
  it('is made with those above it, and it is said which was the first', async () => {
    const at = folder();
    assert.equal(await makeFolder(join(at, 'a', 'b', 'c')), join(at, 'a'));
    assert.equal(await makeFolder(join(at, 'a', 'b', 'c')), undefined);
    assert.equal(await makeFolder(join(at, 'a', 'x')), join(at, 'a', 'x'));
  });

  it('may be made by several at the same time', async () => {
    const at = folder();
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(join(at, 'a', 'b', 'c', 'd'))));
    assert.deepEqual(readdirSync(join(at, 'a', 'b', 'c')), ['d']);
  });

  it('is not made through a link that leads nowhere', async () => {
    const at = folder();
    symlinkSync(join(at, 'nowhere'), join(at, 'link'));
    await assert.rejects(makeFolder(join(at, 'link', 'a')), isFault(ExitCode.machine, /cannot be written/));
    assert.deepEqual(readdirSync(at), ['link']);
  });
});

describe('a folder that is given its name', () => {
  it('takes the place of nothing, or of an empty folder', async () => {
    const at = folder();
    mkdirSync(join(at, 'partial'));
    writeFileSync(join(at, 'partial', 'x'), '');
    assert.equal(await publish(join(at, 'partial'), join(at, 'final')), true);
    assert.deepEqual(readdirSync(at), ['final']);
  });

  it('never takes the place of one with something in it', async () => {
    const at = folder();
    for (const name of ['partial', 'final']) {
      mkdirSync(join(at, name));
      writeFileSync(join(at, name, name), '');
    }
    assert.equal(await publish(join(at, 'partial'), join(at, 'final')), false);
    assert.deepEqual(readdirSync(join(at, 'final')), ['final']);
    assert.deepEqual(readdirSync(join(at, 'partial')), ['partial']);
  });
});

describe('empty folders', () => {
  it('are removed upwards, until one is not empty or the stop is reached', async () => {
    const at = folder();
    mkdirSync(join(at, 'a', 'b', 'c'), { recursive: true });
    await removeEmpty(join(at, 'a', 'b', 'c'), join(at, 'a'));
    assert.deepEqual(readdirSync(join(at, 'a')), []);
    mkdirSync(join(at, 'a', 'b', 'c'), { recursive: true });
    writeFileSync(join(at, 'a', 'x'), '');
    await removeEmpty(join(at, 'a', 'b', 'c'), at);
    assert.deepEqual(readdirSync(join(at, 'a')), ['x']);
  });
});

describe('what the system says about a path', () => {
  it('is a fault with its cure; a fault or a defect of ours stays what it is', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    isFault(
      ExitCode.machine,
      /^x: cannot be written: no space left on the disk \(ENOSPC\); free some space/,
    )(writeFault('x', full));
    const fault = new FaultError({ place: 'y', problem: 'z' });
    const defect = new TypeError('t');
    assert.equal(writeFault('x', fault), fault);
    assert.equal(writeFault('x', defect), defect);
    assert.equal(readFault('x', fault), fault);
    assert.equal(readFault('x', defect), defect);
    isFault(ExitCode.machine, /choose another folder with --data$/)(writeFault('x', full, '--data'));
    const gone = Object.assign(new Error('open'), { code: 'ENOENT' });
    isFault(ExitCode.data, /^x: no such file; check the path$/)(readFault('x', gone));
    isFault(ExitCode.machine, /^x: it cannot be read \(ENOSPC\); check the disk/)(readFault('x', full));
  });
});
