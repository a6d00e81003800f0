import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import { type LoadOptions, loadSpec, withSource } from '../../src/spec/index.ts';
import fc from '../support/fast-check.ts';
import { faultsOf, KEYS, loader, SMALLEST, temporaryFolder, typo } from './helpers.ts';

/** The data sets that come with sessionlab. */
const OURS = readdirSync(new URL('../../datasets/', import.meta.url))
  .map((file) => file.replace(/\.json$/, ''))
  .sort()
  .join(', ');
const folder = temporaryFolder();
const load = loader(folder);
const faults = faultsOf(folder);

/** The one fault of the smallest spec with this in it. */
async function faultOf(part: object, options: LoadOptions = {}): Promise<string> {
  const lines = await faults({ ...SMALLEST, ...part }, options);
  assert.equal(lines.length, 1, lines.join('\n'));
  return lines[0]!;
}

describe('the smallest spec', () => {
  it('is filled in with the defaults of the article', async () => {
    const { spec, path, dataset } = await load(SMALLEST);
    assert.deepEqual(spec, {
      name: 'small',
      dataset: 'synthetic-office',
      protocol: { kind: 'chronological', train: 0.8 },
      sessions: {
        protocols: ['tcp', 'udp'],
        idleTimeout: null,
        minPackets: 1,
        maxPackets: 8,
        tunnels: 'outer',
      },
      tokens: { bytes: 43, hide: [] },
      anomalies: {
        normal: 0.5,
        kinds: { 'destination-ip-swap': 1, 'ip-direction-switch': 1, 'port-direction-switch': 1 },
        testKinds: null,
        repair: [],
        contacts: 'pair',
        addresses: 'uniform',
      },
      task: 'kind',
      network: {
        cell: 'gru',
        packet: { units: 100, layers: 1, attention: 'tanh' },
        session: { units: 100, layers: 1, attention: 'tanh' },
        head: [100],
        activation: 'tanh',
        layerNorm: false,
        dropout: 0,
        initializer: { kind: 'normal', deviation: 0.2 },
      },
      training: {
        epochs: 20,
        batch: 128,
        optimizer: { kind: 'adam', learningRate: 0.001 },
        schedule: { kind: 'constant', warmUp: 0 },
        clipNorm: 1,
        classWeights: null,
        tokenDropout: 0,
        validation: 0,
        earlyStopping: null,
      },
      evaluation: { everyEpoch: false },
      attention: { sessions: 8, choose: 'per-kind', ids: [] },
      seeds: [1],
      engine: 'native',
    });
    assert.equal(path, join(folder, 'x.json'));
    assert.equal(dataset.kind, 'synthetic');
  });

  it('keeps what is given beside a default', async () => {
    const { spec } = await load({
      ...SMALLEST,
      network: { packet: { units: 7 }, initializer: { deviation: 0.1 }, head: [] },
      training: { optimizer: { learningRate: 0.5 }, clipNorm: null },
      sessions: { idleTimeout: 60 },
    });
    assert.deepEqual(spec.network.packet, { units: 7, layers: 1, attention: 'tanh' });
    assert.deepEqual(spec.network.initializer, { kind: 'normal', deviation: 0.1 });
    assert.deepEqual(spec.network.head, []);
    assert.deepEqual(spec.training.optimizer, { kind: 'adam', learningRate: 0.5 });
    assert.equal(spec.training.clipNorm, null);
    assert.equal(spec.sessions.idleTimeout, 60);
  });

  it('puts kinds and lists that are sets in one order, whoever wrote them', async () => {
    const kinds = { 'port-direction-switch': 2, 'destination-ip-swap': 3 };
    const { spec } = await load({
      ...SMALLEST,
      sessions: { protocols: ['udp', 'tcp'] },
      tokens: { hide: ['mac', 'checksum'] },
      anomalies: { kinds, repair: ['mac', 'checksum'] },
      attention: { choose: 'named', ids: [20, 3] },
    });
    assert.deepEqual(Object.entries(spec.anomalies.kinds), [
      ['destination-ip-swap', 3],
      ['port-direction-switch', 2],
    ]);
    assert.deepEqual(spec.sessions.protocols, ['tcp', 'udp']);
    assert.deepEqual(spec.tokens.hide, ['checksum', 'mac']);
    assert.deepEqual(spec.anomalies.repair, ['checksum', 'mac']);
    assert.deepEqual(spec.attention.ids, [3, 20]);
  });
});

