import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Hono } from 'hono';
import { openScorer, type Scorer } from '../../src/score/index.ts';
import { createService } from '../../src/serve/index.ts';
import { csvCells } from '../../src/text/index.ts';
import { sessionlab } from '../support/command.ts';

const recipe = { seed: 5, sessions: 600, workstations: 8, internalServers: 2, externalServers: 6 };
const spec = {
  name: 'watched',
  protocol: { kind: 'chronological', train: 0.7 },
  anomalies: {
    normal: 0.5,
    kinds: { 'destination-ip-swap': 1, 'ttl-shift': 1 },
    repair: ['checksum', 'mac'],
  },
  network: { packet: { units: 4 }, session: { units: 4 }, head: [4] },
  training: { epochs: 2, batch: 32, validation: 0.3 },
  seeds: [1],
};

let folder: string;
let run: string;
const at = (name: string) => join(folder, name);
const score = (...args: readonly string[]) =>
  sessionlab(['score', ...args, '--run', run, '--results', at('results'), '--threads', '1']);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionlab-score-'));
  for (const [name, seed] of [
    ['office', 5],
    ['elsewhere', 6],
  ] as const) {
    writeFileSync(
      at(`${name}.json`),
      JSON.stringify({ name, kind: 'synthetic', description: name, recipe: { ...recipe, seed } }),
    );
    const made = await sessionlab(['data', 'synth', at(`${name}.json`), '--out', at(`${name}.pcap`)]);
    assert.equal(made.status, 0, made.stderr);
  }
  writeFileSync(at('spec.json'), JSON.stringify({ ...spec, dataset: { captures: [at('office.pcap')] } }));
  const made = await sessionlab(['run', at('spec.json'), '--out', at('results'), '--threads', '1', '--json']);
  assert.equal(made.status, 0, made.stderr);
  run = JSON.parse(made.stdout).runs[0].folder;
});
after(() => rm(folder, { recursive: true, force: true }));

describe('sessionlab score', () => {
  it('gives a session the probability that the run gave it, where the run tested it as it was captured', async () => {
    const { stdout, stderr } = await score(at('office.pcap'), '--format', 'csv', '--false-alarms', '0.05');
    assert.equal(stderr, '');
    const rows = (text: string) => {
      const [head = '', ...lines] = text.trimEnd().split('\n');
      const names = csvCells(head)!;
      return lines.map((line) => Object.fromEntries(csvCells(line)!.map((cell, i) => [names[i], cell])));
    };
    const scored = rows(stdout);
    const bySession = new Map(scored.map((row) => [row.session, row]));
    const tested = rows(readFileSync(join(run, 'predictions.csv'), 'utf8')).filter(
      (row) => row.label === 'normal',
    );
    assert.ok(tested.length > 50);
    for (const row of tested) {
      const own = bySession.get(row.session!)!;
      assert.ok(Math.abs(Number(own.score) - (1 - Number(row.p_normal))) < 1e-6);
      assert.deepEqual([own.initiator, own.responder, own.start], [row.initiator, row.responder, row.start]);
    }
    const scores = scored.map((row) => Number(row.score));
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    for (const row of scored) assert.equal(row.alarm === '1', Number(row.p) <= 0.05);
  });

  it('says how many alarms there are, by host, and how many normal sessions would raise', async () => {
    const { stdout } = await score(at('office.pcap'), '--json', '--top', '3', '--false-alarms', '0.05');
    const { sessions, alarms, expected, hosts, top, met, network, calibration } = JSON.parse(stdout);
    assert.equal(calibration.of, 'validation');
    assert.ok(Math.abs(expected - 0.05 * sessions) < 1e-9);
    const sum = (of: (host: { sessions: number; alarms: number }) => number) =>
      hosts.reduce((total: number, host: { sessions: number; alarms: number }) => total + of(host), 0);
    assert.deepEqual([sum((host) => host.sessions), sum((host) => host.alarms)], [sessions, alarms]);
    assert.equal(top.length, 3);
    assert.ok(top[0].attention[0].tokens.field.includes('ethernet.type'));
    assert.ok(met.host > 0.9);
    assert.equal(network.state, 'known');
    const text = await score(at('office.pcap'), '--top', '3', '--false-alarms', '0.05');
    assert.match(
      text.stdout,
      /^\d+ sessions in .*\ncompared with \d+ normal validation sessions of the run; p up to 0\.05 is an alarm\n/,
    );
  });

  it('refuses captures of another network unless it is told to score them, and says so then', async () => {
    const refused = await score(at('elsewhere.pcap'), '--false-alarms', '0.05');
    assert.equal(refused.status, 3);
    assert.match(
      refused.stderr,
      /the pair in 0% of \d+ sessions: the captures seem to be of another network.*--foreign\n$/,
    );
    const told = await score(at('elsewhere.pcap'), '--false-alarms', '0.05', '--foreign');
    assert.equal(told.status, 0);
    assert.match(told.stderr, /^warning: training of .* seem to be of another network/);
  });

  it('refuses a rate that no p reaches, and files that were changed', async () => {
    const { stderr } = await score(at('office.pcap'), '--false-alarms', '0.0001');
    assert.match(
      stderr,
      /^--false-alarms: got 0\.0001, but with \d+ normal sessions of .* no p is below 0\.0\d+; allow more/,
    );
    for (const name of ['weights.safetensors', 'contacts.csv', 'validation.csv']) {
      const copy = at(`changed-${name}`);
      cpSync(run, copy, { recursive: true });
      const bytes = readFileSync(join(copy, name));
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(join(copy, name), bytes);
      const ended = await sessionlab(['score', at('office.pcap'), '--run', copy, '--threads', '1']);
      assert.equal(ended.status, 3);
      assert.match(ended.stderr, new RegExp(`${name}: was changed after the run`));
    }
  });
});

