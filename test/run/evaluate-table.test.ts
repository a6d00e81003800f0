import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { evaluateText } from '../../src/command/evaluate.ts';
import { FaultError } from '../../src/fault/index.ts';
import { PREDICTIONS_FILE, readJournal, VALIDATION_FILE } from '../../src/results/index.ts';
import { evaluateTable } from '../../src/run/index.ts';
import { run, spec, temporaryFolder, writeSpec } from './sample.ts';

const root = temporaryFolder();
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const table = (name: string, ...lines: readonly string[]): string => {
  const path = join(root, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

describe('a table of predictions', () => {
  const at = join(root, 'run');
  const changes = {
    dataset: { synthetic: { ...spec.dataset.synthetic, sessions: 300 } },
    training: { ...spec.training, validation: 0.25 },
  };
  const ran = run(writeSpec(at, changes), join(at, 'out'));
  const folderOf = async () => (await ran).runs[0]!.folder;

  it('of a run tells all that evaluation.json holds', async () => {
    const folder = await folderOf();
    const known = JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8'));
    const found = await evaluateTable(join(folder, PREDICTIONS_FILE), join(folder, VALIDATION_FILE), 'f1');
    const {
      detection,
      applications,
      pairs,
      threshold,
      atFalsePositiveRate,
      baselines,
      best,
      alarms,
      ...evaluation
    } = known;
    const nameless = (list: readonly { says: string }[] | null) => list?.map((one) => ({ ...one, says: '' }));
    assert.deepEqual(plain(found.evaluation), evaluation);
    assert.deepEqual(plain(found.findings.applications), applications);
    assert.deepEqual(plain(found.findings.pairs), pairs);
    assert.deepEqual(plain(found.findings.threshold), threshold);
    assert.deepEqual(plain(found.findings.atFalsePositiveRate), atFalsePositiveRate);
    assert.deepEqual(nameless(plain(found.findings.baselines)), nameless(baselines));
    assert.deepEqual(plain(found.findings.best), best);
    assert.deepEqual(plain(found.findings.alarms), alarms);
    assert.ok(alarms.perHostHour.value > 0);
    assert.deepEqual(plain(found.detection), detection);
    // So that what is compared has intervals by hosts, and choices of validation.
    assert.ok(evaluation.accuracy.clustered.intervals.length === 4);
    assert.ok(best.some(({ rule }: { rule: { by: string } | null }) => rule?.by === 'validation'));
  });

  it('has a threshold from validation sessions alone: those of the test do not change it', async () => {
    const folder = await folderOf();
    const { threshold } = (await ran).runs[0]!.findings;
    assert.equal(threshold!.sessions, (await ran).prepared.split.validation.length);
    const lines = readFileSync(join(folder, PREDICTIONS_FILE), 'utf8').trimEnd().split('\n');
    const some = table('some.csv', ...lines.slice(0, lines.length / 2));
    const other = await evaluateTable(some, join(folder, VALIDATION_FILE), 'f1');
    assert.equal(other.findings.threshold!.normalProbability, threshold!.normalProbability);
    assert.notEqual(other.evaluation.sessions, (await ran).runs[0]!.evaluation.sessions);
    const { lines: journal } = readJournal(join(folder, 'journal.jsonl'));
    const assessed = journal.find((line) => line.type === 'assessment')!;
    assert.ok(assessed.type === 'assessment');
    assert.equal(assessed.metrics.thresholdRecall, threshold!.rates.recall.value);
  });

  it('of a run is printed as the run itself was', async () => {
    const folder = await folderOf();
    const text = await evaluateText(folder, { results: join(at, 'out'), threshold: 'f1' });
    const printed = (await ran).facts.join('');
    for (const section of text.split('\n\n').filter((part) => !part.startsWith('Detection by what')))
      assert.ok(printed.includes(section.trimEnd()), section);
    assert.match(text, /Threshold for the highest F1, chosen on 60 validation sessions/);
  });

  it('without validation sessions chooses no threshold and says so', async () => {
    const one = await run(writeSpec(join(root, 'without')), join(root, 'without', 'out'));
    assert.equal(one.runs[0]!.findings.threshold, null);
    assert.match(one.facts.join(''), /Threshold: none was chosen/);
    assert.ok(!existsSync(join(one.runs[0]!.folder, VALIDATION_FILE)));
  });

  it('of another program needs a label and probabilities, no more', async () => {
    const path = table('mine.csv', 'p_normal,label,p_bad', '0.9,normal,0.1', '0.2,bad,0.8', '0.6,bad,0.4');
    const { evaluation, detection, findings } = await evaluateTable(path, null, 'f1');
    assert.deepEqual(evaluation.matrix, [
      [1, 0],
      [1, 1],
    ]);
    assert.deepEqual(
      detection.map(({ kind, called }) => [kind, called.numerator, called.denominator]),
      [
        ['normal', 0, 1],
        ['bad', 1, 2],
      ],
    );
    const none = { threshold: null, atFalsePositiveRate: null, baselines: null, best: null };
    assert.deepEqual(findings, { applications: [], pairs: [], ...none });
    const text = await evaluateText(path, { results: root, threshold: '0.01' });
    assert.doesNotMatch(text, /By application|Baselines/);
  });

  it('takes applications from protocol and responder, and baselines from their scores', async () => {
    const path = table(
      'more.csv',
      'label,kind,p_normal,p_bad,protocol,responder,pair,score_mine',
      'normal,normal,0.9,0.1,udp,[2001:db8::1]:53,known,-1',
      'bad,"a,b",0.2,0.8,tcp,10.0.0.1:443,new,2.5',
    );
    const { findings, detection } = await evaluateTable(path, null, 'f1');
    assert.deepEqual(
      findings.applications.map(({ name }) => name),
      ['dns 53/udp', 'https 443/tcp'],
    );
    assert.deepEqual(
      findings.pairs.map(({ sessions }) => sessions),
      [1, 1],
    );
    assert.equal(findings.baselines![0]!.rates.recall.value, 1);
    assert.equal(findings.baselines![0]!.rocAuc!.value, 1);
    assert.equal(detection[1]!.kind, 'a,b');
  });

  const head = 'label,p_normal,p_bad';
  for (const [lines, message] of [
    [[''], /there is no column "label"/],
    [['lable,p_normal,p_bad'], /there is no column "label"; did you mean "lable"\?/],
    [['label,p_normal'], /has 1 columns p_<class>, must be from 2 to 256/],
    [[head], /has no sessions/],
    [[head, 'good,0.5,0.5'], /line 2: \/label: got "good", expected one of normal, bad/],
    [[head, 'bad,0.5'], /line 2: has 2 cells, expected 3/],
    [[head, 'bad,0.5,x'], /line 2: \/p_bad: got "x", expected a number/],
    [[head, 'bad,0.5,'], /line 2: \/p_bad: got "", expected a number/],
    [[head, 'bad,0.5,0.5', 'bad,-0.1,0.5'], /line 3: \/p_normal: got -0.1, expected a number from 0 to 1/],
    [[head, 'bad,0.5,"0.5'], /line 2: a quote does not end/],
    [[`${head},pair`, 'bad,0.5,0.5,old'], /line 2: \/pair: got "old", expected one of known, new/],
  ] as const)
    it(`that is wrong is refused: ${message.source}`, async () => {
      await assert.rejects(evaluateTable(table('wrong.csv', ...lines), null, 'f1'), (error) => {
        assert.ok(error instanceof FaultError);
        assert.match(error.message, message);
        assert.equal(error.exitCode, 3);
        return true;
      });
    });

  it('that is not there, and a threshold that makes no sense, are refused', async () => {
    await assert.rejects(
      evaluateTable(join(root, 'none.csv'), null, 'f1'),
      /none\.csv: cannot be read \(ENOENT\)/,
    );
    const path = table('fine.csv', head, 'bad,0.5,0.5');
    for (const threshold of ['f2', '1', '-0.1', ''])
      await assert.rejects(evaluateText(path, { results: root, threshold }), /--threshold: got/);
  });
});
