import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pcap } from '../capture/build.ts';
import { sessionlab as runHere } from '../support/command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sessionlab-validate-'));
after(() => rmSync(folder, { recursive: true }));

const good = join(folder, 'good.json');
const bad = join(folder, 'bad.json');
writeFileSync(good, JSON.stringify({ name: 'good', dataset: { captures: ['a.pcap'] } }));
writeFileSync(bad, JSON.stringify({ name: 'bad', dataset: { captures: [] }, task: 'kin\u001b[2J\n' }));

/** The command line in another folder than the project's. */
const sessionlab = (...args: readonly string[]) => runHere(args, { cwd: folder });

describe('sessionlab validate', () => {
  it('says what --data is, and what was probably meant', async () => {
    const told =
      /: below it each data set has its own; to have captures and labels looked at, say --inputs\n$/;
    for (const [args, place] of [
      [['good.json', '--data'], /^--data: no folder is named/],
      [['--data', '--json', 'good.json'], /^--data: no folder is named/],
      [['good.json', '--data', 'good.json'], /^--data good\.json: there is no such folder/],
      [['good.json', '--data', 'nowhere'], /^--data nowhere: there is no such folder/],
      [['good.json', '--data', ''], /^--data : there is no such folder/],
    ] as const) {
      const { status, stderr } = await sessionlab('validate', ...args);
      assert.equal(status, 2);
      assert.match(stderr, place);
      assert.match(stderr, told);
    }
    // The spec was taken for the folder.
    const taken = await sessionlab('validate', '--data', 'good.json');
    assert.equal(taken.status, 2);
    assert.equal((await sessionlab('validate', 'good.json', '--data', '.')).status, 0);
  });

  it('says with --inputs that labels are not read where the protocol uses none', async () => {
    mkdirSync(join(folder, 'labelled'));
    writeFileSync(join(folder, 'labelled', 'a.pcap'), pcap([]));
    const labels = { files: ['labels.csv'], format: 'table' };
    const spec = (protocol: object) =>
      JSON.stringify({ name: 'x', task: 'anomalous', dataset: { captures: ['a.pcap'], labels }, protocol });
    writeFileSync(join(folder, 'labelled', 'none.json'), spec({ kind: 'chronological' }));
    const { status, stdout, stderr } = await sessionlab('validate', '--inputs', 'labelled/none.json');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /valid/);
    assert.equal(
      stderr,
      'warning: labelled/none.json: labels labels.csv are not read: the protocol "chronological" uses none without protocol.labels\n',
    );
    const used = { kind: 'chronological', labels: { test: 'labels' } };
    writeFileSync(join(folder, 'labelled', 'used.json'), spec(used));
    const refused = await sessionlab('validate', '--inputs', 'labelled/used.json');
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /labels\.csv: no such file/);
  });

  it('prints the hash of a valid spec and ends with 0', async () => {
    const { status, stdout, stderr } = await sessionlab('validate', 'good.json');
    assert.equal(stderr, '');
    assert.match(stdout, /^good\.json: valid, hash [0-9a-f]{64}\n$/);
    assert.equal(status, 0);
  });

  it('prints a line for every fault of every file, controls escaped, and ends with 2', async () => {
    const { status, stdout, stderr } = await sessionlab(
      'validate',
      'bad.json',
      'good.json',
      'god.json',
      '--set',
      'tokens.byte=9',
    );
    assert.equal(stdout, '');
    assert.deepEqual(stderr.split('\n'), [
      'bad.json: /dataset/captures: got an empty list, must have at least 1',
      '--set tokens.byte=9: unknown key, must be one of bytes, from, hide, unit, order, publicAddresses, derived; did you mean "bytes"?',
      'bad.json: /task: got "kin\\u001b[2J\\n", must be one of kind, anomalous, generate',
      'god.json: no such file, must be an experiment; did you mean good.json?',
      '',
    ]);
    assert.equal(status, 2);
  });

  it('warns of kinds that nobody could see, with the byte that is missing, and is content', async () => {
    const kinds = JSON.stringify({ 'window-tampering': 1, 'ip-direction-switch': 1, 'fin-scan': 1 });
    const { status, stdout, stderr } = await sessionlab(
      'validate',
      'good.json',
      '--set',
      `anomalies.kinds=${kinds}`,
    );
    assert.deepEqual(stderr.split('\n'), [
      'warning: good.json: fin-scan edits tcp.flags, byte 47 of an Ethernet/IPv4/TCP packet; tokens.bytes is 43, of which 48 would be needed: all that can be seen of it is that packets are missing, added or moved',
      'warning: good.json: window-tampering edits tcp.window, bytes 48–49 of an Ethernet/IPv4/TCP packet; tokens.bytes is 43, of which 50 would be needed: no network can see it in such a packet',
      '',
    ]);
    assert.match(stdout, /^good\.json: valid, hash/);
    assert.equal(status, 0);
  });

  it('prints JSON for programs', async () => {
    const { status, stdout, stderr } = await sessionlab('validate', '--json', 'good.json', 'bad.json');
    assert.equal(stderr, '');
    assert.equal(status, 2);
    const [first, second] = JSON.parse(stdout) as {
      path: string;
      valid: boolean;
      hash?: string;
      faults?: object[];
    }[];
    assert.deepEqual([first!.path, first!.valid, first!.hash?.length], ['good.json', true, 64]);
    assert.deepEqual([second!.path, second!.valid, second!.faults?.length], ['bad.json', false, 2]);
    assert.deepEqual(second!.faults![0], {
      place: 'bad.json: /dataset/captures',
      problem: 'got an empty list, must have at least 1',
    });
  });
});

