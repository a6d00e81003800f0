import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AttentionCard, FullCard } from '../../src/attention/index.ts';
import { illustrate } from '../../src/report/index.ts';
import { readCard, readJournal } from '../../src/results/index.ts';
import { readFinishedRun } from '../../src/tracking/mlflow/read-run.ts';
import { previous } from '../results/sample.ts';
import { run, temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const root = temporaryFolder();
const out = join(root, 'out');

/** Two seeds of the small experiment, of a network that meets hidden fields. */
const ran = run(writeSpec(root, { seeds: [1, 2], training: { epochs: 2, tokenDropout: 0.3 } }), out);

const attention = async (...args: readonly string[]) => {
  await ran;
  return sessionlab(['attention', ...args, '--results', out]);
};

describe('the attention card of a run', () => {
  it('is in its folder, its journal and its report, and is read back as it is', async () => {
    const { runs, facts } = await ran;
    const { folder, card } = runs[0]!;
    assert.deepEqual(readCard(folder), JSON.parse(JSON.stringify(card)));
    assert.equal(card!.sessions, 12);
    const kinds = new Set(card!.pointing.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), [
      'destination-ip-swap',
      'ip-direction-switch',
      'port-direction-switch',
    ]);
    assert.match(facts.join(''), /Attention, held against the bytes that were edited\n {2}\S/);
    const { lines } = readJournal(join(folder, 'journal.jsonl'));
    const line = lines.find(({ type }) => type === 'assessment');
    assert.ok(line?.type === 'assessment' && 'packetAttentionByUniform' in line.metrics);
  });

  it('is in MLflow: its metrics, its file, and what it says in the note', async () => {
    const { folder, card } = (await ran).runs[0]!;
    const { content } = await readFinishedRun(folder);
    assert.ok(content.points.some(({ key }) => key === 'assessment/packetAttentionByUniform'));
    assert.ok(content.files.some(({ path }) => path === 'attention.json'));
    assert.ok(content.note!.includes(`- ${card!.says[0]}`));
  });

  it('is what pictures of attention are drawn with: another card is another picture', async () => {
    const { folder } = (await ran).runs[0]!;
    const copy = join(root, 'pictures');
    cpSync(folder, copy, { recursive: true });
    rmSync(join(copy, 'run.json'));
    const digests = async () =>
      (await illustrate(copy))
        .filter(({ name }) => name.startsWith('attention/'))
        .map(({ digest }) => digest);
    const before = await digests();
    const path = join(copy, 'attention.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"says": "/, '"says": "not at all: '));
    const after = await digests();
    assert.ok(before.length > 0 && before.every((digest, i) => digest !== after[i]));
  });

  it('that is no card, or was changed, is refused with the place', async () => {
    const { folder } = (await ran).runs[0]!;
    const copy = join(root, 'damaged');
    cpSync(folder, copy, { recursive: true });
    const path = join(copy, 'attention.json');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.replace('"sessions": 12', '"sessions": 13'));
    assert.throws(() => readCard(copy), /attention\.json: was changed after the run/);
    rmSync(join(copy, 'run.json'));
    writeFileSync(path, whole.replace('"sessions": 12', '"sessions": -1'));
    assert.throws(
      () => readCard(copy),
      /attention\.json: is damaged: \/sessions: got -1, expected a whole number ≥ 0/,
    );
    writeFileSync(path, whole.slice(0, -20));
    assert.throws(() => readCard(copy), /is damaged: no JSON/);
    rmSync(path);
    assert.equal(readCard(copy), null, 'a run of older code');
  });
});

describe('sessionlab attention', () => {
  it('shows the card of one run, as text and as JSON', async () => {
    const { runs } = await ran;
    const { status, stdout } = await attention(runs[1]!.folder);
    assert.equal(status, 0);
    assert.match(stdout, /^Attention, held against the bytes that were edited\n/);
    assert.match(stdout, /Packet attention on edited bytes \(tanh\)\n +sessions/);
    assert.match(stdout, /both levels by uniform weights/);
    const card = JSON.parse((await attention(runs[1]!.folder, '--json')).stdout) as AttentionCard;
    assert.deepEqual(card, JSON.parse(JSON.stringify(runs[1]!.card)));
  });

  it('shows the seeds of a spec side by side', async () => {
    const { stdout } = await attention('small');
    assert.match(stdout, /times what normal sessions get +run 1 +run 2 +shows/);
    assert.match(stdout, /packet ip-direction-switch .* \d of 2/);
  });

  it('--full tests a sample of all seeds on the same sessions, and finds the same each time', async () => {
    const file = join(root, 'full.json');
    const { status, stdout, stderr } = await attention(
      'small',
      '--full',
      '--sample',
      '2',
      '--out',
      file,
      '--threads',
      '1',
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^Attention of seed 1, tested on a sample of \d sessions\n/);
    const card = JSON.parse(readFileSync(file, 'utf8')) as FullCard;
    assert.ok(card.sessions <= 8 && card.gradients.sessions + card.gradients.incomplete === card.sessions);
    assert.deepEqual(card.agreement!.seeds, [1, 2]);
    assert.equal(card.deletion!.erased.length, 16);
    const again = await attention('small', '--full', '--sample', '2', '--json', '--threads', '2');
    assert.deepEqual(JSON.parse(again.stdout), card);
    const refused = await attention('small', '--full', '--out', file);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /there is a file of this name/);
  });

  it('--full refuses runs of different specs', async () => {
    const { runs } = await ran;
    const other = await run(writeSpec(join(root, 'other'), { name: 'other' }), out);
    const { status, stderr } = await attention(runs[0]!.folder, other.runs[0]!.folder, '--full');
    assert.equal(status, 2);
    assert.match(stderr, /is a run of the spec [0-9a-f]{12}, expected [0-9a-f]{12}/);
  });

  it('says of a run of an older version that it has no card', async () => {
    const { status, stderr } = await sessionlab(['attention', 'previous', '--results', previous]);
    assert.equal(status, 3);
    assert.match(
      stderr,
      /the run has no attention\.json: it is of an older version, or .*; run the experiment again/,
    );
  });
});