describe('the service', () => {
  let scorer: Scorer;
  let service: Hono;
  const post = (
    body: string | Uint8Array<ArrayBuffer>,
    query = '?false-alarms=0.05',
    headers: Record<string, string> = {},
  ) => service.request(`/score${query}`, { method: 'POST', body, headers });
  const options = { mostBytes: 1e8, timeout: 60_000, mostWaiting: 100, token: null };
  before(async () => {
    scorer = await openScorer(run, 1);
    service = createService(scorer, options);
  });
  after(() => scorer.dispose());

  it('answers with what the command says', async () => {
    const answer = await post(readFileSync(at('office.pcap')), '?false-alarms=0.05&top=3');
    assert.equal(answer.status, 200);
    const { capture, ...rest } = (await answer.json()) as Record<string, object>;
    const { stdout } = await score(at('office.pcap'), '--json', '--top', '3', '--false-alarms', '0.05');
    assert.deepEqual(rest, JSON.parse(stdout));
    assert.ok(!JSON.stringify(capture).includes(tmpdir()));
  });

  it('refuses what is no capture, too large, too late, or asked for in another way', async () => {
    const error = async (answer: Response) =>
      [answer.status, ((await answer.json()) as { error: string }).error] as const;
    const [status, message] = await error(await post('no capture at all, but long enough'));
    assert.equal(status, 400);
    assert.match(message, /^capture: it is no capture: /);
    assert.deepEqual(await error(await post('x', '?topp=1')), [
      400,
      '?topp: unknown, must be top or false-alarms',
    ]);
    assert.equal((await post('x', '?false-alarms=0.0000001')).status, 400);
    assert.equal((await service.request('/')).status, 404);
    service = createService(scorer, { ...options, mostBytes: 1000 });
    assert.deepEqual(await error(await post(readFileSync(at('office.pcap')))), [
      413,
      'the capture has more than 1.0 kB',
    ]);
    service = createService(scorer, { ...options, timeout: 50 });
    const slow = new ReadableStream({ start: () => undefined });
    const late = service.request('/score?false-alarms=0.05', {
      method: 'POST',
      body: slow,
      duplex: 'half',
    } as RequestInit);
    // Nothing else keeps this process alive until then.
    const alive = setInterval(() => undefined, 10);
    assert.equal((await late).status, 408);
    clearInterval(alive);
    service = createService(scorer, options);
  });

  it('needs its token where it has one, but for whether it is there', async () => {
    service = createService(scorer, { ...options, token: 'a long and secret text' });
    assert.equal((await service.request('/health')).status, 200);
    assert.equal((await service.request('/metrics')).status, 401);
    assert.equal((await post('x', '', { authorization: 'Bearer a long and secret guess' })).status, 401);
    const known = { authorization: 'Bearer a long and secret text' };
    assert.equal((await service.request('/metrics', { headers: known })).status, 200);
    service = createService(scorer, options);
  });

  it('survives many at once, the same answer for each, and turns away more than may wait', async () => {
    const body = readFileSync(at('office.pcap')).subarray(0, 24 + 16 * 40);
    copyFileSync(at('office.pcap'), at('copy.pcap'));
    service = createService(scorer, { ...options, mostWaiting: 60 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(body)));
    const texts = await Promise.all(
      answers.filter(({ status }) => status === 200).map((answer) => answer.text()),
    );
    assert.equal(new Set(texts).size, 1);
    assert.ok(texts.length >= 60);
    assert.ok(answers.every(({ status }) => status === 200 || status === 503));
    const metrics = await (await service.request('/metrics')).text();
    assert.match(metrics, new RegExp(`sessionlab_requests_total\\{status="200"\\} ${texts.length}\\n`));
    assert.match(metrics, /sessionlab_waiting 0\n/);
  });
});
