import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { estimateOffset, How, joinLabels, readLabels } from '../../src/label/index.ts';
import { assembleSessions } from '../../src/session/index.ts';
import { loadRecipeFile, loadSpec } from '../../src/spec/index.ts';
import {
  defaultRecipe,
  type Recipe,
  syntheticDays,
  syntheticPackets,
  writeSyntheticCapture,
  writeSyntheticDays,
} from '../../src/synth/index.ts';
import { hex, verifyFrame } from './verify.ts';

const root = mkdtempSync(join(tmpdir(), 'sessionlab-days-'));
after(() => rmSync(root, { recursive: true }));

const fresh = (name: string): string => {
  const folder = join(root, name);
  mkdirSync(folder);
  return folder;
};

const KINDS = [
  'internal-scan',
  'infiltration',
  'lateral-movement',
  'brute-force-ssh',
  'http-dos',
  'c2-beacons',
] as const;

const week: Recipe = {
  ...defaultRecipe,
  seed: 7,
  sessions: 900,
  ipv6: 0.1,
  administrators: 0.3,
  start: '2010-06-11T12:00:00Z',
  duration: 4 * 3600,
  days: [
    { name: 'friday', date: '2010-06-11', attacks: [], labels: false, article: 'train' },
    {
      name: 'saturday',
      date: '2010-06-12',
      attacks: KINDS.map((kind) => ({ kind, sessions: 40 })),
      labels: true,
      article: 'train',
    },
    {
      name: 'sunday',
      date: '2010-06-13',
      sessions: 500,
      attacks: [{ kind: 'infiltration', sessions: 60 }],
      labels: true,
      article: 'test',
    },
  ],
};

const SESSIONS = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 8 } as const;

/** The attack sessions of a day as the generator knows them: endpoints of their first packets. */
function attackTuples(recipe: Recipe, day: number): readonly string[] {
  const tuples = new Map<number, string>();
  for (const { session, attack, bytes, captured } of syntheticPackets(
    { ...recipe, snapLength: 65_535 },
    day,
  )) {
    if (attack === null || tuples.has(session)) continue;
    const { kind, source, sourcePort, destination, destinationPort } = verifyFrame(bytes.slice(0, captured));
    tuples.set(session, `${kind} ${source} ${sourcePort} ${destination} ${destinationPort}`);
  }
  return [...tuples.values()].sort();
}