describe('a fault in a spec', () => {
  const cases: readonly (readonly [part: object, message: string])[] = [
    // Numbers
    [{ network: { packet: { units: 0 } } }, 'x.json: /network/packet/units: got 0, must be ≥ 1'],
    [
      { network: { packet: { units: 5000 } } },
      'x.json: /network/packet/units: got 5000, must be ≤ 4096; one layer would hold more than 100 million weights',
    ],
    [
      { network: { session: { layers: 1.5 } } },
      'x.json: /network/session/layers: got 1.5, must be a whole number from 1 to 8',
    ],
    [{ network: { head: [64, 0] } }, 'x.json: /network/head/1: got 0, must be ≥ 1'],
    [
      { network: { head: 100 } },
      'x.json: /network/head: got 100, must be a list, each item a whole number from 1 to 4096',
    ],
    [
      { sessions: { maxPackets: 256 } },
      'x.json: /sessions/maxPackets: got 256, must be ≤ 255; a batch counts the packets of a session in one byte',
    ],
    [{ sessions: { idleTimeout: 0 } }, 'x.json: /sessions/idleTimeout: got 0, must be > 0'],
    [
      { sessions: { idleTimeout: 'never' } },
      'x.json: /sessions/idleTimeout: got "never", must be a number of seconds above 0, or null',
    ],
    [{ training: { clipNorm: -1 } }, 'x.json: /training/clipNorm: got -1, must be > 0'],
    [
      { training: { optimizer: { learningRate: 0 } } },
      'x.json: /training/optimizer/learningRate: got 0, must be > 0',
    ],
    [{ protocol: { train: 1 } }, 'x.json: /protocol/train: got 1, must be < 1'],
    [{ anomalies: { normal: 1.5 } }, 'x.json: /anomalies/normal: got 1.5, must be ≤ 1'],
    [
      { anomalies: { kinds: { 'noisy-packet': 0 } } },
      'x.json: /anomalies/kinds/noisy-packet: got 0, must be > 0',
    ],
    [{ seeds: [1.5] }, 'x.json: /seeds/0: got 1.5, must be a whole number from 0 to 9007199254740991'],
    // Types
    [{ network: [] }, 'x.json: /network: got [], must be an object'],
    [
      { evaluation: { everyEpoch: 'yes' } },
      'x.json: /evaluation/everyEpoch: got "yes", must be true or false',
    ],
    [{ description: 5 }, 'x.json: /description: got 5, must be a text'],
    [{ task: null }, 'x.json: /task: got null, must be one of kind, anomalous, generate'],
    // Lists
    [{ seeds: [] }, 'x.json: /seeds: got an empty list, must have at least 1'],
    [{ seeds: [1, 2, 1] }, 'x.json: /seeds/2: got 1 a second time, must occur once; remove it'],
    [
      { anomalies: { repair: ['mac', 'mac'] } },
      'x.json: /anomalies/repair/1: got "mac" a second time, must occur once; remove it',
    ],
    [
      { network: { head: [1, 1, 1, 1, 1, 1, 1, 1, 1] } },
      'x.json: /network/head: got 9 items, must have at most 8',
    ],
    // Names
    [
      { network: { cell: 'gur' } },
      'x.json: /network/cell: got "gur", must be one of gru, gru-reset-before, lstm, rnn; did you mean "gru"?',
    ],
    [
      { network: { packet: { attention: 'tan' } } },
      'x.json: /network/packet/attention: got "tan", must be one of none, mean, tanh, additive, dot; did you mean "tanh"?',
    ],
    [
      { engine: 'Native' },
      'x.json: /engine: got "Native", must be one of native, reference, tfjs; did you mean "native"?',
    ],
    [
      { training: { optimizer: { kind: 'sdg' } } },
      'x.json: /training/optimizer/kind: got "sdg", must be one of adam, adamw, rmsprop, sgd; did you mean "sgd"?',
    ],
    [
      { training: { optimizer: { kind: 'adam', momentum: 0.9 } } },
      'x.json: /training/optimizer/momentum: unknown key where "kind" is "adam", must be one of kind, learningRate; it belongs to "sgd"',
    ],
    [
      { training: { schedule: { kind: 'cosin' } } },
      'x.json: /training/schedule/kind: got "cosin", must be one of constant, cosine, step; did you mean "cosine"?',
    ],
    [
      { training: { classWeights: { norml: 2 } } },
      'x.json: /training/classWeights/norml: unknown key, must be one of normal, anomalous, destination-ip-swap, ip-direction-switch, noisy-packet, port-direction-switch; did you mean "normal"?',
    ],
    [
      { training: { earlyStopping: 5 } },
      'x.json: /training/earlyStopping: got 5, must be an object with "patience", or null',
    ],
    [{ network: { dropout: 1 } }, 'x.json: /network/dropout: got 1, must be < 1'],
    [
      { network: { initializer: { kind: 'glorott' } } },
      'x.json: /network/initializer/kind: got "glorott", must be one of normal, glorot, orthogonal; did you mean "glorot"?',
    ],
    [
      { network: { initializer: { kind: 'glorot', deviation: 1 } } },
      'x.json: /network/initializer/deviation: unknown key where "kind" is "glorot", must be "kind"; it belongs to "normal"',
    ],
    [
      { network: { initializer: { deviation: 0 } } },
      'x.json: /network/initializer/deviation: got 0, must be > 0',
    ],
    [
      { anomalies: { kinds: { 'ip-direction-swich': 1 } } },
      'x.json: /anomalies/kinds/ip-direction-swich: unknown key, must be one of destination-ip-swap, ip-direction-switch, noisy-packet, port-direction-switch; did you mean "ip-direction-switch"?',
    ],
    [
      { tokens: { hide: ['checksums'] } },
      'x.json: /tokens/hide/0: got "checksums", must be one of checksum, mac, ip.ttl, ip.source, tcp.source, udp.source; did you mean "checksum"?',
    ],
    [
      { attention: { choose: 'per-kid' } },
      'x.json: /attention/choose: got "per-kid", must be one of per-kind, hits-and-misses, named; did you mean "per-kind"?',
    ],
    [
      { dataset: 'synthetic-ofice' },
      `x.json: /dataset: got "synthetic-ofice", must be one of ${OURS}; did you mean "synthetic-office"?`,
    ],
    // Keys
    [
      { network: { pakcet: {} } },
      'x.json: /network/pakcet: unknown key, must be one of cell, packet, session, head, activation, layerNorm, dropout, initializer, decoder; did you mean "packet"?',
    ],
    [
      { evaluation: { epochs: 3 } },
      'x.json: /evaluation/epochs: unknown key, must be one of everyEpoch, epoch, redraw, draws, baselines, threshold, presentations; did you mean "epoch"?',
    ],
    [
      { tokens: { units: 3 } },
      'x.json: /tokens/units: unknown key, must be one of bytes, from, hide, unit, order, publicAddresses, derived; did you mean "unit"?',
    ],
    [
      { name: 'a/b' },
      'x.json: /name: got "a/b", must be a name of at most 100 letters, digits, ".", "_" and "-" that starts with a letter or digit',
    ],
    // Data sets
    [
      { dataset: 7 },
      'x.json: /dataset: got 7, must be the name of a data set, { "captures": […] } or { "synthetic": {…} }',
    ],
    [
      { dataset: { files: [] } },
      'x.json: /dataset: got {"files":[]}, must be the name of a data set, { "captures": […] } or { "synthetic": {…} }',
    ],
    [
      { dataset: { capture: ['a.pcap'] } },
      'x.json: /dataset/capture: unknown key, must be one of captures, source, labels, synthetic; did you mean "captures"?',
    ],
    [{ dataset: { captures: [] } }, 'x.json: /dataset/captures: got an empty list, must have at least 1'],
    [{ dataset: { captures: [''] } }, 'x.json: /dataset/captures/0: got "", must be a file, folder or glob'],
    [{ dataset: { synthetic: { ipv6: 2 } } }, 'x.json: /dataset/synthetic/ipv6: got 2, must be ≤ 1'],
    [
      { dataset: { synthetic: { sesions: 2 } } },
      'x.json: /dataset/synthetic/sesions: unknown key, must be one of 21 known names; did you mean "sessions"?',
    ],
    [
      { dataset: { synthetic: { sessions: 30_000, workstations: 2 } } },
      'x.json: /dataset/synthetic/sessions: got 30000, must be ≤ 20000 with 2 workstations; ask for fewer sessions or more workstations',
    ],
    [
      { dataset: { synthetic: { start: '2018-02-30T09:00:00Z' } } },
      'x.json: /dataset/synthetic/start: got "2018-02-30T09:00:00Z", must be a time that exists',
    ],
    [
      { dataset: { synthetic: { start: '2106-03-01T00:00:00Z' } } },
      'x.json: /dataset/synthetic/start: got "2106-03-01T00:00:00Z", must lie between 1970 and February 2106; captures count seconds in 32 bits',
    ],
    // Combinations
    [
      { anomalies: { kinds: {} } },
      'x.json: /anomalies/kinds: got no kind, must name at least one where "normal" is 0.5; name a kind with its weight, such as { "ip-direction-switch": 1 }',
    ],
    [
      { anomalies: { normal: 1 } },
      'x.json: /anomalies/normal: got 1, which leaves only the class "normal" for the task "kind", must leave at least 2; choose a probability between 0 and 1, such as 0.5',
    ],
    [
      { anomalies: { normal: 0 }, task: 'anomalous' },
      'x.json: /anomalies/normal: got 0, which leaves only the class "anomalous" for the task "anomalous", must leave at least 2; choose a probability between 0 and 1, such as 0.5',
    ],
    [
      { anomalies: { normal: 0, kinds: { 'noisy-packet': 1 } } },
      'x.json: /anomalies/normal: got 0, which leaves only the class "noisy-packet" for the task "kind", must leave at least 2; choose a probability above 0 or name more kinds',
    ],
    [
      { attention: { choose: 'named' } },
      'x.json: /attention/ids: got an empty list, must name at least one session where "choose" is "named"; `sessionlab explain --list` shows ids',
    ],
    [
      { attention: { ids: [3] } },
      'x.json: /attention/ids: names sessions, must be empty where "choose" is "per-kind"; set "choose" to "named"',
    ],
    [
      { network: { head: [], dropout: 0.5 } },
      'x.json: /network/dropout: got 0.5, must be 0 where "head" is empty; it acts on the dense layers: give "head" one, such as [100]',
    ],
    [
      { network: { head: [], layerNorm: true } },
      'x.json: /network/layerNorm: got true, must be false where "head" is empty; it acts on the dense layers: give "head" one, such as [100]',
    ],
    [
      { training: { epochs: 5, schedule: { warmUp: 5 } } },
      'x.json: /training/schedule/warmUp: got 5, must be < 5, the epochs of the training; make it smaller, or train for more epochs',
    ],
    [
      { training: { epochs: 5, schedule: { kind: 'step' } } },
      'x.json: /training/schedule/every: got 10, must be < 5, the epochs of the training; make it smaller, or train for more epochs',
    ],
    [
      { training: { earlyStopping: {} } },
      'x.json: /training/earlyStopping: asks for sessions that do not train, but "validation" is 0; set training.validation to 0.1, for example, or earlyStopping to null',
    ],
    [
      { training: { validation: 0.1, earlyStopping: { patience: 20 } } },
      'x.json: /training/earlyStopping/patience: got 20, must be < 20, the epochs of the training; make it smaller, or train for more epochs',
    ],
    [
      { training: { classWeights: { 'noisy-packet': 2 } } },
      'x.json: /training/classWeights/noisy-packet: is no class of this spec, must be one of normal, destination-ip-swap, ip-direction-switch, port-direction-switch for the task "kind"',
    ],
    [
      { anomalies: { testKinds: { 'noisy-packet': 1 } } },
      'x.json: /anomalies/testKinds: names kinds of its own, must be null for the task "kind"; set "task" to "anomalous": a network can only name the kinds that it was trained on',
    ],
    [
      { task: 'anomalous', anomalies: { testKinds: {} } },
      'x.json: /anomalies/testKinds: got no kind, must name at least one, or be null',
    ],
    [
      { task: 'anomalous', training: { classWeights: { normal: 0, anomalous: 0 } } },
      'x.json: /training/classWeights: got weight 0 for every class, must leave at least one that counts',
    ],
  ];
  for (const [part, message] of cases) {
    it(`is told: ${message}`, async () => assert.equal(await faultOf(part), message));
  }

  it('is told of what is missing', async () => {
    assert.deepEqual(await faults({}), [
      'x.json: /name: missing, must be a name of at most 100 letters, digits, ".", "_" and "-" that starts with a letter or digit',
      'x.json: /dataset: missing, must be the name of a data set, { "captures": […] } or { "synthetic": {…} }',
    ]);
    assert.deepEqual(await faults([]), ['x.json: got [], must be an object with "name" and "dataset"']);
    assert.deepEqual(await faults('null'), ['x.json: got null, must be an object with "name" and "dataset"']);
  });

  it('is told with all others, those that only show in combinations among them', async () => {
    const spec = {
      name: '',
      dataset: 'synthetic-ofice',
      protcol: {},
      network: { packet: { units: 0 }, session: { attention: 'dott' } },
      anomalies: { kinds: {}, repair: ['mack'] },
      attention: { ids: [1, 1] },
      seeds: [1, 1],
    };
    const lines = await faults(spec);
    assert.deepEqual(lines.map((line) => line.split(':')[1]!.trim()).sort(), [
      '/anomalies/kinds',
      '/anomalies/repair/0',
      '/attention/ids/1',
      '/dataset',
      '/name',
      '/network/packet/units',
      '/network/session/attention',
      '/protcol',
      '/seeds/1',
    ]);
  });

  it('does not make a second one of what depends on it', async () => {
    // With the wrong "normal" mended to its default, an empty "kinds" would be a fault; who knows what was meant.
    assert.equal(
      await faultOf({ anomalies: { normal: 2, kinds: {} } }),
      'x.json: /anomalies/normal: got 2, must be ≤ 1',
    );
  });

  it('is told with the value shortened', async () => {
    assert.equal(
      await faultOf({ task: 'x'.repeat(1000) }),
      `x.json: /task: got "${'x'.repeat(56)}…, must be one of kind, anomalous, generate`,
    );
  });

  it('never is a crash, whatever the JSON', async () => {
    const keys = fc.oneof(fc.constantFrom(...KEYS), fc.string());
    const { spec } = fc.letrec((tie) => ({
      spec: fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(0, -1, 0.5, 1, 8, null, true, 'tcp', 'normal', 'synthetic-office', '__proto__'),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('spec'),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(spec, async (value) => {
        const lines = await faults(value);
        for (const line of lines) assert.match(line, /^x\.json: (.*: )?.*(got|unknown|missing|must|leaves)/);
      }),
      { numRuns: 300 },
    );
  });

  it('gets back the key that was misspelt, for every key and every single slip', async () => {
    const network = ['cell', 'packet', 'session', 'head', 'activation', 'initializer'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...network),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(...'xyz'),
        async (key, kind, at, c) => {
          const written = typo(key, kind, at, c);
          fc.pre(written !== key);
          const [line] = await faults({ ...SMALLEST, network: { [written]: {} } });
          assert.ok(line!.endsWith(`did you mean "${key}"?`), line);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('--set', () => {
  const set = async (...assignments: string[]) => (await load(SMALLEST, { set: assignments })).spec;

  it('changes what is there, what has a default, and whole parts', async () => {
    assert.equal((await set('network.packet.units=5')).network.packet.units, 5);
    assert.deepEqual((await set('network.head=[64, 32]')).network.head, [64, 32]);
    assert.equal((await set('training.clipNorm=null')).training.clipNorm, null);
    assert.equal((await set('engine=reference')).engine, 'reference');
    assert.equal((await set('engine="reference"')).engine, 'reference');
    assert.equal((await set('description=a=b')).description, 'a=b');
    assert.equal((await set('anomalies.kinds.noisy-packet=2')).anomalies.kinds['noisy-packet'], 2);
    assert.deepEqual((await set('dataset={"captures":["a.pcap"]}')).dataset, { captures: ['a.pcap'] });
  });

  it('lets the last of two win', async () => {
    assert.equal((await set('training.epochs=1', 'training.epochs=2')).training.epochs, 2);
    assert.equal((await set('training={"epochs":1}', 'training.epochs=2')).training.epochs, 2);
    assert.equal((await set('training.epochs=-1', 'training={"epochs":1}')).training.epochs, 1);
  });

  const cases: readonly (readonly [assignment: string, message: string])[] = [
    [
      'network.pakcet.units=5',
      '--set network.pakcet.units=5: unknown key, must be one of cell, packet, session, head, activation, layerNorm, dropout, initializer, decoder; did you mean "packet"?',
    ],
    ['network.packet.units=0', '--set network.packet.units=0: got 0, must be ≥ 1'],
    [
      'network.packet.units=many',
      '--set network.packet.units=many: got "many", must be a whole number from 1 to 4096',
    ],
    ['network.packet.units=', '--set network.packet.units=: got "", must be a whole number from 1 to 4096'],
    ['network.head=[8,0]', '--set network.head=[8,0]: got 0, must be ≥ 1'],
    ['units', '--set units: must be path=value; write for example --set network.packet.units=50'],
    ['=5', '--set =5: must be path=value; write for example --set network.packet.units=50'],
    [
      'network..units=5',
      '--set network..units=5: must be path=value; write for example --set network.packet.units=50',
    ],
    ['name.first=x', '--set name.first=x: /name is "small", must be an object to have keys; set name itself'],
    [
      '__proto__.units=5',
      '--set __proto__.units=5: unknown key, must be one of $schema, extends, name, description, variant, dataset, protocol, test, sessions, tokens, anomalies, task, network, training, evaluation, attention, published, seeds, vary, hypotheses, sweep, slurm, tracking, engine',
    ],
    [
      'attention.ids=[4]',
      '--set attention.ids=[4]: names sessions, must be empty where "choose" is "per-kind"; set "choose" to "named"',
    ],
    ['dataset=nowhere', `--set dataset=nowhere: got "nowhere", must be one of ${OURS}`],
  ];
  for (const [assignment, message] of cases) {
    it(`is told: ${message}`, async () => assert.equal(await faultOf({}, { set: [assignment] }), message));
  }

  it('does not change lists in part', async () => {
    const message =
      '--set network.head.0=5: /network/head is a list, must be set as a whole; set network.head itself';
    assert.equal(await faultOf({ network: { head: [64] } }, { set: ['network.head.0=5'] }), message);
  });

  it('is not blamed for what stands in the file', async () => {
    const lines = await faults({ ...SMALLEST, network: { cell: 'x' } }, { set: ['network.packet.units=0'] });
    assert.deepEqual(lines, [
      'x.json: /network/cell: got "x", must be one of gru, gru-reset-before, lstm, rnn',
      '--set network.packet.units=0: got 0, must be ≥ 1',
    ]);
  });
});

describe('--seed and --capture', () => {
  it('replace the seeds and the data set', async () => {
    const { spec, dataset } = await load(
      { ...SMALLEST, seeds: [1, 2] },
      { seed: 7, captures: ['a.pcap', '/b/c.pcap'] },
    );
    assert.deepEqual(spec.seeds, [7]);
    const captures = [join(process.cwd(), 'a.pcap'), '/b/c.pcap'];
    assert.deepEqual(spec.dataset, { captures });
    assert.deepEqual(dataset, { kind: 'captures', captures, base: folder });
  });

  it('are told when they are wrong', async () => {
    assert.equal(await faultOf({}, { seed: -1 }), '--seed: got -1, must be ≥ 0');
    assert.equal(
      await faultOf({}, { seed: 2 ** 53 }),
      '--seed: got 9007199254740992, must be ≤ 9007199254740991; larger integers are not exact in JSON',
    );
    assert.equal(
      await faultOf({}, { captures: [''] }),
      '--capture: got an empty text, must be a file, folder or glob',
    );
  });

  it('mend a data set that is wrong in the file', async () => {
    assert.deepEqual(await faults({ ...SMALLEST, dataset: 'gone' }, { captures: ['a.pcap'] }), []);
  });
});

describe('a data set', () => {
  const base = join(folder, 'lab', 'experiments', 'deep');
  mkdirSync(base, { recursive: true });
  mkdirSync(join(folder, 'lab', 'datasets'));
  const spec = join(base, 'x.json');
  const manifest = (text: unknown) =>
    writeFileSync(join(folder, 'lab', 'datasets', 'mine.json'), JSON.stringify(text));
  const loadMine = () => {
    writeFileSync(spec, JSON.stringify({ name: 'x', dataset: 'mine' }));
    return loadSpec(spec);
  };

  it('is found by its name in the nearest datasets/ above the spec', async () => {
    manifest({ name: 'mine', kind: 'synthetic', description: 'Mine.', recipe: { sessions: 10 } });
    const { dataset } = await loadMine();
    assert.ok(dataset.kind === 'synthetic');
    assert.equal(dataset.name, 'mine');
    assert.equal(dataset.recipe.sessions, 10);
    assert.equal(dataset.recipe.duration, 1800);
  });

  it('has faults of its own, told with its own file', async () => {
    const faultsOfMine = async (value: object): Promise<readonly string[]> => {
      manifest(value);
      const error: unknown = await loadMine().catch((thrown: unknown) => thrown);
      assert.ok(error instanceof FaultError);
      const file = join(folder, 'lab', 'datasets', 'mine.json');
      return error.message.replaceAll(file, 'mine.json').split('\n').sort();
    };
    const value = {
      name: 'other',
      kind: 'synthetic',
      description: '',
      recipe: { sessions: 0, start: 'now' },
      licence: 'MIT',
    };
    const keys = '$schema, name, kind, description, recipe';
    assert.deepEqual(await faultsOfMine(value), [
      'mine.json: /description: got "", must be a text that is not empty',
      `mine.json: /licence: unknown key, must be one of ${keys}`,
      'mine.json: /name: got "other", must be "mine" like the file',
      'mine.json: /recipe/sessions: got 0, must be ≥ 1',
      'mine.json: /recipe/start: got "now", must be a UTC time such as 2018-03-05T09:00:00Z',
    ]);
    // Before it is known what the manifest is of, nothing can be said of the rest.
    assert.deepEqual(await faultsOfMine({ ...value, kind: 'syntetic' }), [
      'mine.json: /kind: got "syntetic", must be one of synthetic, captures; did you mean "synthetic"?',
      'mine.json: /name: got "other", must be "mine" like the file',
    ]);
  });

  it('of captures keeps them relative to the spec, and where to get them', async () => {
    const { dataset } = await load({
      ...SMALLEST,
      dataset: { captures: ['../a/*.pcap'], source: 'ask Ann' },
    });
    assert.deepEqual(dataset, {
      kind: 'captures',
      captures: ['../a/*.pcap'],
      base: folder,
      source: 'ask Ann',
    });
  });
});

describe('a data set that the command line names', () => {
  it('stands in place of that of the spec, whatever that is', async () => {
    for (const dataset of ['synthetic-office', { captures: ['a.pcap'] }, { synthetic: {} }]) {
      const { dataset: resolved, spec } = await load(
        { ...SMALLEST, dataset },
        { dataset: 'smallflows', data: '/d' },
      );
      assert.ok(resolved.kind === 'captures');
      assert.deepEqual([resolved.base, resolved.captures], ['/d/smallflows', ['smallFlows.pcap']]);
      assert.equal(resolved.manifest?.name, 'smallflows');
      assert.equal(spec.dataset, 'smallflows');
    }
  });

  it('is told as the option where there is none, with one that is near', async () => {
    const [fault] = await faults(SMALLEST, { dataset: 'bigflow' });
    assert.match(fault!, /^--dataset: got "bigflow", must be .*; did you mean "bigflows"\?$/);
  });

  it('excludes captures', async () => {
    assert.deepEqual(await faults(SMALLEST, { dataset: 'smallflows', captures: ['a.pcap'] }), [
      '--dataset: both --dataset and --capture say what to read; leave one of them out',
    ]);
  });
});

describe('captures of a manifest that are not there', () => {
  const cureOf = async (name: string) => {
    const { dataset } = await load({ ...SMALLEST, dataset: name }, { data: '/d' });
    const gone = new FaultError({ place: 'a.pcap', problem: 'no such file' }, ExitCode.data);
    return withSource(gone, dataset).faults[0]!.cure!;
  };

  it('are told with the command that fetches them', async () => {
    assert.equal(await cureOf('bigflows'), 'get it with `sessionlab data fetch bigflows`');
    assert.equal(await cureOf('ctu13'), 'get it with `sessionlab data fetch ctu13`');
  });

  it('are told with what is to be done by hand where there is nothing to fetch', async () => {
    assert.match(
      await cureOf('iscx2012'),
      /^this folder is \/d\/iscx2012: Fill in the form .*data fetch iscx2012/,
    );
  });

  it('are in the folder of the environment variable where no option names one', async () => {
    const before = process.env.SESSIONLAB_DATA;
    process.env.SESSIONLAB_DATA = '/elsewhere';
    try {
      const { dataset } = await load({ ...SMALLEST, dataset: 'bigflows' });
      assert.ok(dataset.kind === 'captures');
      assert.equal(dataset.base, '/elsewhere/bigflows');
    } finally {
      if (before === undefined) delete process.env.SESSIONLAB_DATA;
      else process.env.SESSIONLAB_DATA = before;
    }
  });
});

describe('captures that are not there', () => {
  const gone = new FaultError(
    { place: 'a.pcap', problem: 'no such file', cure: 'check the path' },
    ExitCode.data,
  );

  it('are told with where to get them, if the spec says', async () => {
    const { dataset } = await load({ ...SMALLEST, dataset: { captures: ['a.pcap'], source: 'ask Ann' } });
    assert.equal(withSource(gone, dataset).message, 'a.pcap: no such file; ask Ann');
    assert.equal(withSource(gone, dataset).exitCode, ExitCode.data);
  });

  it('are told as they are where it does not, or where something else is wrong', async () => {
    const { dataset } = await load({ ...SMALLEST, dataset: { captures: ['a.pcap'] } });
    assert.equal(withSource(gone, dataset), gone);
    const refused = new FaultError({ place: 'a.pcap', problem: 'permission denied' }, ExitCode.machine);
    const sourced = await load({ ...SMALLEST, dataset: { captures: ['a.pcap'], source: 'ask Ann' } });
    assert.equal(withSource(refused, sourced.dataset), refused);
  });
});

describe('a file that is no spec', () => {
  const rejects = async (path: string, message: string, exitCode: number = ExitCode.usage) =>
    assert.rejects(loadSpec(path), (error) => {
      assert.ok(error instanceof FaultError);
      assert.equal(error.message.replaceAll(join(folder, '/'), ''), message);
      assert.equal(error.exitCode, exitCode);
      return true;
    });

  it('is told by name, with a name that is near', async () => {
    await load(SMALLEST);
    await rejects(
      join(folder, 'y', 'x.json'),
      'y/x.json: no such file, must be an experiment; check the path',
    );
    await rejects(
      join(folder, 'xx.json'),
      'xx.json: no such file, must be an experiment; did you mean x.json?',
    );
    await rejects(join(folder, 'x'), 'x: no such file, must be an experiment; did you mean x.json?');
  });

  it('is told when it is a folder, too large, or no text', async () => {
    const at = (name: string) => join(folder, name);
    writeFileSync(at('large.json'), new Uint8Array(2 ** 20 + 1));
    writeFileSync(at('latin1.json'), Uint8Array.of(0x22, 0xe9, 0x22));
    await rejects(folder, `${folder}: is a folder, must be an experiment`);
    await rejects(
      at('large.json'),
      'large.json: has 1048577 bytes, must have at most 1048576; is it a spec?',
    );
    await rejects(at('latin1.json'), 'latin1.json: is not UTF-8 text; save it with the encoding UTF-8');
  });

  it('is told where it is not JSON', async () => {
    assert.deepEqual(await faults('{\n  "name": "x",\n}'), [
      'x.json: line 3, column 1: got "}", expected a key in double quotes; remove the comma before it',
    ]);
  });
});
