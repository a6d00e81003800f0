import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { frame, pcap, put, temporaryFolder } from '../capture/build.ts';
import { type CapturesReport, formatCaptures } from './report.ts';
import { optionalTools, ours, processorTime } from './tools.ts';

const folder = temporaryFolder();
const capture = put(
  folder,
  'a.pcap',
  pcap(Array.from({ length: 50 }, (_, i) => ({ seconds: i, bytes: frame({ fromPort: 1000 + (i % 10) }) }))),
);

describe('the comparison of readers', () => {
  it('times ours from the capture to sessions and to tokens', async () => {
    const { times, ours: report } = await ours.run(capture);
    assert.deepEqual(Object.keys(times), [
      'sessionlab, first reading of a new process',
      'sessionlab, later readings',
      'sessionlab, later readings, to encoded sessions',
    ]);
    assert.ok(report !== undefined && report.packets === 50 && report.sessions === 10);
    assert.ok(Object.values(times).every(({ wall, cpu }) => wall > 0 && cpu > 0) && report.memory > 1e6);
  });

  it('is told when a capture cannot be read', async () => {
    await assert.rejects(ours.run(`${folder}/none.pcap`), /no such file/);
  });

  const tcpdump = optionalTools.find(({ id }) => id === 'tcpdump')!;
  it('times tcpdump, or says why not', async () => {
    const found = await tcpdump.prepare(folder, () => undefined);
    if (spawnSync('tcpdump', ['--version']).status === 0) {
      assert.ok('found' in found);
      assert.match(found.found.version, /\d\.\d/);
      const { times } = await found.found.run(capture);
      assert.deepEqual(Object.keys(times), ['tcpdump -r FILE -w /dev/null']);
    } else assert.ok('reason' in found && found.reason.length > 5);
  });
});

const ONE = { wall: 1, cpu: 1 };

describe('the table of the comparison', () => {
  it('has medians, rates, and how many times as fast ours is', () => {
    const round = (first: number, later: number, other: number) => ({
      'sessionlab, first reading of a new process': { wall: first, cpu: first },
      'sessionlab, later readings': { wall: later, cpu: later / 2 },
      'other, FILE': { wall: other, cpu: other },
    });
    const report: CapturesReport = {
      format: 'sessionlab captures 1',
      date: '2018-03-05T09:00:00.000Z',
      machine: {
        cpu: 'A CPU',
        cores: 2,
        memory: 8e9,
        freeMemory: 4e9,
        system: 'Linux 6 x64',
        node: '20.1.0',
        compiler: null,
        variant: 'avx2',
        variants: ['avx2'],
      },
      code: { version: '1.2.3', commit: null, changedFiles: null },
      capture: { bytes: 368e6, packets: 800_000, sessions: 40_000 },
      loadBefore: 0.25,
      rounds: [round(400, 200, 6000), round(500, 250, 5000), round(450, 300, 4000)],
      ours: [{ packets: 800_000, sessions: 40_000, first: ONE, later: ONE, encoding: ONE, memory: 3e8 }],
      versions: ['other: 4.5'],
      left: [{ id: 'dpkt', reason: 'no Python found' }],
    };
    const text = formatCaptures(report);
    assert.match(text, /^Reading a capture of 368 MB: 800,000 packets, 40,000 sessions\n/);
    assert.match(text, /\nsessionlab, later readings +0\.25 s +0\.20–0\.30 +3,200,000 +0\.13 s\n/);
    assert.match(text, /\nother, FILE +5\.00 s +4\.00–6\.00 +160,000 +20\.0 × +5\.00 s +40\.0 ×\n/);
    assert.match(text, /memory of ours: at most 300 MB\nother: 4\.5\nnot measured: dpkt: no Python found\n$/);
  });

  it('has the processor time of a program from the shell that ran it', () => {
    assert.equal(processorTime('0m0.010s 0m0.020s\n1m2.500s 0m0.250s\n'), 62_750);
    assert.throws(() => processorTime('nothing'), /does not tell processor times: nothing/);
  });
});
