import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachedSessions } from '../../src/data/session-cache.ts';
import {
  assembleSessions,
  type SessionTable,
  shapeOf,
  sizeOfTable,
  tableBytes,
  tableOf,
} from '../../src/session/index.ts';
import { frame, pcap } from '../capture/build.ts';
import { filesBelow, temporaryFolder } from '../run/sample.ts';
import fc from '../support/fast-check.ts';

const root = temporaryFolder();
let scenes = 0;
const OPTIONS = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 3 } as const;

const captureOf = (sessions: number, port = 80) =>
  pcap(
    Array.from({ length: 3 * sessions }, (_, i) => ({
      seconds: 1000 + i,
      fraction: i,
      bytes: frame({ fromPort: 1000 + (i % sessions), toPort: port, payload: i % 40 }),
    })),
  );

/** A folder with captures that nobody has touched for long, as far as their times go. */
async function scene(...captures: readonly Uint8Array[]) {
  const folder = join(root, String(scenes++));
  mkdirSync(folder);
  const paths = captures.map((bytes, i) => {
    const path = join(folder, `${i}.pcap`);
    writeFileSync(path, bytes);
    return path;
  });
  const results = join(folder, 'results');
  const notes: string[] = [];
  let reads = 0;
  const read = async (options: object = {}, of: readonly string[] = paths) => {
    reads = 0;
    const { sessions, account } = await cachedSessions(
      of,
      { ...OPTIONS, ...options },
      { results, least: 0, refused: (path, why) => notes.push(`${path} ${why}`), progress: () => reads++ },
    );
    return { sessions, account, fromCaptures: reads > 0 };
  };
  const kept = () =>
    existsSync(results)
      ? filesBelow(results)
          .filter((file) => file.endsWith('.sessions'))
          .map((file) => join(results, file))
      : [];
  return { folder, paths, results, notes, read, kept };
}

/** Until the captures have not changed for so long that their times can be trusted. */
const settle = () => sleep(2100);

const expected = (paths: readonly string[], options: object = {}) =>
  assembleSessions(paths, { ...OPTIONS, ...options, hash: true });

describe('bytes of a table', () => {
  it('give the same table, whatever its size', () => {
    const column = (length: number, most: number) =>
      fc.array(fc.integer({ min: 0, max: most }), { minLength: length, maxLength: length });
    const shapes = fc.record({ s: fc.nat(7), r: fc.nat(9), h: fc.nat(31) });
    const tables = shapes.chain(({ s, r, h }) =>
      fc
        .record({
          seconds: column(r, 2 ** 31),
          firstRow: column(s + 1, 2 ** 32 - 1),
          packetsSeen: column(s, 2 ** 32 - 1),
          headerStart: column(r + 1, 2 ** 32 - 1),
          nanoseconds: column(r, 999_999_999),
          originalLength: column(r, 2 ** 32 - 1),
          network: column(r, 65_535),
          transport: column(r, 65_535),
          protocol: column(s, 255),
          link: column(r, 255),
          fromInitiator: column(r, 1),
          header: column(h, 255),
        })
        .map(
          (c): SessionTable => ({
            count: s,
            seconds: Float64Array.from(c.seconds),
            firstRow: Uint32Array.from(c.firstRow),
            packetsSeen: Uint32Array.from(c.packetsSeen),
            headerStart: Uint32Array.from(c.headerStart),
            nanoseconds: Uint32Array.from(c.nanoseconds),
            originalLength: Uint32Array.from(c.originalLength),
            network: Uint16Array.from(c.network),
            transport: Uint16Array.from(c.transport),
            protocol: Uint8Array.from(c.protocol),
            link: Uint8Array.from(c.link),
            fromInitiator: Uint8Array.from(c.fromInitiator),
            header: Uint8Array.from(c.header),
          }),
        ),
    );
    fc.assert(
      fc.property(tables, (table) => {
        const bytes = Buffer.concat([new Uint8Array(8), ...tableBytes(table)]);
        assert.equal(bytes.length, 8 + sizeOfTable(shapeOf(table)));
        const own = new Uint8Array(bytes).buffer;
        assert.deepEqual(tableOf(own, 8, shapeOf(table)), table);
      }),
    );
  });
});

