import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ExitCode, FaultError, Interrupted } from '../../src/fault/index.ts';
import { resultHash } from '../../src/results/hash.ts';
import { parseRecord, readJournal, verifyRun } from '../../src/results/index.ts';
import { decodeSafetensors } from '../../src/results/safetensors.ts';
import { artefacts, filesBelow, long, run, temporaryFolder, writeSpec } from './sample.ts';

const root = temporaryFolder();
const quickstart = fileURLToPath(new URL('../../experiments/quickstart.json', import.meta.url));
const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

const EVIDENCE = [
  'attention.json',
  'attention.jsonl',
  'audit.json',
  'baselines.csv',
  'contacts.csv',
  'curves.csv',
  'evaluation.json',
  'journal.jsonl',
  'predictions.csv',
  'run.json',
  'spec.json',
  'weights.safetensors',
];

describe('a run', () => {
  it('of the quickstart, made smaller, has the same result hash with 1, 2 and 3 threads', async () => {
    const small = ['training.epochs=1', 'network.packet.units=12', 'network.session.units=8'];
    const hashes: string[] = [];
    for (const threads of [1, 2, 3]) {
      const { runs, failure } = await run(quickstart, join(root, 'quickstart'), {
        load: { set: small },
        threads,
      });
      assert.equal(failure, null);
      assert.equal(runs[0]!.state, threads === 1 ? 'new' : 'same');
      hashes.push(runs[0]!.resultHash);
    }
    assert.match(hashes[0]!, /^[0-9a-f]{64}$/);
    assert.deepEqual(hashes, [hashes[0], hashes[0], hashes[0]]);
  });

  it('has the same result hash, and so the same folder, on the native and the reference engine', async () => {
    const path = writeSpec(join(root, 'engines'));
    const native = await run(path, join(root, 'engines'), { threads: 2 });
    const record = join(native.runs[0]!.folder, 'run.json');
    utimesSync(record, 1000, 1000);
    const reference = await run(path, join(root, 'engines'), { load: { set: ['engine=reference'] } });
    assert.equal(reference.runs[0]!.engine.engine, 'reference');
    assert.equal(reference.runs[0]!.state, 'same');
    assert.equal(reference.runs[0]!.resultHash, native.runs[0]!.resultHash);
    assert.equal(reference.runs[0]!.folder, native.runs[0]!.folder);
    assert.ok(statSync(record).mtimeMs > 1_000_000, 'the run that was confirmed last is the latest');
  });

  it('has another result with another seed', async () => {
    const { runs, mean } = await run(
      writeSpec(join(root, 'seeds'), { seeds: [1, 2] }),
      join(root, 'seeds', 'out'),
    );
    assert.deepEqual(
      runs.map(({ seed }) => seed),
      [1, 2],
    );
    assert.notEqual(runs[0]!.resultHash, runs[1]!.resultHash);
    assert.equal(mean!.accuracy, (runs[0]!.metrics.accuracy! + runs[1]!.metrics.accuracy!) / 2);
  });

  it('is the same whether its seed runs alone or after another', async () => {
    const at = join(root, 'alone');
    const both = await run(writeSpec(at, { seeds: [1, 2] }), join(at, 'both'));
    const alone = await run(writeSpec(at), join(at, 'alone'), { load: { seed: 2 } });
    assert.equal(alone.runs[0]!.resultHash, both.runs[1]!.resultHash);
    assert.equal(alone.prepared.specHash, both.prepared.specHash);
  });

  it('is the same whether or not it is tested after every epoch', async () => {
    const at = join(root, 'every');
    const last = await run(writeSpec(at), join(at, 'out'));
    const every = await run(writeSpec(at, { evaluation: { everyEpoch: true } }), join(at, 'out'));
    assert.equal(every.runs[0]!.resultHash, last.runs[0]!.resultHash);
    const tests = (folder: string) =>
      readJournal(join(folder, 'journal.jsonl')).lines.flatMap((line) =>
        line.type === 'test' ? [line] : [],
      );
    assert.deepEqual(
      tests(every.runs[0]!.folder).map(({ epoch }) => epoch),
      [1, 2],
    );
    assert.deepEqual(tests(last.runs[0]!.folder)[0]!.metrics, tests(every.runs[0]!.folder)[1]!.metrics);
    const counts = (folder: string) => json(folder, 'run.json').morphs.test.presented;
    assert.equal(counts(every.runs[0]!.folder), 12);
  });
});

