import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { command as dataCommand } from '../../src/command/data.ts';
import { reportError } from '../../src/command/end.ts';
import { command as inspectCommand } from '../../src/command/inspect.ts';
import { frame, pcap } from '../capture/build.ts';
import { type FileServer, fileServer } from '../dataset/server.ts';
import { temporaryFolder } from '../run/sample.ts';

const root = temporaryFolder();
const data = join(root, 'data');
mkdirSync(join(root, 'datasets'));
mkdirSync(data);

/** Noon of a day in the captures; labels are three hours behind. */
const NOON = Date.parse('2010-06-13T12:00:00Z') / 1000;
const OFFSET = 3 * 3600;
const sessions = Array.from({ length: 60 }, (_, i) => ({
  seconds: NOON + 60 * i + ((i * i) % 50),
  bytes: frame({ fromPort: 1000 + i, toPort: 80 }),
}));
const capture = pcap(sessions);
const local = (seconds: number) => new Date((seconds - OFFSET) * 1000).toISOString().slice(0, 19);
const labels = [
  'protocol,source,sourcePort,destination,destinationPort,start,end,label',
  ...sessions
    .slice(0, 50)
    .map(
      ({ seconds }, i) =>
        `tcp,10.0.0.1,${1000 + i},10.0.0.2,80,${local(seconds)},${local(seconds + 1)},${i % 5 === 0 ? 'Attack' : 'Normal'}`,
    ),
  '',
].join('\n');

function manifest(name: string, changes: object): void {
  const value = {
    name,
    kind: 'captures',
    description: `The data set ${name} of this test.`,
    source: { page: 'http://example.com/page', byHand: 'Ask Ann for it.' },
    files: [{ path: 'a.pcap' }],
    days: [{ name: 'all', captures: ['a.pcap'] }],
    ...changes,
  };
  writeFileSync(join(root, 'datasets', `${name}.json`), JSON.stringify(value));
}

process.chdir(root);
process.env.SESSIONLAB_DATA = data;
for (const name of ['http_proxy', 'https_proxy', 'all_proxy'])
  for (const key of [name, name.toUpperCase()]) delete process.env[key];

/** A command with everything that it says: standard output, the faults, and the exit code. */
async function sessionlab(name: 'data' | 'inspect', ...args: readonly string[]) {
  let out = '';
  const lines: string[] = [];
  const command = name === 'data' ? dataCommand() : inspectCommand();
  for (const each of [command, ...command.commands])
    each.exitOverride().configureOutput({
      writeOut: (text) => {
        out += text;
      },
    });
  const code = await command.parseAsync(args, { from: 'user' }).then(
    () => 0,
    (error: unknown) => reportError(error, (line) => lines.push(`${line}\n`)),
  );
  const plain = (text: string) => text.replaceAll(realpathSync(root), 'ROOT').replaceAll(root, 'ROOT');
  return { code, out: plain(out), err: plain(lines.join('')) };
}

