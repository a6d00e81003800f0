import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { assembleSessions } from '../../src/session/index.ts';
import {
  defaultRecipe,
  type Recipe,
  syntheticPackets,
  writeSyntheticCapture,
} from '../../src/synth/index.ts';

const small: Recipe = { ...defaultRecipe, seed: 42, sessions: 50, ipv6: 0.2, snapLength: 65_535 };

// sha256 of the files that this generator wrote when it was new: other bytes change every result made from them.
const SMALL = 'e77a53cdef2cec5830b5c0ddc1c465911572680a4e4a647249cd0c1b5be5bf75';
const DEFAULT = '942eef0b73582240a4a13c8958ed9c101383cb4a47007fc5ab1dc9ea009a68a9';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessionlab-synth-'));
});
after(() => rmSync(folder, { recursive: true }));

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('a synthetic capture', () => {
  it('is a pcap file: little-endian, microseconds, Ethernet, and the snap length of the recipe', async () => {
    const path = join(folder, 'header.pcap');
    await writeSyntheticCapture({ ...small, snapLength: 98 }, path);
    const header = readFileSync(path).subarray(0, 24).toString('hex');
    assert.equal(header, 'd4c3b2a1' + '02000400' + '00000000' + '00000000' + '62000000' + '01000000');
  });

  it('holds the packets of the network, one record each, and says how many', async () => {
    const path = join(folder, 'records.pcap');
    const written = await writeSyntheticCapture({ ...small, snapLength: 100 }, path);
    const file = readFileSync(path);
    let at = 24;
    let packets = 0;
    for (const packet of syntheticPackets({ ...small, snapLength: 100 })) {
      assert.equal(file.readUInt32LE(at), packet.seconds);
      assert.equal(file.readUInt32LE(at + 4), packet.microseconds);
      assert.equal(file.readUInt32LE(at + 8), packet.captured);
      assert.equal(file.readUInt32LE(at + 12), packet.original);
      assert(
        file.subarray(at + 16, at + 16 + packet.captured).equals(packet.bytes.subarray(0, packet.captured)),
      );
      at += 16 + packet.captured;
      packets++;
    }
    assert.equal(at, file.length);
    assert.deepEqual(written, { packets, bytes: file.length, sessions: 50 });
  });

  it('has the same bytes on every machine', async () => {
    const path = join(folder, 'pinned.pcap');
    await writeSyntheticCapture(small, path);
    assert.equal(sha256(path), SMALL);
    const written = await writeSyntheticCapture(defaultRecipe, path);
    assert.equal(sha256(path), DEFAULT);
    assert.deepEqual(written, { packets: 55_106, bytes: 5_777_669, sessions: 4000 });
  });

  it('appears whole, in place of what was there, and leaves nothing else behind', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    const path = join(own, 'a.pcap');
    writeFileSync(path, 'something old');
    await Promise.all([writeSyntheticCapture(small, path), writeSyntheticCapture(small, path)]);
    assert.deepEqual(readdirSync(own), ['a.pcap']);
    assert.equal(sha256(path), SMALL);
  });

  it('does not appear where it cannot be written, and the fault names the path and a cure', async () => {
    const missing = join(folder, 'no', 'such', 'a.pcap');
    await assert.rejects(writeSyntheticCapture(small, missing), (error) => {
      assert(error instanceof FaultError);
      assert.equal(error.exitCode, ExitCode.machine);
      assert.match(
        error.message,
        /a\.pcap: cannot be written: there is no such folder \(ENOENT\); make it first, or/,
      );
      return true;
    });
    const taken = join(folder, 'taken');
    mkdirSync(join(taken, 'a.pcap', 'full'), { recursive: true });
    await assert.rejects(writeSyntheticCapture(small, join(taken, 'a.pcap')), FaultError);
    assert.deepEqual(readdirSync(taken), ['a.pcap']);
    assert(statSync(join(taken, 'a.pcap')).isDirectory());
  });

  it('is not begun where the recipe has days', async () => {
    const own = join(folder, 'refused');
    mkdirSync(own);
    await assert.rejects(writeSyntheticCapture({ ...small, days: [] }, join(own, 'a.pcap')), FaultError);
    assert.deepEqual(readdirSync(own), []);
  });
});

describe('the reader of captures', () => {
  it('finds the sessions of the recipe, and leaves out what is noise, by reason', async () => {
    const recipe = { ...defaultRecipe, sessions: 600, ipv6: 0.2, noise: 0.2 };
    const path = join(folder, 'sessions.pcap');
    const written = await writeSyntheticCapture(recipe, path);
    const options = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 8 } as const;
    const { sessions, account } = await assembleSessions([path], options);
    assert.equal(sessions.count, recipe.sessions);
    assert.equal(account.packets, written.packets);
    assert.deepEqual(account.warnings, []);

    const longest = new Map<number, number>();
    let noise = 0;
    for (const { session } of syntheticPackets(recipe)) {
      if (session < 0) noise++;
      else longest.set(session, (longest.get(session) ?? 0) + 1);
    }
    const ascending = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);
    assert.deepEqual(ascending(sessions.packetsSeen), ascending(longest.values()));
    const leftOut = account.leftOut.filter(({ packets }) => packets > 0);
    assert(leftOut.length >= 2, JSON.stringify(leftOut));
    assert.equal(
      leftOut.reduce((sum, { packets }) => sum + packets, 0),
      noise,
    );
  });
});

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;
const hasTshark = spawnSync('tshark', ['--version']).status === 0;

describe('other tools', () => {
  it('tcpdump reads it without a complaint', { skip: !hasTcpdump && 'tcpdump is not here' }, async () => {
    for (const snapLength of [112, 65_535]) {
      const path = join(folder, 'tcpdump.pcap');
      await writeSyntheticCapture({ ...small, sessions: 300, snapLength }, path);
      const copy = spawnSync('tcpdump', ['-r', path, '-w', '/dev/null'], { encoding: 'utf8' });
      assert.equal(copy.status, 0);
      assert.match(copy.stderr, /^reading from file [^\n]*EN10MB[^\n]*\n$/);
    }
    const path = join(folder, 'tcpdump.pcap');
    const text = execFileSync('tcpdump', ['-nn', '-vv', '-r', path], {
      encoding: 'latin1',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert((text.match(/cksum 0x[0-9a-f]{4} \(correct\)/g) ?? []).length > 1000);
    assert((text.match(/\[udp sum ok\]/g) ?? []).length > 100);
    assert.doesNotMatch(text, /bad (udp )?cksum|\(incorrect|bad-len|bad-hlen|bad-opt|truncated-ip/);
  });

  it('tshark finds every checksum right and no segment missing', {
    skip: !hasTshark && 'tshark is not here',
  }, async () => {
    const path = join(folder, 'tshark.pcap');
    await writeSyntheticCapture({ ...small, sessions: 300 }, path);
    const wrong = 'ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0';
    const options = ['tcp', 'udp', 'ip'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
    const args = ['-r', path, ...options, '-Y', `${wrong} || tcp.analysis.ack_lost_segment`];
    assert.equal(execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), '');
  });
});