describe('the days of a synthetic network', () => {
  it('are files: a capture for each day, and labels named after the date as in ISCX 2012', async () => {
    const folder = fresh('files');
    const written = await writeSyntheticDays(week, folder);
    assert.deepEqual(readdirSync(folder).sort(), [
      'TestbedSatJun12Flows.xml',
      'TestbedSunJun13Flows.xml',
      'friday.pcap',
      'saturday.pcap',
      'sunday.pcap',
    ]);
    assert.deepEqual(
      written.map(({ packets: _, bytes: __, flows: ___, sessions: ____, ...day }) => day),
      syntheticDays(week),
    );
    assert.deepEqual(
      syntheticDays(week).map(({ labels, otherwise }) => [labels, otherwise]),
      [
        [null, 'Normal'],
        ['TestbedSatJun12Flows.xml', null],
        ['TestbedSunJun13Flows.xml', null],
      ],
    );
    assert.deepEqual(
      written.map(({ sessions }) => sessions),
      [900, 900, 500],
    );
  });

  it('have the same bytes each time', async () => {
    const [one, two] = [fresh('once'), fresh('twice')];
    await writeSyntheticDays(week, one);
    await writeSyntheticDays(week, two);
    for (const name of readdirSync(one))
      assert(readFileSync(join(one, name)).equals(readFileSync(join(two, name))), name);
  });

  it('are labelled: the clock offset is found, each session has one label, and attacks are those that were made', async () => {
    const folder = fresh('truth');
    const written = await writeSyntheticDays({ ...week, clockOffset: 7200 }, folder);
    for (const [index, day] of written.entries()) {
      const { sessions, account } = await assembleSessions([join(folder, day.capture)], SESSIONS);
      assert.equal(sessions.count, day.sessions);
      assert.deepEqual(account.warnings, []);
      const truth = attackTuples({ ...week, clockOffset: 7200 }, index);
      if (day.labels === null) {
        assert.deepEqual(truth, []);
        continue;
      }
      const labels = await readLabels([{ path: join(folder, day.labels), day: day.date }], 'iscx2012');
      assert.deepEqual([labels.account.leftOut, labels.account.tolerated], [[], []]);
      const { offset, support } = estimateOffset(sessions, labels);
      assert.deepEqual([offset, support], [7200, day.sessions]);
      const joined = joinLabels(sessions, labels, offset);
      const { exact, agreeing } = joined.counts;
      assert.equal(exact + agreeing, day.sessions);
      const attack = joined.names.indexOf('Attack');
      const found: string[] = [];
      for (let s = 0; s < sessions.count; s++) {
        assert(joined.how[s] === How.exact || joined.how[s] === How.agreeing);
        if (joined.label[s] === attack) found.push(tupleOf(sessions, s));
      }
      assert.deepEqual(found.sort(), truth);
      assert.equal(
        truth.length,
        week.days![index]!.attacks.reduce((sum, one) => sum + one.sessions, 0),
      );
      assert.equal(day.flows!.attackFlows >= truth.length, true);
    }
  });

  it('have records twice, about 9% of them, and flows that are parts of sessions', async () => {
    const folder = fresh('twofold');
    const [, saturday] = await writeSyntheticDays(week, folder);
    const { records, flows } = saturday!.flows!;
    const labels = await readLabels([join(folder, saturday!.labels!)], 'iscx2012');
    assert.equal(labels.account.records, records);
    assert.equal(labels.account.duplicates, records - flows);
    const share = (records - flows) / records;
    assert(share > 0.06 && share < 0.12, `${share}`);
    assert(flows > saturday!.sessions, `${flows} flows of ${saturday!.sessions} sessions`);
  });

  it('never share a 5-tuple', () => {
    const owner = new Map<string, string>();
    week.days!.forEach((day, index) => {
      for (const { session, bytes, captured } of syntheticPackets({ ...week, snapLength: 65_535 }, index)) {
        if (session < 0) continue;
        const packet = verifyFrame(bytes.slice(0, captured));
        const { kind, source, sourcePort, destination, destinationPort } = packet;
        const tuple = [`${source}:${sourcePort}`, `${destination}:${destinationPort}`].sort().join(' ');
        const mine = `${day.name} ${session}`;
        assert.equal(owner.get(`${kind} ${tuple}`) ?? mine, mine);
        owner.set(`${kind} ${tuple}`, mine);
      }
    });
  });

  it('begin at the time of day of the recipe on their date in the clock of the labels', () => {
    const first = (recipe: Recipe, day: number): number => {
      for (const { seconds } of syntheticPackets(recipe, day)) return seconds;
      return 0;
    };
    const saturday = Date.parse('2010-06-12T12:00:00Z') / 1000;
    assert(first(week, 1) - saturday >= 0 && first(week, 1) - saturday < 300);
    // Where labels are five hours behind, 02:00 of the captures is on the next date.
    const evening = { ...week, start: '2010-06-11T02:00:00Z', duration: 3600, clockOffset: 18_000 };
    const sunday = Date.parse('2010-06-13T02:00:00Z') / 1000;
    assert(first(evening, 1) - sunday >= 0 && first(evening, 1) - sunday < 300);
  });

  it('do not appear when one of them cannot be written', async () => {
    const folder = fresh('taken');
    mkdirSync(join(folder, 'sunday.pcap', 'full'), { recursive: true });
    const stop = new Error('stop');
    const progress = () => {
      throw stop;
    };
    await assert.rejects(writeSyntheticDays(week, folder, { progress }), stop);
    assert.deepEqual(readdirSync(folder), ['sunday.pcap']);
    await assert.rejects(writeSyntheticDays(week, join(folder, 'nowhere')), FaultError);
  });

  it('are no single capture, and one capture has no days', async () => {
    await assert.rejects(writeSyntheticCapture(week, join(root, 'x.pcap')), /recipe\/days: has 3 days/);
    await assert.rejects(writeSyntheticDays(defaultRecipe, root), /recipe\/days: has no days/);
  });

  it('leave a recipe without days what it was', () => {
    const { days: _, administrators: __, ...plain } = week;
    const first = (recipe: Recipe) => {
      for (const packet of syntheticPackets(recipe)) return hex(packet.bytes.subarray(0, 60));
      return '';
    };
    assert.equal(first(plain), first({ ...plain, administrators: 0 }));
  });
});

function tupleOf(sessions: Awaited<ReturnType<typeof assembleSessions>>['sessions'], s: number): string {
  const row = sessions.firstRow[s]!;
  const at = sessions.headerStart[row]! + sessions.network[row]!;
  const ports = sessions.headerStart[row]! + sessions.transport[row]!;
  const view = new DataView(sessions.header.buffer, sessions.header.byteOffset);
  const six = sessions.header[at]! >> 4 === 6;
  const [from, size] = six ? [8, 16] : [12, 4];
  const address = (n: number) =>
    hex(sessions.header.subarray(at + from + n * size, at + from + (n + 1) * size));
  const kind = sessions.protocol[s] === 6 ? 'tcp' : 'udp';
  return `${kind} ${address(0)} ${view.getUint16(ports)} ${address(1)} ${view.getUint16(ports + 2)}`;
}