describe('sessionlab data fetch', () => {
  it('downloads, pins, and finds everything there the next time', async () => {
    const server: FileServer = await fileServer({ bytes: capture });
    manifest('remote', { files: [{ path: 'a.pcap', url: `${server.origin}/a.pcap` }] });
    const sha256 = createHash('sha256').update(capture).digest('hex');
    const first = await sessionlab('data', 'fetch', 'remote');
    assert.equal(first.code, 0, first.err);
    assert.match(
      first.out,
      new RegExp(
        `  a\\.pcap: fetched, .*, SHA-256 ${sha256}, pinned: none is published\nremote is complete: 1 file\n`,
      ),
    );
    assert.deepEqual(new Uint8Array(readFileSync(join(data, 'remote', 'a.pcap'))), capture);
    const second = await sessionlab('data', 'fetch', 'remote');
    assert.match(second.out, new RegExp(`a\\.pcap: is there, .*, SHA-256 ${sha256}, that of the pin\n`));
    assert.equal(server.requests.length, 1);

    const verified = await sessionlab('data', 'verify', 'remote');
    assert.deepEqual([verified.code, verified.err], [0, '']);
    writeFileSync(
      join(data, 'remote', 'a.pcap'),
      capture.map((byte, i) => (i === 99 ? byte ^ 1 : byte)),
    );
    const wrong = await sessionlab('data', 'verify', 'remote');
    assert.equal(wrong.code, 3);
    assert.match(
      wrong.err,
      /^data\/remote\/a\.pcap: has SHA-256 .*; remove it and `sessionlab data fetch remote`\n$/,
    );
  });

  it('says what to do by hand where there is nothing to download', async () => {
    manifest('asked', {});
    const { code, err } = await sessionlab('data', 'fetch', 'asked');
    assert.equal(code, 3);
    assert.equal(
      err,
      'data set asked: 1 of 1 files are missing and cannot be downloaded: a.pcap; this folder is ROOT/data/asked. Ask Ann for it. Page: http://example.com/page.\n',
    );
    writeFileSync(join(data, 'asked', 'a.pcap'), capture);
    assert.equal((await sessionlab('data', 'fetch', 'asked')).code, 0, 'counts as if it had been fetched');
  });

  it('says so, too, where the server refuses', async () => {
    const server = await fileServer({ status: 403 });
    manifest('refused', { files: [{ path: 'a.pcap', url: `${server.origin}/a.pcap` }] });
    const { code, err } = await sessionlab('data', 'fetch', 'refused');
    assert.equal(code, 3);
    assert.match(
      err,
      /answers 403 .*registration\ndata set refused: it is not complete; call it again, or get it by hand: this folder is ROOT\/data\/refused\. Ask Ann for it\./,
    );
  });

  it('tells how an archive is unpacked', async () => {
    const server = await fileServer({ bytes: capture });
    manifest('packed', {
      files: [
        { path: 'a.pcap', unpack: { from: 'a.pcap.bz2', command: 'bunzip2 -k a.pcap.bz2' } },
        { path: 'a.pcap.bz2', url: `${server.origin}/a.pcap.bz2` },
      ],
    });
    const { code, err } = await sessionlab('data', 'fetch', 'packed');
    assert.equal(code, 3);
    assert.equal(
      err,
      'data/packed/a.pcap: it is missing; unpack it: cd ROOT/data/packed && bunzip2 -k a.pcap.bz2\n',
    );
  });

  it('refuses names that there are not, with ones that are near', async () => {
    const { code, err } = await sessionlab('data', 'fetch', 'remot');
    assert.equal(code, 2);
    assert.match(err, /^data set: got "remot", must be one of .*; did you mean "remote"\?\n$/);
  });
});

describe('sessionlab data list', () => {
  it('shows what is there of each, also of those that come with sessionlab', async () => {
    manifest('lone', {});
    const { code, out } = await sessionlab('data', 'list', '--json');
    assert.equal(code, 0);
    const { folder, sets } = JSON.parse(out) as { folder: string; sets: Record<string, unknown>[] };
    assert.equal(folder, 'ROOT/data');
    const find = (name: string) => sets.find((set) => set.name === name)!;
    assert.equal(find('iscx2012').labels, 'iscx2012');
    assert.equal(find('bigflows').bytes, 368_083_648);
    assert.deepEqual([find('lone').files, find('lone').there, find('lone').complete], [1, 0, false]);
    assert.equal(find('synthetic-office').complete, true);
    assert.match(
      (await sessionlab('data', 'list')).out,
      /\n {2}lone +0 of 1 files\n {4}The data set lone of this test\.\n/,
    );
  });
});