describe('baselines beside a run', () => {
  it('change nothing of its result, and are in its evaluation, a table and the report', async () => {
    const at = join(root, 'baselines');
    const withThem = await run(writeSpec(at), join(at, 'out'));
    const without = await run(writeSpec(at, { evaluation: { baselines: false } }), join(at, 'out'));
    const [one, other] = [withThem.runs[0]!, without.runs[0]!];
    assert.equal(one.resultHash, other.resultHash);
    assert.notEqual(one.folder, other.folder);
    const { baselines, matrix } = json(one.folder, 'evaluation.json');
    assert.deepEqual(baselines, JSON.parse(JSON.stringify(one.findings.baselines)));
    for (const { detection } of baselines) {
      const sessions = detection.map(({ called }: { called: { denominator: number } }) => called.denominator);
      assert.deepEqual(
        sessions,
        matrix.map((row: number[]) => row.reduce((a, b) => a + b, 0)),
        'the same sessions',
      );
    }
    const rows = readFileSync(join(one.folder, 'baselines.csv'), 'utf8').trimEnd().split('\n');
    const named = new Set(rows.slice(1).map((row) => row.split(',')[0]));
    assert.deepEqual([...named], ['network', ...baselines.map(({ name }: { name: string }) => name)]);
    assert.match(withThem.facts.join(''), /Baselines on the same sessions[\s\S]*What finds each kind/);
    assert.equal(json(other.folder, 'evaluation.json').baselines, null);
    assert.ok(!existsSync(join(other.folder, 'baselines.csv')));
    assert.doesNotMatch(without.facts.join(''), /Baselines/);
  });
});