describe('sessions that are kept', { concurrency: true }, () => {
  it('are those of the captures, with the same account, without reading them', async () => {
    const { paths, read, kept } = await scene(captureOf(40), captureOf(30, 443));
    await settle();
    const first = await read();
    assert.ok(first.fromCaptures);
    assert.equal(kept().length, 1);
    const second = await read();
    assert.ok(!second.fromCaptures);
    const { sessions, account } = await expected(paths);
    assert.deepEqual(second.sessions, sessions);
    assert.deepEqual(second.account, account);
    assert.deepEqual(first.sessions, sessions);
  });

  it('are others for other options, other captures, and another order', async () => {
    const { paths, read, kept } = await scene(captureOf(40), captureOf(30, 443));
    await settle();
    await read();
    for (const options of [
      { maxPackets: 2 },
      { protocols: ['tcp'] },
      { idleTimeout: 5 },
      { minPackets: 4 },
      { tunnels: 'inner' },
      { key: 'networks' },
      { duplicates: 'drop' },
    ] as const) {
      const { sessions, fromCaptures } = await read(options);
      assert.ok(fromCaptures, JSON.stringify(options));
      assert.deepEqual(sessions, (await expected(paths, options)).sessions);
      assert.ok(!(await read(options)).fromCaptures);
    }
    assert.ok((await read({}, paths.slice(0, 1))).fromCaptures);
    assert.ok((await read({}, [...paths].reverse())).fromCaptures);
    assert.equal(kept().length, 10);
  });

  it('of captures that changed just now are held against their contents first', async () => {
    const { paths, read } = await scene(captureOf(40));
    await read();
    const bytes = readFileSync(paths[0]!);
    // No time that anybody could see needs to pass between the two.
    bytes[bytes.length - 41] = bytes[bytes.length - 41]! ^ 1;
    writeFileSync(paths[0]!, bytes);
    const { sessions, fromCaptures } = await read();
    assert.ok(fromCaptures);
    assert.deepEqual(sessions, (await expected(paths)).sessions);
    assert.ok(!(await read()).fromCaptures, 'the contents are the same now');
  });
});

describe('a capture that changes', { concurrency: true }, () => {
  const changes: Readonly<Record<string, (path: string) => void>> = {
    'by one byte': (path) => {
      const bytes = readFileSync(path);
      bytes[70] = bytes[70]! ^ 1;
      writeFileSync(path, bytes);
    },
    'by one byte, with its time set back': (path) => {
      const { atime, mtime } = statSync(path);
      const bytes = readFileSync(path);
      bytes[70] = bytes[70]! ^ 1;
      writeFileSync(path, bytes);
      utimesSync(path, atime, mtime);
    },
    'to another file of the same size and time': (path) => {
      const { atime, mtime } = statSync(path);
      writeFileSync(`${path}.new`, captureOf(40, 81));
      utimesSync(`${path}.new`, atime, mtime);
      renameSync(`${path}.new`, path);
    },
    'by growing': (path) => writeFileSync(path, captureOf(41)),
  };
  for (const [how, change] of Object.entries(changes))
    it(`never gives what it gave before: ${how}`, async () => {
      const { paths, read } = await scene(captureOf(40));
      await settle();
      const before = await read();
      assert.ok(!(await read()).fromCaptures);
      change(paths[0]!);
      const { sessions, account, fromCaptures } = await read();
      assert.ok(fromCaptures);
      const now = await expected(paths);
      assert.deepEqual(sessions, now.sessions);
      assert.notEqual(account.files[0]!.sha256, before.account.files[0]!.sha256);
    });

  it('in its times alone is hashed, and not read', async () => {
    const { paths, read } = await scene(captureOf(40));
    await settle();
    const { sessions } = await read();
    utimesSync(paths[0]!, new Date(), new Date(5000));
    await settle();
    const again = await read();
    assert.ok(!again.fromCaptures);
    assert.deepEqual(again.sessions, sessions);
    assert.ok(!(await read()).fromCaptures);
  });

  it('by going away is told as ever', async () => {
    const { paths, read } = await scene(captureOf(40));
    await settle();
    await read();
    rmSync(paths[0]!);
    await assert.rejects(read(), /no such file/);
  });
});