describe('sessionlab data inspect', () => {
  const days = [
    {
      name: 'labelled',
      date: '2010-06-13',
      captures: ['a.pcap'],
      labels: ['a.csv'],
      article: 'test',
      flows: 50,
      attackFlows: 10,
    },
    { name: 'quiet', date: '2010-06-13', captures: ['a.pcap'], otherwise: 'Normal' },
    { name: 'later', captures: ['b.pcap'] },
  ];
  const files = [{ path: 'a.pcap' }, { path: 'a.csv' }, { path: 'b.pcap' }];
  manifest('labelled', { files, days, labels: { format: 'table' } });
  mkdirSync(join(data, 'labelled'));
  writeFileSync(join(data, 'labelled', 'a.pcap'), capture);
  writeFileSync(join(data, 'labelled', 'a.csv'), labels);

  it('shows days, files, and the labels of what is there with the clock offset', async () => {
    const { code, out, err } = await sessionlab('data', 'inspect', 'labelled');
    assert.equal(code, 0, err);
    assert.equal(
      out,
      `labelled: The data set labelled of this test.

  folder   data/labelled
  page     http://example.com/page
  licence  none published
  labels   table; the clock offset is estimated

labelled (2010-06-13, the article's day for testing, 50 flows published, 10 of them attacks)
  a.pcap  4.2 kB
  a.csv   3.9 kB
  60 packets, 60 sessions
  clock offset +3:00:00, estimated: it fits 50 of 50 sessions that have a label
  10  Attack
  40  Normal
   0  conflicting labels
  10  no label
  labelled by one label 50, by several that agree 0, by the day 0

quiet (2010-06-13)
  a.pcap  4.2 kB
  60 packets, 60 sessions
  clock offset +3:00:00, given
  60  Normal
   0  conflicting labels
   0  no label
  labelled by one label 0, by several that agree 0, by the day 60

later
  b.pcap  missing

1 file is missing: sessionlab data fetch labelled gets them or says how
`,
    );
  });

  it('shows one day, as JSON', async () => {
    const { out } = await sessionlab('data', 'inspect', 'labelled', '--day', 'later', '--json');
    const { days: found } = JSON.parse(out) as { days: { files: unknown; read: unknown }[] };
    assert.deepEqual(found[0]!.files, [{ path: 'b.pcap', found: { state: 'missing' } }]);
    assert.equal(found[0]!.read, null);
    assert.equal(found.length, 1);
  });

  it('says what cannot be used, and shows the rest', async () => {
    manifest('odd', { files, days: days.slice(0, 1), labels: { format: 'table' } });
    mkdirSync(join(data, 'odd'));
    writeFileSync(join(data, 'odd', 'a.pcap'), capture);
    writeFileSync(join(data, 'odd', 'a.csv'), labels.replaceAll('10.0.0.1', '10.9.9.9'));
    const { code, out, err } = await sessionlab('data', 'inspect', 'odd');
    assert.equal(code, 3);
    assert.match(out, /60 packets, 60 sessions/);
    assert.match(err, /^labelled: clock offset: the data does not tell it: no session has a label/);
  });
});

describe('a manifest in a folder above', () => {
  it('stands for one that comes with sessionlab only when that is asked for', async () => {
    manifest('smallflows', { files: [{ path: 'a.pcap', url: 'http://127.0.0.1:9/a.pcap' }] });
    try {
      const refused = await sessionlab('data', 'fetch', 'smallflows');
      assert.equal(refused.code, 2);
      assert.match(
        refused.err,
        /datasets\/smallflows\.json: would stand for the data set "smallflows" that comes with sessionlab, and says something else; .*SESSIONLAB_SHADOW=smallflows/,
      );
      process.env.SESSIONLAB_SHADOW = 'other, smallflows';
      const { out, code } = await sessionlab('data', 'verify', 'smallflows');
      assert.equal(code, 3);
      assert.match(out, /^smallflows, below .*, by the manifest datasets\/smallflows\.json\n/);
      delete process.env.SESSIONLAB_SHADOW;
      const ours = new URL('../../datasets/smallflows.json', import.meta.url);
      writeFileSync(join(root, 'datasets', 'smallflows.json'), readFileSync(ours));
      assert.doesNotMatch((await sessionlab('data', 'verify', 'smallflows')).err, /would stand/);
    } finally {
      delete process.env.SESSIONLAB_SHADOW;
      rmSync(join(root, 'datasets', 'smallflows.json'));
    }
  });
});