describe('the evidence of a run', () => {
  const at = join(root, 'evidence');
  const out = join(at, 'out');
  const ran = run(writeSpec(at), out);
  const folderOf = async () => (await ran).runs[0]!.folder;

  it('lies in results/<experiment>/<12 digits of the hash of spec and data>/<seed>, and nothing else does', async () => {
    const { prepared } = await ran;
    const place = `small/${prepared.specHash.slice(0, 12)}/1`;
    assert.equal(await folderOf(), join(out, place));
    assert.deepEqual(
      filesBelow(out).filter((file) => !file.startsWith('datasets/')),
      EVIDENCE.map((name) => `${place}/${name}`),
    );
  });

  it('is enough to compute its result hash again', async () => {
    const folder = await folderOf();
    const { classes, matrix } = json(folder, 'evaluation.json') as { classes: string[]; matrix: number[][] };
    const weights = decodeSafetensors(readFileSync(join(folder, 'weights.safetensors')), 'weights');
    const [, ...rows] = readFileSync(join(folder, 'predictions.csv'), 'utf8').trimEnd().split('\n');
    const cells = rows.map((row) => row.split(','));
    const classOf = (column: number) => Uint8Array.from(cells, (row) => classes.indexOf(row[column]!));
    const probabilities = Float32Array.from(
      cells.flatMap((row) => row.slice(9, 9 + classes.length).map(Number)),
    );
    const { parameters } = weights;
    const hash = resultHash({ parameters, labels: classOf(7), predicted: classOf(8), probabilities, matrix });
    assert.equal(hash, (await ran).runs[0]!.resultHash);
    assert.equal(hash, json(folder, 'run.json').resultHash);
  });

  it('tells the spec in the weights, with which the run can be repeated from its own folder', async () => {
    const folder = await folderOf();
    const { metadata } = decodeSafetensors(readFileSync(join(folder, 'weights.safetensors')), 'weights');
    const { specHash } = (await ran).prepared;
    assert.deepEqual(
      { ...metadata, spec: JSON.parse(metadata.spec!) },
      {
        format: 'sessionlab',
        specHash,
        seed: '1',
        spec: json(folder, 'spec.json'),
      },
    );
    const again = await run(join(folder, 'spec.json'), out);
    assert.equal(again.prepared.specHash, specHash);
    assert.equal(again.runs[0]!.state, 'same');
    assert.equal(again.runs[0]!.folder, folder);
  });

  it('has a journal from begin to end, with every step, epoch and test', async () => {
    const { lines, torn } = readJournal(join(await folderOf(), 'journal.jsonl'));
    assert.equal(torn, false);
    const step = ['step', 'step', 'step'];
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['begin', ...step, 'epoch', 'system', ...step, 'epoch', 'system', 'test', 'assessment', 'end'],
    );
    const end = lines.at(-1)!;
    assert.equal(end.type === 'end' && end.resultHash, (await ran).runs[0]!.resultHash);
  });

  it('accounts for every packet and every session', async () => {
    const { data, sessions, morphs, training } = json(await folderOf(), 'run.json');
    const left = data.leftOut.reduce((sum: number, { packets }: { packets: number }) => sum + packets, 0);
    assert.ok(left > 0, 'the synthetic network has packets of no session');
    assert.equal(data.keptPackets + left, data.packets);
    assert.deepEqual([sessions.all, sessions.training, sessions.test], [60, 48, 12]);
    assert.deepEqual([morphs.training.presented, morphs.test.presented], [2 * 48, 12]);
    assert.deepEqual([training.epochs, training.steps], [2, 6]);
    assert.match(data.files[0].sha256, /^[0-9a-f]{64}$/);
  });

  it('has attention of as many sessions as were asked for, with the probabilities of the predictions', async () => {
    const folder = await folderOf();
    const records = readFileSync(join(folder, 'attention.jsonl'), 'utf8').trimEnd().split('\n');
    const [, ...rows] = readFileSync(join(folder, 'predictions.csv'), 'utf8').trimEnd().split('\n');
    assert.equal(records.length, json(folder, 'run.json').attention);
    const groups = new Map<string, number>();
    for (const [i, line] of records.entries()) {
      const record = parseRecord(line, `line ${i + 1}`);
      groups.set(record.actual, (groups.get(record.actual) ?? 0) + 1);
      const row = rows[record.position]!.split(',');
      assert.deepEqual(
        [
          String(record.session),
          record.start,
          record.captured.initiator,
          record.kind,
          record.actual,
          record.predicted,
        ],
        [row[0], row[1], row[3], row[6], row[7], row[8]],
      );
      assert.deepEqual(record.probabilities, row.slice(9, 9 + record.classes.length).map(Number));
      const edited = record.packets.some(({ edits }) => edits.offset.length > 0);
      assert.equal(edited, record.kind !== 'normal');
    }
    assert.ok([...groups.values()].every((count) => count <= 2) && groups.size > 1, 'two of each kind');
  });

  it('was announced before training: sessions, the split, what was left out, what the test knows already', async () => {
    const { facts, lines } = await ran;
    const text = facts[0]!;
    assert.match(text, /60 sessions: \d+ TCP, \d+ UDP/);
    assert.match(text, /split {2,}48 train, 12 test, from 2018-03-05T/);
    assert.match(text, /left out {2,}\d+ packets \(/);
    assert.match(text, /not IP: ARP/);
    assert.match(text, /of the test sessions, [0-9.]+% are between two addresses that talk in training/);
    assert.match(facts.join(''), /Confusion matrix/);
    assert.match(facts.join(''), new RegExp(`result hash {2,}${(await ran).runs[0]!.resultHash}`));
    assert.equal(lines.length, 2);
    assert.match(
      lines[0]!,
      /^epoch 1\/2 {2}loss \d\.\d{4} {2}training accuracy [0-9.]+% .* sessions\/s {2}ETA /,
    );
    assert.doesNotMatch(lines[1]!, /ETA/);
  });
});