describe('sessionlab', () => {
  it('shows its commands, examples and exit codes', async () => {
    const { status, stdout } = await sessionlab('--help');
    assert.equal(status, 0);
    for (const text of ['validate', 'Examples:', 'Exit codes:', '130  interrupted'])
      assert.ok(stdout.includes(text), text);
  });

  it('shows the help of a command, with examples', async () => {
    const { status, stdout } = await sessionlab('help', 'validate');
    assert.equal(status, 0);
    for (const text of ['--set <path=value>', '--seed', '--capture', 'Examples:'])
      assert.ok(stdout.includes(text), text);
  });

  it('answers a wrong command line with one line and 2', async () => {
    const cases: readonly (readonly [args: readonly string[], line: string])[] = [
      [['valdate', 'x'], "command line: unknown command 'valdate'; did you mean validate?"],
      [['validate', '--jsn', 'x'], "command line: unknown option '--jsn'; did you mean --json?"],
      [['validate'], "command line: missing required argument 'spec'; see sessionlab --help"],
      [['validate', 'good.json', '--seed', 'x'], '--seed: got "x", must be a whole number ≥ 0'],
    ];
    for (const [args, line] of cases) {
      const { status, stdout, stderr } = await sessionlab(...args);
      assert.deepEqual([status, stdout, stderr], [2, '', `${line}\n`]);
    }
  });

  it('shows its help on standard error when nothing is asked, and ends with 2', async () => {
    const { status, stdout, stderr } = await sessionlab();
    assert.deepEqual([status, stdout], [2, '']);
    assert.ok(stderr.includes('Exit codes:'));
  });

  it('says what to do when its packages are not installed', () => {
    const copy = join(folder, 'fresh', 'src');
    mkdirSync(copy, { recursive: true });
    cpSync(join(root, 'src', 'sessionlab.mjs'), join(copy, 'sessionlab.mjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(copy, 'sessionlab.mjs')], {
      encoding: 'utf8',
    });
    assert.equal(stderr, 'sessionlab: its packages are not installed; run npm start once\n');
    assert.equal(status, 4);
  });

  it('runs by a link to it, and does not mind the tsconfig.json of the folder it is called in', () => {
    symlinkSync(join(root, 'src', 'sessionlab.mjs'), join(folder, 'sessionlab'));
    writeFileSync(join(folder, 'tsconfig.json'), '{ broken');
    const { status, stdout } = spawnSync(process.execPath, ['sessionlab', '--version'], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal(status, 0);
  });
});