describe('sessionlab data synth', () => {
  it('never replaces a file, or what is in a folder, unless it is forced', async () => {
    writeFileSync(join(root, 'office.pcap'), 'mine');
    const args = ['data', 'synth', 'synthetic-office', '--sessions', '20', '--out'] as const;
    const { code, err } = await sessionlab('data', ...args.slice(1), 'office.pcap');
    assert.equal(code, 2);
    assert.match(
      err,
      /--out office\.pcap: there is a file of this name; name another, or replace it with --force/,
    );
    assert.equal(readFileSync(join(root, 'office.pcap'), 'utf8'), 'mine');
    assert.equal((await sessionlab('data', ...args.slice(1), 'office.pcap', '--force')).code, 0);
    assert.notEqual(readFileSync(join(root, 'office.pcap'), 'utf8'), 'mine');
    assert.match(
      (await sessionlab('data', ...args.slice(1), 'datasets')).err,
      /there is something in this folder/,
    );
  });

  it('makes the same bytes of a data set, of its manifest, and of its recipe alone', async () => {
    const recipe = { sessions: 40, workstations: 3, duration: 60 };
    writeFileSync(join(root, 'recipe.json'), JSON.stringify(recipe));
    writeFileSync(
      join(root, 'datasets', 'made.json'),
      JSON.stringify({ name: 'made', kind: 'synthetic', description: 'Made.', recipe }),
    );
    const contents: string[] = [];
    for (const name of ['made', 'datasets/made.json', 'recipe.json']) {
      const out = join('made', `${contents.length}.pcap`);
      const { code, err, out: text } = await sessionlab('data', 'synth', name, '--out', out);
      assert.equal(code, 0, err);
      assert.match(text, /^made\/\d\.pcap: .* packets, 40 sessions\n$/);
      contents.push(
        createHash('sha256')
          .update(readFileSync(join(root, out)))
          .digest('hex'),
      );
    }
    assert.equal(new Set(contents).size, 1);
    await sessionlab('data', 'synth', 'made', '--out', 'other.pcap', '--seed', '2');
    assert.notEqual(
      createHash('sha256')
        .update(readFileSync(join(root, 'other.pcap')))
        .digest('hex'),
      contents[0],
    );
  });

  it('makes a folder of a recipe with days', async () => {
    const days = [
      { name: 'friday', date: '2010-06-11', labels: false },
      { name: 'saturday', date: '2010-06-12', attacks: [{ kind: 'brute-force-ssh', sessions: 20 }] },
    ];
    const recipe = { sessions: 60, workstations: 5, duration: 600, start: '2010-06-11T12:00:00Z', days };
    writeFileSync(join(root, 'days.json'), JSON.stringify(recipe));
    const { code, out, err } = await sessionlab('data', 'synth', 'days.json', '--out', 'week');
    assert.equal(code, 0, err);
    assert.match(
      out,
      /^week\/friday\.pcap: .* sessions\nweek\/saturday\.pcap: .* sessions\nweek\/TestbedSat.*\.xml: \d+ records, \d+ flows of attacks\n$/,
    );
    assert.equal(readdirSync(join(root, 'week')).length, 3);
  });

  it('says what is wrong with a recipe, and that real captures have none', async () => {
    writeFileSync(join(root, 'bad.json'), JSON.stringify({ sessions: 0, hosts: 3 }));
    const bad = await sessionlab('data', 'synth', 'bad.json', '--out', 'x.pcap');
    assert.equal(bad.code, 2);
    assert.match(bad.err, /bad\.json: \/sessions: got 0, must be ≥ 1/);
    assert.match(bad.err, /bad\.json: \/hosts: unknown key/);
    const real = await sessionlab('data', 'synth', 'bigflows', '--out', 'x.pcap');
    assert.match(
      real.err,
      /^bigflows: its captures are real: there is no recipe to make them by; `sessionlab data fetch bigflows`/,
    );
    assert.ok(!existsSync(join(root, 'x.pcap')));
  });
});

describe('commands with a data set', () => {
  it('read it where it was fetched to', async () => {
    const { code, out, err } = await sessionlab('inspect', '--dataset', 'labelled', '--data', 'nowhere');
    assert.deepEqual([code, out], [3, '']);
    assert.match(err, /nowhere\/labelled\/a\.pcap: no such file/);
    const found = await sessionlab('inspect', '--dataset', 'asked', '--data', 'data');
    assert.match(found.out, /60 packets/);
  });
});