describe('real captures', () => {
  const captures = fileURLToPath(new URL('../../../shared/captures', import.meta.url));
  const skip = !existsSync(captures) && 'shared captures are not here';

  it('are trained and tested on as one data set, every packet of it accounted for', { skip }, async () => {
    const at = join(root, 'real');
    for (const name of ['one-host', 'mixed', 'odd']) {
      const load = { captures: [join(captures, name)], set: ['training.epochs=1', 'training.batch=128'] };
      const { runs, failure, prepared } = await run(writeSpec(at), join(at, 'out'), { load });
      assert.equal(failure, null);
      const { data, sessions } = json(runs[0]!.folder, 'run.json');
      const left = data.leftOut.reduce((sum: number, { packets }: { packets: number }) => sum + packets, 0);
      assert.equal(data.keptPackets + left, data.packets);
      assert.equal(sessions.training + sessions.test, prepared.sessions.count);
      assert.equal(runs[0]!.evaluation.sessions, sessions.test);
    }
  });
});

describe('the task "anomalous"', () => {
  it('tells normal from all kinds, of which the predictions still say which it was', async () => {
    const at = join(root, 'anomalous');
    const { runs } = await run(writeSpec(at, { task: 'anomalous' }), join(at, 'out'));
    assert.deepEqual(runs[0]!.evaluation.classes, ['normal', 'anomalous']);
    const [, ...rows] = readFileSync(join(runs[0]!.folder, 'predictions.csv'), 'utf8').trimEnd().split('\n');
    const pairs = new Set(rows.map((row) => row.split(',').slice(6, 8).join(' is ')));
    assert.ok([...pairs].every((pair) => (pair.startsWith('normal') ? /normal$/ : /anomalous$/).test(pair)));
    assert.ok(pairs.size > 2);
  });
});

