import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { syntheticCapture, syntheticDayFiles } from '../../src/data/synthetic.ts';
import { uninterrupted } from '../../src/fault/index.ts';
import { defaultRecipe } from '../../src/synth/index.ts';

const root = mkdtempSync(join(tmpdir(), 'sessionlab-synthetic-'));
after(() => rmSync(root, { recursive: true, force: true }));

const dataset = (sessions: number) =>
  ({ kind: 'synthetic', name: 'office', recipe: { ...defaultRecipe, sessions } }) as const;

const capture = (of: ReturnType<typeof dataset>, results: string) =>
  syntheticCapture(of, results, uninterrupted);

describe('the capture of a synthetic data set', () => {
  it('is made once, named by its recipe, and kept while it is what was made', async () => {
    const results = join(root, 'a');
    const made = await capture(dataset(20), results);
    assert.equal(made.state, 'made');
    assert.match(made.path, /datasets.office-[0-9a-f]{12}\.pcap$/);
    const { ino } = statSync(made.path);
    assert.deepEqual(await capture(dataset(20), results), { path: made.path, state: 'kept' });
    assert.equal(statSync(made.path).ino, ino);
    const other = await capture(dataset(21), results);
    assert.equal(other.state, 'made');
    assert.notEqual(other.path, made.path);
    assert.equal(readdirSync(join(results, 'datasets')).length, 4, 'two captures with a note each');
  });

  it('is made anew, with the same bytes, when a byte of it has changed or it was cut', async () => {
    const results = join(root, 'b');
    const { path } = await capture(dataset(20), results);
    const bytes = readFileSync(path);
    const flipped = Uint8Array.from(bytes);
    flipped[100]! ^= 1;
    const damages = [() => writeFileSync(path, flipped), () => truncateSync(path, 500)];
    for (const damage of damages) {
      damage();
      assert.equal((await capture(dataset(20), results)).state, 'replaced');
      assert.deepEqual(readFileSync(path), bytes);
    }
  });

  it('is made anew when the generator was another, or nothing is known of it', async () => {
    const results = join(root, 'c');
    const { path } = await capture(dataset(20), results);
    const note = readFileSync(`${path}.note`, 'utf8');
    const generator = /"generator": "([0-9a-f]{64})"/.exec(note)![1]!;
    for (const damaged of [note.replace(generator, 'f'.repeat(64)), '{"sha', 'null', '{}']) {
      writeFileSync(`${path}.note`, damaged);
      assert.equal((await capture(dataset(20), results)).state, 'replaced');
      assert.equal(readFileSync(`${path}.note`, 'utf8'), note);
    }
    rmSync(path);
    assert.equal((await capture(dataset(20), results)).state, 'made');
  });
});

describe('the files of a synthetic data set with days', () => {
  const recipe = {
    ...defaultRecipe,
    sessions: 40,
    days: [
      { name: 'friday', date: '2010-06-11', attacks: [], labels: false, article: 'train' },
      {
        name: 'saturday',
        date: '2010-06-12',
        attacks: [{ kind: 'internal-scan', sessions: 5 }],
        labels: true,
        article: 'test',
      },
    ],
  } as const;
  const days = (results: string, interruption = uninterrupted) =>
    syntheticDayFiles({ kind: 'synthetic', name: 'week', recipe }, results, interruption);
  const FILES = ['TestbedSatJun12Flows.xml', 'friday.pcap', 'saturday.pcap'];

  it('are made once in a folder named by the recipe, and kept while they are what was made', async () => {
    const results = join(root, 'days');
    const made = await days(results);
    assert.equal(made.state, 'made');
    assert.match(made.folder, /datasets.week-[0-9a-f]{12}$/);
    assert.deepEqual(readdirSync(made.folder).sort(), FILES);
    assert.deepEqual(
      made.days.map(({ capture, labels, otherwise, article }) => ({ capture, labels, otherwise, article })),
      [
        { capture: join(made.folder, 'friday.pcap'), labels: null, otherwise: 'Normal', article: 'train' },
        {
          capture: join(made.folder, 'saturday.pcap'),
          labels: join(made.folder, 'TestbedSatJun12Flows.xml'),
          otherwise: null,
          article: 'test',
        },
      ],
    );
    const { ino } = statSync(made.days[1]!.capture);
    assert.deepEqual(await days(results), { ...made, state: 'kept' });
    assert.equal(statSync(made.days[1]!.capture).ino, ino);
    assert.equal(readdirSync(join(results, 'datasets')).length, 2, 'the folder and its note');
  });

  it('are made anew, with the same bytes, when one of them has changed or is missing', async () => {
    const results = join(root, 'days-damaged');
    const made = await days(results);
    const bytes = () => FILES.map((name) => readFileSync(join(made.folder, name)).toString('latin1'));
    const before = bytes();
    const damages = FILES.flatMap((name) => {
      const path = join(made.folder, name);
      return [() => rmSync(path), () => truncateSync(path, 30)];
    });
    for (const damage of [...damages, () => rmSync(`${made.folder}.note`)]) {
      damage();
      assert.equal((await days(results)).state, 'replaced');
      assert.deepEqual(bytes(), before);
    }
  });

  it('are not there at all when the making is stopped', async () => {
    const results = join(root, 'days-stopped');
    const stopped = new Error('stopped');
    const stopping = {
      ...uninterrupted,
      check: () => {
        throw stopped;
      },
    };
    await assert.rejects(days(results, stopping), stopped);
    assert.throws(() => readdirSync(join(results, 'datasets')), { code: 'ENOENT' });
  });
});