describe('faults of days', () => {
  const faultsOf = async (changes: object): Promise<string> => {
    const path = join(root, 'week.json');
    writeFileSync(path, JSON.stringify({ ...week, ...changes }));
    try {
      await loadRecipeFile(path);
    } catch (error) {
      assert(error instanceof FaultError, String(error));
      return error.message.replaceAll(`${path}: `, 'week.json: ');
    }
    return '';
  };
  const day = { name: 'a', date: '2010-06-12' };

  it('are told with the value, what was expected and the cure', async () => {
    const attacks = (kind: string, sessions: unknown) => ({
      days: [{ ...day, attacks: [{ kind, sessions }] }],
    });
    assert.match(
      await faultsOf(attacks('internal-scna', 1)),
      /^week\.json: \/days\/0\/attacks\/0\/kind: got "internal-scna", must be one of .*; did you mean "internal-scan"\?$/,
    );
    assert.match(await faultsOf(attacks('http-dos', 0)), /attacks\/0\/sessions: got 0, must be ≥ 1$/);
    assert.match(
      await faultsOf(attacks('http-dos', 901)),
      /days\/0\/attacks: attacks have 901 sessions, must be at most the 900/,
    );
    assert.match(await faultsOf({ days: [] }), /days: got an empty list, must have at least 1$/);
    assert.match(
      await faultsOf({ days: [day, { ...day, date: '2010-06-13' }] }),
      /days\/1\/name: got "a" again, must differ/,
    );
    assert.match(
      await faultsOf({ days: [day, { ...day, name: 'b' }] }),
      /days\/1\/date: got "2010-06-12" again/,
    );
    assert.match(
      await faultsOf({ days: [{ ...day, date: '2010-02-30' }] }),
      /date: got "2010-02-30", must be a time that exists$/,
    );
    assert.match(
      await faultsOf({ days: [{ ...day, date: '2106-02-07' }] }),
      /date: got "2106-02-07", must lie between/,
    );
    assert.match(
      await faultsOf({ duration: 15 * 3600 + 1 }),
      /duration: got 54001, must be ≤ 54000: a day begins and ends/,
    );
    assert.match(await faultsOf({ days: undefined, clockOffset: 60 }), /clockOffset: there are no days/);
    assert.match(await faultsOf({ workstations: 1, sessions: 9000 }), /sessions: got 18500, must be ≤ 10000/);
  });

  it('are told of a spec, too', async () => {
    const set = [
      'dataset={"synthetic":{"days":[{"name":"a","date":"2010-02-30","attacks":[{"kind":"http-dos","sessions":5000}]}]}}',
    ];
    await assert.rejects(loadSpec('experiments/quickstart.json', { set }), (error) => {
      assert(error instanceof FaultError);
      assert.match(error.message, /: got "2010-02-30", must be a time that exists/);
      assert.match(error.message, /: attacks have 5000 sessions, must be at most the 4000 of the day/);
      return true;
    });
  });
});

describe('the synthetic stand-in for ISCX 2012', () => {
  it('has three days as the article uses them: two to train on, the last one to test', async () => {
    const { dataset } = await loadSpec('experiments/quickstart.json', { set: ['dataset=synthetic-iscx'] });
    assert(dataset.kind === 'synthetic' && dataset.recipe.days !== undefined);
    const { recipe } = dataset;
    assert.deepEqual(
      syntheticDays(recipe).map(({ date, labels, otherwise, article }) => [date, labels, otherwise, article]),
      [
        ['2010-06-11', null, 'Normal', 'train'],
        ['2010-06-12', 'TestbedSatJun12Flows.xml', null, 'train'],
        ['2010-06-13', 'TestbedSunJun13Flows.xml', null, 'test'],
      ],
    );
    const shares = dataset.recipe.days.map(
      ({ sessions = recipe.sessions, attacks }) =>
        attacks.reduce((sum, attack) => sum + attack.sessions, 0) / sessions,
    );
    assert.equal(shares[0], 0);
    assert(shares[1]! > 0.01 && shares[1]! < 0.03);
    assert(shares[2]! > 0.07 && shares[2]! < 0.1);
  });
});

describe('the stand-ins', () => {
  const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  const recipeOf = async (name: string) => {
    const { dataset } = await loadSpec('experiments/quickstart.json', { set: [`dataset=${name}`] });
    assert(dataset.kind === 'synthetic');
    return dataset.recipe;
  };

  // Of the files as they were written first: other bytes change every result that is made of them.
  it('have the same bytes on every machine, scaled down', async () => {
    const folder = fresh('pinned');
    const large = join(folder, 'bigflows.pcap');
    await writeSyntheticCapture({ ...(await recipeOf('synthetic-bigflows')), sessions: 300 }, large);
    assert.equal(sha256(large), 'ad97e2794518d366');

    const iscx = await recipeOf('synthetic-iscx');
    const days = iscx.days!.map((day) => ({
      ...day,
      sessions: 200,
      attacks: day.attacks.map(({ kind }) => ({ kind, sessions: 20 })),
    }));
    const written = await writeSyntheticDays({ ...iscx, days }, folder);
    const files = written.flatMap(({ capture, labels }) => (labels === null ? [capture] : [capture, labels]));
    assert.deepEqual(
      files.map((file) => [file, sha256(join(folder, file))]),
      [
        ['testbed-11jun.pcap', '01a92b2b4d83239b'],
        ['testbed-12jun.pcap', '0f49bfbc265ad792'],
        ['TestbedSatJun12Flows.xml', '351f8c3c419f7921'],
        ['testbed-13jun.pcap', '55031bf6cf7c7107'],
        ['TestbedSunJun13Flows.xml', '6d05b06b579959b8'],
      ],
    );
  });
});