describe('a run that fails', () => {
  /** Asks for a stop, or fails, at the n-th time that it is asked. */
  const at = (n: number, error: () => Error) => {
    let asked = 0;
    const check = () => {
      if (++asked === n) throw error();
    };
    return { check, guard: () => () => {}, dispose() {} };
  };

  /** The same, at the first time after so many seeds have begun. */
  const inSeed = (n: number, error: () => Error, engines: { count: number }) => {
    let thrown = false;
    const check = () => {
      if (engines.count < n || thrown) return;
      thrown = true;
      throw error();
    };
    return { check, guard: () => () => {}, dispose() {} };
  };

  /** Counts the seeds that have begun: each has a folder of its own while it goes on. */
  const seedsBegun = (out: string) => {
    const seen = new Set<string>();
    return {
      get count() {
        for (const file of filesBelow(join(out, 'small')).filter((name) => !name.startsWith('.')))
          seen.add(file.split('/')[1]!.replace(/\..*/, ''));
        return seen.size;
      },
    };
  };

  it('starts anew where what was stopped has lost its journal', async () => {
    const folder = join(root, 'no journal');
    const out = join(folder, 'out');
    const path = writeSpec(folder, { attention: { sessions: 1 } });
    let left: readonly string[] = [];
    for (let n = 20; left.length === 0; n += 20) {
      const stopped = await run(path, out, { interruption: at(n, () => new Interrupted()) });
      assert.notEqual(stopped.failure, null, 'it was never stopped with a checkpoint');
      left = filesBelow(join(out, 'small')).filter((name) => name.endsWith('.checkpoint'));
    }
    const journal = join(out, 'small', left[0]!.replace('.checkpoint', 'journal.jsonl'));
    rmSync(journal);
    const { runs, lines } = await run(path, out);
    assert.equal(runs[0]!.state, 'new');
    assert.match(lines.join('\n'), /does not belong to its journal: the run starts anew/);
    assert.equal((await verifyRun(runs[0]!.folder)).state, 'verified');
  });

  it('goes on wherever it was stopped, to the same files, and leaves nothing else', async () => {
    const folder = join(root, 'stopped');
    const path = writeSpec(folder, { training: { epochs: 2, batch: 16 }, attention: { sessions: 1 } });
    const whole = await run(path, join(folder, 'whole'));
    const ended = new Set<string>();
    // Nobody stops it so late: it counts how often a stop is looked for.
    let places = 0;
    const counted = await run(path, join(folder, 'counted'), {
      interruption: { ...at(0, () => new Interrupted()), check: () => void places++ },
    });
    assert.equal(counted.failure, null);
    assert.ok(places > 100, String(places));
    // Every place by `npm run test:kills`; here a sample, and the first and the last few.
    const near = (n: number) => n <= 4 || n > places - 4 || n % Math.ceil(places / 12) === 0;
    for (let n = 1; n <= places; n += 1) {
      if (!long && !near(n)) continue;
      const out = join(folder, 'out');
      const stop = run(path, out, { interruption: at(n, () => new Interrupted()) });
      const failure = await stop.then(
        (result) => result.failure,
        (error: unknown) => error,
      );
      // The capture is made once: after that there are fewer places.
      if (failure === null && n > 100) break;
      assert.ok(failure instanceof FaultError, `place ${n}: ${String(failure)}`);
      assert.equal(failure.exitCode, ExitCode.interrupted);
      ended.add(failure.message);
      const { runs } = await run(path, out);
      assert.deepEqual(artefacts(runs[0]!.folder), artefacts(whole.runs[0]!.folder));
      assert.deepEqual(
        filesBelow(join(out, 'small')).filter((file) => !/^[0-9a-f]{12}\/1\/[a-z.]+$/.test(file)),
        [],
      );
      rmSync(join(out, 'small'), { recursive: true });
    }
    assert.deepEqual(
      [...ended],
      [
        'interrupted: stopped before training; the same command goes on from there',
        'interrupted: stopped in seed 1; the same command goes on from there',
      ],
    );
  });

  it('does not lose the seeds that are finished, nor those to come', async () => {
    const folder = join(root, 'one of three');
    const path = writeSpec(folder, { seeds: [1, 2, 3], attention: { sessions: 0 } });
    const out = join(folder, 'out');
    const diverged = () => new FaultError({ place: 'seed 2', problem: 'diverged' }, ExitCode.usage);
    const interruption = inSeed(2, diverged, seedsBegun(out));
    const { runs, failure, mean } = await run(path, out, { interruption });
    assert.deepEqual(
      runs.map(({ seed, state }) => [seed, state]),
      [
        [1, 'new'],
        [3, 'new'],
      ],
    );
    assert.equal(failure?.message, 'seed 2: diverged');
    assert.equal(failure?.exitCode, ExitCode.usage);
    assert.equal(typeof mean?.accuracy, 'number');
    const seeds = new Set(filesBelow(join(out, 'small')).map((file) => file.split('/')[1]));
    assert.deepEqual([...seeds], ['1', '3']);
  });

  it('ends the others, too, when it is stopped', async () => {
    const folder = join(root, 'stopped in two');
    const path = writeSpec(folder, { seeds: [1, 2, 3] });
    const out = join(folder, 'out');
    const interruption = inSeed(2, () => new Interrupted(), seedsBegun(out));
    const { runs, failure } = await run(path, out, { interruption });
    assert.deepEqual(
      runs.map(({ seed }) => seed),
      [1],
    );
    assert.equal(failure?.message, 'interrupted: stopped in seed 2; the same command goes on from there');
  });
});
