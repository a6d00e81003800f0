import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Audit } from '../../src/audit/index.ts';
import { readAudit, readJournal } from '../../src/results/index.ts';
import { readFinishedRun } from '../../src/tracking/mlflow/read-run.ts';
import { previous } from '../results/sample.ts';
import { run, temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';
import { openWorkshop } from './material.ts';
import { clean, judge, planted } from './trials.ts';

const workshop = openWorkshop();
after(workshop.remove);

/** One of each sort; `npm run audit:trials` has them all. */
const SAMPLE = [
  'protocol overlapping',
  'protocol random',
  'look-ahead, test',
  'redrawn target',
  'epoch chosen on test',
  '30% of the test sessions are replayed',
  '100% are replayed with other ids, sequence numbers and ports',
  '50% go on with a conversation of training',
  'test contacts depend on training.share',
  'invisible morphs, hidden addresses',
  'stale checksums of destination-ip-swap',
  'checksum of a hidden field',
  'multicast responder',
  '50% stand on checksums',
  'a rule does as well',
];

describe('the audit on trial', () => {
  it('knows at least 40 leaks', () =>
    assert.ok(new Set(planted.map(({ name }) => name)).size === planted.length && planted.length >= 40));

  it('finds planted leaks', async () => {
    for (const name of SAMPLE) {
      const trial = planted.find((one) => one.name === name);
      assert.ok(trial !== undefined, name);
      assert.ok(judge(trial, await workshop.audit(trial, 1)).length > 0, name);
    }
  });

  it('finds nothing where nothing leaks', async () => {
    for (const trial of clean.slice(0, 4))
      assert.deepEqual(judge(trial, await workshop.audit(trial, 1)), [], trial.name);
  });

  it('acquits a trace that is there when recall does not fall without it', async () => {
    const stale = planted.find(({ name }) => name === 'stale TTL')!;
    const ttl = ({ checks }: Audit) =>
      checks.find(({ area, name }) => area === 'traces' && name === 'new-ttl')!;
    assert.equal(ttl(await workshop.audit(stale, 1)).status, 'finding');
    const { presentation } = await import('./trials.ts');
    const without = { anomalies: { repair: ['checksum', 'mac', 'ttl'] as const } };
    const acquitted = await workshop.audit(
      {
        ...stale,
        input: (input, seed) => ({ ...input, presentations: [presentation(input, without, 0, seed)] }),
      },
      1,
    );
    assert.equal(ttl(acquitted).status, 'checked');
    assert.match(ttl(acquitted).says, /but destination-ip-swap does not stand on the trace "ttl"/);
  });
});

const root = temporaryFolder();
const out = join(root, 'out');
const ran = run(writeSpec(root), out);

describe('the audit of a run', () => {
  it('is in its folder, its journal, its report and MLflow, and is read back as it is', async () => {
    const { runs, facts } = await ran;
    const { folder, audit } = runs[0]!;
    assert.deepEqual(readAudit(folder), JSON.parse(JSON.stringify(audit)));
    assert.match(facts.join(''), /\nAudit\n {2}\S/);
    const { lines } = readJournal(join(folder, 'journal.jsonl'));
    const line = lines.find(({ type }) => type === 'assessment');
    assert.ok(line?.type === 'assessment' && line.metrics.auditLeaks === audit!.leaks);
    const { content } = await readFinishedRun(folder);
    assert.ok(content.points.some(({ key }) => key === 'assessment/auditLeaks'));
    assert.ok(content.files.some(({ path }) => path === 'audit.json'));
    assert.ok(content.note!.includes(`- ${audit!.says[0]}`));
  });

  it('fills in the ten pitfalls, and says of each that is open why', async () => {
    const { pitfalls, checks } = (await ran).runs[0]!.audit!;
    assert.equal(pitfalls.length, 10);
    assert.ok(pitfalls.every(({ says }) => says.length > 0));
    const untold = checks.filter(({ area, status }) => area === 'reliance' && status === 'open');
    assert.ok(untold.length > 0);
    for (const { cure } of untold) assert.ok('evaluation' in (JSON.parse(cure!) as object));
  });

  it('is shown by a command, which fails with --strict where there is a finding', async () => {
    const { folder, audit } = (await ran).runs[0]!;
    const shown = await sessionlab(['audit', 'latest', '--results', out]);
    assert.equal(shown.status, 0);
    for (const { name } of audit!.pitfalls) assert.ok(shown.stdout.includes(name), name);
    const strict = await sessionlab(['audit', 'latest', '--results', out, '--strict', '--json']);
    assert.deepEqual(JSON.parse(strict.stdout), JSON.parse(readFileSync(join(folder, 'audit.json'), 'utf8')));
    assert.equal(strict.status, audit!.leaks + audit!.simple > 0 ? 1 : 0);
  });

  it('is missed of older runs, and is refused when it was changed', async () => {
    const none = await sessionlab(['audit', previous]);
    assert.equal(none.status, 3);
    assert.match(none.stderr, /has no audit\.json/);
    const copy = join(root, 'changed');
    cpSync((await ran).runs[0]!.folder, copy, { recursive: true });
    const path = join(copy, 'audit.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"leaks"', '"leak"'));
    const changed = await sessionlab(['audit', copy]);
    assert.equal(changed.status, 3);
  });
});

describe('the experiments that replicate the article', () => {
  const set = [
    'dataset={"synthetic":{"seed":2013,"sessions":1500,"workstations":40,"internalServers":8,"externalServers":60,"duration":300}}',
    ...['network.packet.units=8', 'network.session.units=8', 'network.head=[8]', 'training.epochs=1'],
  ];
  const leaksOf = async (name: string, more: readonly string[] = []) => {
    const load = { set: [...set, ...more] };
    const { runs, failure } = await run(`experiments/replication/${name}.json`, out, { load });
    assert.equal(failure, null);
    const { checks } = runs[0]!.audit!;
    return checks.flatMap(({ name: of, status, grade }) =>
      status === 'finding' && grade === 'leak' ? [of] : [],
    );
  };

  it('as published has the defects that it is known for', async () => {
    const published = await leaksOf('bigflows-as-published');
    for (const name of [
      ...['identical-sessions', 'time-order', 'left-out-sessions', 'training-contacts', 'test-contacts'],
      ...['unchanged-sessions', 'wrong-ip-checksum', 'wrong-transport-checksum'],
    ])
      assert.ok(published.includes(name), `${name}, of ${published.join(', ')}`);
  });

  it('corrected has none of them, nor any other; without its repair of TTLs these are told', async () => {
    assert.deepEqual(await leaksOf('bigflows-corrected'), []);
    const repair = 'anomalies.repair=["checksum","mac"]';
    assert.deepEqual([...new Set(await leaksOf('bigflows-corrected', [repair]))], ['new-ttl']);
  });
});
