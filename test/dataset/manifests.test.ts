import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { dataFolder } from '../../src/spec/dataset.ts';
import { type CapturesManifest, loadManifestFile } from '../../src/spec/index.ts';
import { temporaryFolder } from '../run/sample.ts';

const datasets = fileURLToPath(new URL('../../datasets/', import.meta.url));
const files = readdirSync(datasets).filter((file) => file.endsWith('.json'));

async function manifest(name: string): Promise<CapturesManifest> {
  const found = await loadManifestFile(join(datasets, `${name}.json`));
  assert.ok(found.kind === 'captures');
  return found;
}

describe('every manifest of captures that comes with sessionlab', () => {
  for (const file of files)
    it(`says where each file comes from, and has no file without use: ${file}`, async () => {
      const found = await loadManifestFile(join(datasets, file));
      if (found.kind === 'synthetic') return;
      const { source, files: list, days, labels } = found;
      assert.ok(source.page !== null && source.citation !== null && source.byHand !== null);
      const used = new Set(days.flatMap((day) => [...day.captures, ...day.labels]));
      for (const { path, unpack } of list) if (used.has(path) && unpack !== null) used.add(unpack.from);
      assert.deepEqual(
        list.map(({ path }) => path).filter((path) => !used.has(path)),
        [],
      );
      for (const { path, bytes, about, url, unpack } of list) {
        assert.ok(bytes === null || about === null, path);
        assert.ok(url === null || unpack === null, path);
        // A download keeps its name, so that it can also be put there by hand.
        if (url !== null) assert.equal(basename(new URL(url).pathname), basename(path));
      }
      for (const day of days) {
        assert.ok(day.captures.length > 0, day.name);
        if (labels !== null) assert.ok(day.labels.length > 0 || day.otherwise !== null, day.name);
      }
    });

  it('are the data sets of the field', () => {
    for (const name of ['bigflows', 'smallflows', 'iscx2012', 'cicids2017', 'ctu13'])
      assert.ok(files.includes(`${name}.json`), name);
  });
});

describe('bigflows and smallflows', () => {
  it('have the sizes of pcap files with as many packets and bytes as are published', async () => {
    const size = (packets: number, bytes: number) => 24 + 16 * packets + bytes;
    assert.equal((await manifest('bigflows')).files[0]!.bytes, size(791_615, 355_417_784));
    assert.equal((await manifest('smallflows')).files[0]!.bytes, size(14_261, 9_216_531));
  });
});

describe('iscx2012', () => {
  it('has seven days, of which the article trained on two and tested on the third', async () => {
    const { days } = await manifest('iscx2012');
    assert.deepEqual(
      days.map(({ date, article }) => [date, article]),
      [
        ['2010-06-11', 'train'],
        ['2010-06-12', 'train'],
        ['2010-06-13', 'test'],
        ['2010-06-14', null],
        ['2010-06-15', null],
        ['2010-06-16', null],
        ['2010-06-17', null],
      ],
    );
  });

  it('has as many flows and attacks as are published', async () => {
    const { days } = await manifest('iscx2012');
    const sum = (key: 'flows' | 'attackFlows') => days.reduce((total, day) => total + (day[key] ?? 0), 0);
    assert.equal(sum('flows'), 2_071_657);
    assert.equal(sum('attackFlows'), 68_910);
  });

  it('calls the day without label file normal, and only that', async () => {
    const { days } = await manifest('iscx2012');
    assert.deepEqual(
      days.map(({ labels, otherwise }) => [labels.length, otherwise]),
      [
        [0, 'Normal'],
        [1, null],
        [1, null],
        [1, null],
        [3, null],
        [3, null],
        [3, null],
      ],
    );
  });
});

describe('a manifest', () => {
  const folder = temporaryFolder();
  const good = {
    name: 'own',
    kind: 'captures',
    description: 'A capture of our own.',
    source: {},
    files: [{ path: 'a.pcap' }, { path: 'b.pcap' }],
    days: [{ name: 'one', captures: ['a.pcap'] }],
  };
  const faultsOf = async (value: object): Promise<readonly string[]> => {
    const path = join(folder, 'own.json');
    writeFileSync(path, JSON.stringify(value));
    try {
      await loadManifestFile(path);
      return [];
    } catch (error) {
      assert.ok(error instanceof FaultError && error.exitCode === ExitCode.usage);
      return error.message.replaceAll(path, 'own.json').split('\n');
    }
  };

  it('is taken as it is where nothing is wrong', async () => assert.deepEqual(await faultsOf(good), []));

  it('names files of its own only', async () =>
    assert.deepEqual(
      await faultsOf({
        ...good,
        days: [{ name: 'one', captures: ['a.pcp'], labels: ['a.xml'] }],
        files: [...good.files, { path: 'c.pcap', unpack: { from: 'c.bz2', command: 'bunzip2 c.bz2' } }],
        labels: { format: 'iscx2012' },
      }),
      [
        'own.json: /files/2/unpack/from: got "c.bz2", must be one of a.pcap, b.pcap, c.pcap',
        'own.json: /days/0/captures/0: got "a.pcp", must be one of a.pcap, b.pcap, c.pcap; did you mean "a.pcap"?',
        'own.json: /days/0/labels/0: got "a.xml", must be one of a.pcap, b.pcap, c.pcap',
      ],
    ));

  it('names nothing twice, and the format of its labels', async () =>
    assert.deepEqual(
      await faultsOf({
        ...good,
        files: [...good.files, { path: 'a.pcap' }],
        days: [...good.days, { name: 'one', labels: ['b.pcap'] }],
      }),
      [
        'own.json: /files/2/path: got "a.pcap" a second time, must occur once; remove it',
        'own.json: /days/1/name: got "one" a second time, must occur once; remove it',
        'own.json: /labels: got null, must say the format where days have label files',
      ],
    ));

  it('has no file outside its folder', async () => {
    for (const path of ['/etc/passwd', '../a', 'a/../../b', 'a\\b', './a', 'a/', ''])
      assert.equal((await faultsOf({ ...good, files: [...good.files, { path }] })).length, 1, path);
  });
});

describe('the folder of all data sets', () => {
  it('is that of the option, the variable, or the system, in this order', () => {
    assert.equal(dataFolder('/a', { SESSIONLAB_DATA: '/b' }), '/a');
    assert.equal(dataFolder(undefined, { SESSIONLAB_DATA: '/b', XDG_DATA_HOME: '/c' }), '/b');
    assert.equal(dataFolder(undefined, { SESSIONLAB_DATA: '', XDG_DATA_HOME: '/c' }), '/c/sessionlab');
    assert.match(
      dataFolder(undefined, { XDG_DATA_HOME: 'relative' }, 'linux'),
      /\/\.local\/share\/sessionlab$/,
    );
    assert.match(dataFolder(undefined, {}, 'darwin'), /\/Library\/Application Support\/sessionlab$/);
    assert.equal(dataFolder(undefined, { LOCALAPPDATA: '/l' }, 'win32'), '/l/sessionlab');
  });
});
