import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sessionlab } from '../support/command.ts';

const task = 'experiments/tasks/task-kinds.json';

describe('sessionlab tasks', () => {
  let folder: string;
  let lines: readonly string[];
  const at = (name: string) => join(folder, name);
  const score = (name: string, ...more: readonly string[]) =>
    sessionlab(['tasks', 'score', task, at(name), ...more, '--results', at('results')]);
  const table = (name: string, rows: readonly string[]) => writeFileSync(at(name), `${rows.join('\n')}\n`);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sessionlab-tasks-'));
    const ended = await sessionlab([
      ...['export', task, '--to', at('sessions'), '--format', 'pcap', '--part', 'test'],
      ...['--results', at('results')],
    ]);
    assert.equal(ended.stderr, '');
    const [head = '', ...rows] = readFileSync(at('sessions/test.csv'), 'utf8').trimEnd().split('\n');
    const [id, label] = ['session', 'label'].map((name) => head.split(',').indexOf(name)) as [number, number];
    const classes = ['normal', 'destination-ip-swap', 'ip-direction-switch', 'port-direction-switch'];
    // Whoever knows the labels is right always.
    lines = [
      ['session', 'label', ...classes.map((name) => `p_${name}`)].join(','),
      ...rows.map((row) => {
        const cells = row.split(',');
        return [cells[id], cells[label], ...classes.map((name) => (name === cells[label] ? 1 : 0))].join(',');
      }),
    ];
    table('right.csv', lines);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are what was frozen', async () => {
    const specs = ['task-kinds', 'task-unseen-families', 'task-attacks'].map(
      (name) => `experiments/tasks/${name}.json`,
    );
    const { stdout, stderr } = await sessionlab(['tasks', 'check', ...specs, '--results', at('results')]);
    assert.equal(stderr, '');
    assert.deepEqual(stdout.split('\n'), [
      'experiments/tasks/task-kinds.json: 1,200 test sessions, as frozen',
      'experiments/tasks/task-unseen-families.json: 1,200 test sessions, as frozen',
      'experiments/tasks/task-attacks.json: 8,000 test sessions, as frozen',
      '',
    ]);
  });

  it('give full marks to who is right, in any order of lines and columns', async () => {
    const turned = [lines[0]!, ...lines.slice(1).toReversed()].map((line) =>
      line.split(',').toReversed().join(','),
    );
    table('turned.csv', turned);
    const { stdout, stderr } = await score('right.csv', at('turned.csv'), '--json');
    assert.equal(stderr, '');
    for (const { evaluation, byKind } of JSON.parse(stdout)) {
      assert.equal(evaluation.sessions, 1200);
      assert.equal(evaluation.accuracy.value, 1);
      for (const { kind, sessions, called } of byKind) assert.equal(called, kind === 'normal' ? 0 : sessions);
    }
  });

  it('refuse a table that is not of their sessions', async () => {
    const refused = async (name: string, rows: readonly string[]) => {
      table(name, rows);
      const { stderr, status } = await score(name);
      assert.equal(status, 3);
      return stderr.slice(stderr.indexOf(name) + name.length);
    };
    const [head, first, ...rest] = lines as [string, string, ...string[]];
    const foreign = `9${first}`;
    assert.match(
      await refused('short.csv', [head, ...rest]),
      /^: 1 session of 1,200 missing, 0 sessions not of the task; /,
    );
    assert.match(
      await refused('foreign.csv', [head, foreign, ...rest]),
      /^: 1 session of 1,200 missing, 1 session not of/,
    );
    assert.match(
      await refused('twice.csv', [head, first, first, ...rest]),
      /^: 1 session twice; write a line for each/,
    );
    const relabelled = first.replace(
      /,[a-z-]+,/,
      first.includes(',normal,') ? ',ip-direction-switch,' : ',normal,',
    );
    assert.match(
      await refused('label.csv', [head, relabelled, ...rest]),
      /: session \d+ has the label ".*", the task has /,
    );
    const withoutIds = lines.map((line) => line.slice(line.indexOf(',') + 1));
    assert.match(await refused('no-ids.csv', withoutIds), /^: there is no column "session"; /);
  });

  it('refuse sessions that are not the frozen ones, and specs that are no tasks', async () => {
    const spec = JSON.parse(readFileSync(task, 'utf8'));
    writeFileSync(at('task-kinds.json'), JSON.stringify({ ...spec, $schema: undefined, seeds: [2] }));
    const missing = await sessionlab(['tasks', 'check', at('task-kinds.json')]);
    assert.match(missing.stderr, /is not frozen: .*hashes\.csv has no line for task-kinds; name a spec of /);
    assert.equal(missing.status, 2);
    copyFileSync('experiments/tasks/hashes.csv', at('hashes.csv'));
    const other = await sessionlab(['tasks', 'check', at('task-kinds.json'), '--results', at('results')]);
    assert.match(other.stderr, /its test sessions are [0-9a-f]{12}, but frozen were b583f09b3d28; /);
    assert.equal(other.status, 3);
  });
});