describe('a file of kept sessions', { concurrency: true }, () => {
  it('that is damaged, cut, empty or something else costs a line and the time to read again', async () => {
    const { paths, read, kept, notes } = await scene(captureOf(40));
    await settle();
    await read();
    const [file] = kept();
    const good = readFileSync(file!);
    const want = (await expected(paths)).sessions;
    const damage: [string, () => void][] = [
      [
        'is damaged',
        () =>
          writeFileSync(
            file!,
            good.map((byte, i) => (i === good.length >> 1 ? byte ^ 1 : byte)),
          ),
      ],
      [
        'is damaged',
        () =>
          writeFileSync(
            file!,
            good.map((byte, i) => (i === 30 ? byte ^ 1 : byte)),
          ),
      ],
      ['is damaged', () => truncateSync(file!, good.length - 8)],
      ['is not what was written', () => truncateSync(file!, 5)],
      ['is not what was written', () => writeFileSync(file!, '')],
      ['is not what was written', () => writeFileSync(file!, 'x'.repeat(1000))],
      [
        'cannot be read',
        () => {
          rmSync(file!);
          mkdirSync(file!);
        },
      ],
    ];
    for (const [what, spoil] of damage) {
      rmSync(file!, { recursive: true, force: true });
      writeFileSync(file!, good);
      assert.ok(!(await read()).fromCaptures);
      notes.length = 0;
      spoil();
      const { sessions, fromCaptures } = await read();
      assert.ok(fromCaptures, what);
      assert.deepEqual(sessions, want);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!, new RegExp(`\\.sessions ${what}$`));
    }
  });

  it('of another version of the code that read the captures is not used', async () => {
    const { read, kept, notes } = await scene(captureOf(40));
    await settle();
    await read();
    const [file] = kept();
    const bytes = readFileSync(file!);
    const at = bytes.indexOf('"code":"') + 8;
    bytes[at] = bytes[at] === 0x30 ? 0x31 : 0x30;
    const end = bytes.length - 32;
    createHash('sha256').update(bytes.subarray(0, end)).digest().copy(bytes, end);
    writeFileSync(file!, bytes);
    assert.ok((await read()).fromCaptures);
    assert.deepEqual(notes, []);
    assert.ok(!(await read()).fromCaptures);
  });

  it('may be deleted at any time, and need not be writable', async () => {
    const { read, results, kept } = await scene(captureOf(40));
    await settle();
    await read();
    rmSync(join(results, 'datasets'), { recursive: true });
    assert.ok((await read()).fromCaptures);
    assert.equal(kept().length, 1);
    rmSync(results, { recursive: true });
    writeFileSync(results, 'a file where the folder was');
    assert.ok((await read()).fromCaptures);
  });

  it('is not made of small captures, nor where nobody wants it', async () => {
    const { paths, results } = await scene(captureOf(40));
    await cachedSessions(paths, OPTIONS, { results });
    await cachedSessions(paths, OPTIONS, { results: null, least: 0 });
    assert.ok(!existsSync(results));
  });

  it('leaves nothing half-written beside it', async () => {
    const { read, results } = await scene(captureOf(40));
    await read();
    assert.deepEqual(
      readdirSync(join(results, 'datasets', '.cache')).filter((name) => !name.endsWith('.sessions')),
      [],
    );
  });
});
