import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { verifyRun } from '../../src/results/index.ts';
import { defaultRecipe, writeSyntheticCapture } from '../../src/synth/index.ts';
import { buildPacket } from '../support/packets.ts';
import { filesBelow, forge, run, temporaryFolder, writeSpec } from './sample.ts';

const root = temporaryFolder();

/** A little-endian microsecond pcap of Ethernet frames, a second apart. */
function pcap(frames: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const records = frames.map((frame, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1000 + i, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([header, ...records]);
}

const arp = Uint8Array.from([...Array(12).fill(2), 0x08, 0x06, ...Array(28).fill(0)]);
const tcp = (port: number) =>
  buildPacket({
    protocol: 'tcp',
    source: [10, 0, 0, 1],
    destination: [10, 0, 0, 2],
    sourcePort: port,
    destinationPort: 80,
  }).bytes;

/** What is thrown, and that nothing was left in the results folder, which was not there before. */
async function refusal(
  spec: string,
  out: string,
  changes: Parameters<typeof run>[2] = {},
): Promise<FaultError> {
  const there = existsSync(out);
  const error = await run(spec, out, changes).then(
    () => assert.fail('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FaultError, String(error));
  assert.equal(error.faults.length, 1, error.message);
  assert.equal(error.message.includes('\n'), false);
  assert.equal(existsSync(out), there);
  return error;
}

describe('a run is refused, with the cure, before anything is trained', () => {
  const at = join(root, 'data');
  const out = join(at, 'out');
  mkdirSync(join(at, 'empty folder'), { recursive: true });
  writeFileSync(join(at, 'empty.pcap'), '');
  writeFileSync(join(at, 'text.pcap'), 'a text that is long enough to be something');
  writeFileSync(join(at, 'none.pcap'), pcap([]));
  writeFileSync(join(at, 'arp.pcap'), pcap([arp, arp, arp]));
  writeFileSync(join(at, 'one.pcap'), pcap([tcp(1), tcp(1)]));
  const spec = writeSpec(at);

  for (const [what, capture, message] of [
    ['a capture is missing', 'missing.pcap', /missing\.pcap: no such file or folder; (check|did you mean)/],
    ['a capture is empty', 'empty.pcap', /empty\.pcap: .*empty/],
    ['a capture is none', 'text.pcap', /text\.pcap: /],
    [
      'a folder has no captures',
      'empty folder',
      /empty folder: the folder holds no files; name a folder with/,
    ],
    ['a glob finds nothing', '*.pcapng', /\*\.pcapng: no file matches/],
    [
      'a capture has no packets',
      'none.pcap',
      /none\.pcap: no TCP or UDP session in 0 packets; use other captures/,
    ],
    [
      'a capture has no TCP or UDP session',
      'arp.pcap',
      /arp\.pcap: no TCP or UDP session in 3 packets \(left out: 3 × not IP: ARP \(0x0806\)\); use other captures/,
    ],
    [
      'the split leaves nothing to train on',
      'one.pcap',
      /^protocol\.train: 0\.8 of 1 session leaves 0 to train on and 1 to test on; use captures with more sessions/,
    ],
  ] as const) {
    it(`because ${what}`, async () => {
      const error = await refusal(spec, out, { load: { captures: [join(at, capture)] } });
      assert.match(error.message, message);
      assert.equal(error.exitCode, ExitCode.data);
    });
  }

  it('because all sessions are left out, with what was left out', async () => {
    const load = { captures: [join(at, 'one.pcap')], set: ['sessions.minPackets=3'] };
    const error = await refusal(spec, out, { load });
    assert.match(
      error.message,
      /no TCP or UDP session in 2 packets \(left out: 1 × session of fewer than 3 packets/,
    );
  });

  it('because the captures of the spec are missing, with where to get them', async () => {
    const path = writeSpec(join(at, 'source'), {
      dataset: { captures: ['no.pcap'], source: 'ask the author' },
    });
    assert.match((await refusal(path, out)).message, /no\.pcap: no such file or folder; ask the author$/);
  });

  it('because the network is too large for the memory', async () => {
    const set = [
      'network.packet.units=4096',
      'network.packet.layers=4',
      'training.batch=65536',
      'sessions.maxPackets=255',
      'tokens.bytes=255',
    ];
    const folder = join(root, 'large');
    const path = writeSpec(folder, { dataset: { synthetic: { sessions: 20_000, workstations: 10 } } });
    const error = await run(path, join(folder, 'out'), { load: { set } }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof FaultError, String(error));
    assert.equal(error.exitCode, ExitCode.machine);
    assert.match(
      error.message,
      /^network: needs about [0-9.]+ TB of memory, but [0-9.]+ [GM]B is (there|free); lower /,
    );
    assert.deepEqual(
      filesBelow(join(folder, 'out')).filter((file) => !file.startsWith('datasets/')),
      [],
    );
  });

  it('because the results folder cannot be written to, even before the data is read', async () => {
    const load = { captures: [join(at, 'missing.pcap')] };
    const error = await refusal(spec, join(at, 'empty.pcap', 'out'), { load });
    assert.match(
      error.message,
      /out: cannot be written: a part of its path is a file \(ENOTDIR\); choose another folder/,
    );
    assert.equal(error.exitCode, ExitCode.machine);
  });

  it('because something else is in the place of a run', async () => {
    const folder = join(root, 'place');
    const path = writeSpec(folder);
    const { runs } = await run(path, join(folder, 'out'));
    renameSync(join(runs[0]!.folder, 'run.json'), join(runs[0]!.folder, 'thesis.tex'));
    const before = filesBelow(join(folder, 'out'));
    const error = await refusal(path, join(folder, 'out'));
    assert.match(
      error.message,
      /1: is in the place of the run, but its run\.json cannot be read \(ENOENT\); move it away$/,
    );
    assert.deepEqual(filesBelow(join(folder, 'out')), before);
  });

  it('because a session whose attention is asked for is not tested', async () => {
    const folder = join(root, 'named');
    const path = writeSpec(folder, { attention: { choose: 'named', ids: [0, 59] } });
    const error = await run(path, join(folder, 'out')).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof FaultError, String(error));
    assert.match(
      error.message,
      /^\/attention\/ids\/0: session 0 is not in the test set; name sessions from 48 to 59/,
    );
  });
});

describe('data', () => {
  const at = join(root, 'captures');

  it('is known by its contents: moved elsewhere it makes the same run', async () => {
    mkdirSync(join(at, 'a'), { recursive: true });
    mkdirSync(join(at, 'b', 'c'), { recursive: true });
    for (const [i, name] of ['1.pcap', '2.pcap'].entries()) {
      const recipe = { ...defaultRecipe, seed: i, sessions: 30, duration: 60 };
      await writeSyntheticCapture(recipe, join(at, 'a', name));
      copyFileSync(join(at, 'a', name), join(at, 'b', 'c', name));
    }
    const spec = writeSpec(at);
    const there = await run(spec, join(at, 'out'), { load: { captures: [join(at, 'a', '*.pcap')] } });
    const moved = await run(spec, join(at, 'out'), { load: { captures: [join(at, 'b')] } });
    assert.equal(there.prepared.sessions.count, 60);
    assert.equal(moved.prepared.specHash, there.prepared.specHash);
    assert.equal(moved.runs[0]!.state, 'same');
  });

  it('makes another run when a byte of it is another', async () => {
    const path = join(at, 'a', '1.pcap');
    const load = { captures: [path] };
    const before = await run(writeSpec(at), join(at, 'out'), { load });
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    const after = await run(writeSpec(at), join(at, 'out'), { load });
    assert.notEqual(after.prepared.specHash, before.prepared.specHash);
    assert.notEqual(after.runs[0]!.folder, before.runs[0]!.folder);
  });
});

describe('a run that is there already', () => {
  it('is repaired where a file was damaged, and is told so', async () => {
    const folder = join(root, 'damaged');
    const out = join(folder, 'out');
    const path = writeSpec(folder);
    const { runs } = await run(path, out);
    const place = runs[0]!.folder;
    const before = readFileSync(join(place, 'predictions.csv'), 'utf8');
    writeFileSync(join(place, 'predictions.csv'), before.replace(/,normal,0\./g, ',normal,1.'));
    rmSync(join(place, 'curves.csv'));
    const again = await run(path, out);
    assert.equal(again.runs[0]!.state, 'same');
    assert.match(again.facts.join(''), /repaired +curves\.csv, predictions\.csv: not as the run wrote it/);
    assert.equal(readFileSync(join(place, 'predictions.csv'), 'utf8'), before);
    assert.equal((await verifyRun(place)).state, 'verified');
    writeFileSync(join(place, 'run.json'), '{');
    assert.deepEqual((await run(path, out)).runs[0]!.repaired, ['run.json']);
    assert.equal((await verifyRun(place)).state, 'verified');
    const later = JSON.stringify({ ...JSON.parse(readFileSync(join(place, 'run.json'), 'utf8')), format: 3 });
    writeFileSync(join(place, 'run.json'), later);
    await assert.rejects(run(path, out), /\/format: got 3, expected 1 or 2; use the version of sessionlab/);
    assert.equal(readFileSync(join(place, 'run.json'), 'utf8'), later);
  });

  it('is loudly told apart from one that came out otherwise, and both are kept', async () => {
    const folder = join(root, 'broken');
    const out = join(folder, 'out');
    const path = writeSpec(folder);
    const { runs } = await run(path, out);
    const record = join(runs[0]!.folder, 'run.json');
    const other = `${'0'.repeat(63)}1`;
    forge(record, (found) => ({ ...found, resultHash: other }));
    const again = await run(path, out);
    assert.equal(again.runs[0]!.state, 'differs');
    assert.equal(again.failure?.exitCode, ExitCode.defect);
    assert.match(
      again.failure!.message,
      /^seed 1: determinism is broken: the result hash is [0-9a-f]{12}, but that of .*1 is 000000000000; both are kept;/,
    );
    assert.equal(basename(again.runs[0]!.folder), `1.differs-${runs[0]!.resultHash.slice(0, 12)}`);
    assert.ok(readFileSync(record, 'utf8').includes(other));
    assert.ok(existsSync(join(again.runs[0]!.folder, 'weights.safetensors')));
  });

  it('may have been made by other code: then the difference is a note, not a failure', async () => {
    const folder = join(root, 'other code');
    const out = join(folder, 'out');
    const path = writeSpec(folder);
    const { runs } = await run(path, out);
    const record = join(runs[0]!.folder, 'run.json');
    forge(record, ({ code, ...rest }) => ({
      ...rest,
      code: { ...code, source: 'older' },
      resultHash: 'f'.repeat(64),
    }));
    const again = await run(path, out);
    assert.equal(again.failure, null);
    assert.equal(again.runs[0]!.state, 'differs');
    assert.ok(again.lines.some((line) => /^note: seed 1: .*the code of sessionlab has changed/.test(line)));
  });

  it('takes away what a killed one left that cannot be gone on with, and says why', async () => {
    const folder = join(root, 'killed');
    const out = join(folder, 'out');
    const path = writeSpec(folder);
    const { runs } = await run(path, out);
    const left = `${runs[0]!.folder}.partial-4194999`;
    mkdirSync(left);
    writeFileSync(join(left, '.checkpoint'), 'sessionlab checkpoint 1 of something');
    const { lines, runs: again } = await run(path, out);
    assert.ok(
      lines.some((line) =>
        /^warning: .*1\.partial-4194999\/\.checkpoint is damaged: the run starts anew/.test(line),
      ),
      lines.join(''),
    );
    assert.equal(again[0]!.state, 'same');
    assert.equal(existsSync(left), false);
  });
});
