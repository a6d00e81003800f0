import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson, hashSpec, type LoadOptions } from '../../src/spec/index.ts';
import fc from '../support/fast-check.ts';
import { loader, SMALLEST, temporaryFolder } from './helpers.ts';

const load = loader(temporaryFolder());

/** The same JSON value with its keys in another order, at every depth. */
function shuffled(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, turn));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item, turn)] as const);
  const at = entries.length === 0 ? 0 : turn % entries.length;
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)].reverse());
}

describe('canonical JSON', () => {
  it('is the same for every order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, turn) => {
        assert.equal(canonicalJson(shuffled(value, turn)), canonicalJson(value));
      }),
    );
  });

  it('reads back as the value, and writes the same again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.equal(canonicalJson(JSON.parse(text)), text);
      }),
    );
  });

  it('has no white space and keys in the order of code units', () => {
    // Keys and order: RFC 8785, section 3.2.3.
    const value = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 };
    assert.equal(canonicalJson(value), '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
    assert.equal(canonicalJson({ b: [1, -0, 1e21, 0.1], a: undefined }), '{"b":[1,0,1e+21,0.1]}');
  });

  it('refuses what JSON cannot hold', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, 1n]) {
      assert.throws(() => canonicalJson({ value: [value] }), TypeError);
    }
  });
});

describe('the hash of a spec', () => {
  const hash = async (spec: unknown, options: LoadOptions = {}) => (await load(spec, options)).hash;

  it('changes with every field that can change a result', async () => {
    const changes = [
      'dataset={"captures":["a.pcap"]}',
      'dataset={"captures":["b.pcap"]}',
      'dataset={"synthetic":{"seed":2}}',
      'dataset={"synthetic":{"seed":3}}',
      'protocol.train=0.7',
      'training.share=0.5',
      'training.tokenDropout=0.2',
      'sessions.protocols=["tcp"]',
      'sessions.idleTimeout=60',
      'sessions.minPackets=2',
      'sessions.maxPackets=7',
      'tokens.bytes=44',
      'tokens.hide=["mac"]',
      'tokens.from=ip',
      'tokens.derived=show',
      'anomalies.normal=0.4',
      'anomalies.kinds.noisy-packet=1',
      'anomalies.kinds.ip-direction-switch=2',
      'anomalies.repair=["mac"]',
      'anomalies.invisible=keep',
      'task=anomalous',
      'network.packet.units=99',
      'network.packet.layers=2',
      'network.packet.attention=none',
      'network.packet.initialState=learned',
      'network.session.initialState=learned',
      'network.session.units=99',
      'network.session.layers=2',
      'network.session.attention=none',
      'network.head=[99]',
      'network.head=[]',
      'network.activation=relu',
      'network.initializer.deviation=0.1',
      'network.initializer={"kind":"glorot"}',
      'training.epochs=21',
      'training.batch=129',
      'training.optimizer.learningRate=0.002',
      'training.clipNorm=2',
      'training.clipNorm=null',
      'evaluation.everyEpoch=true',
      'evaluation.baselines=false',
      'evaluation.threshold={"falsePositiveRate":0.01}',
      'attention.sessions=9',
      'attention.choose=hits-and-misses',
      'attention={"choose":"named","ids":[1]}',
      'engine=tfjs',
    ];
    const hashes = [await hash(SMALLEST)];
    for (const change of changes) hashes.push(await hash(SMALLEST, { set: [change] }));
    assert.equal(new Set(hashes).size, changes.length + 1);
    for (const one of hashes) assert.match(one, /^[0-9a-f]{64}$/);
  });

  it('does not change with what cannot', async () => {
    const before = await hash(SMALLEST);
    const { recipe } = { ...(await load(SMALLEST)).dataset } as { recipe: object };
    const same = [
      'name=other',
      'description=other',
      '$schema=other.json',
      'seeds=[5,6]',
      'engine=reference',
      'tracking={"uri":"http://127.0.0.1:5000"}',
      'slurm={"partition":"cpu","time":"4:00:00"}',
      'sessions.protocols=["udp","tcp"]',
      // Defaults that are written out.
      'network.packet.units=100',
      'network.initializer={"kind":"normal"}',
      'training={}',
      'training.tokenDropout=0',
      'evaluation.baselines=true',
      'evaluation.threshold=f1',
      'tokens.from=link',
      'tokens.derived=hide',
      'network.packet.initialState=zero',
      'network.session.initialState=zero',
      'anomalies.invisible=replace',
      'anomalies.kinds={"port-direction-switch":1,"ip-direction-switch":1,"destination-ip-swap":1}',
      // What the name of the data set stands for.
      `dataset=${JSON.stringify({ synthetic: recipe })}`,
    ];
    for (const change of same) assert.equal(await hash(SMALLEST, { set: [change] }), before, change);
    assert.equal(await hash(SMALLEST, { seed: 9 }), before);
  });

  it('does not change with the order of keys', async () => {
    const spec = {
      ...SMALLEST,
      network: { packet: { units: 5, layers: 2 }, cell: 'gru' },
      tokens: { hide: [], bytes: 5 },
    };
    assert.equal(await hash(shuffled(spec, 1)), await hash(spec));
  });

  it('goes by the contents of captures where they are known, not by their paths', async () => {
    const a = await load(SMALLEST, { captures: ['a.pcap'] });
    const b = await load(SMALLEST, { captures: ['b.pcap'] });
    assert.notEqual(a.hash, b.hash);
    const of = (sha256: string) => ({ dataset: { captures: [sha256], labels: [] } });
    const contents = of('00ff');
    assert.equal(hashSpec(a.spec, a, contents), hashSpec(b.spec, b, contents));
    assert.notEqual(hashSpec(a.spec, a, of('00fe')), hashSpec(a.spec, a, contents));
  });

  it('of a synthetic data set does not depend on hashes of files', async () => {
    const resolved = await load(SMALLEST);
    const contents = { dataset: { captures: ['00ff'], labels: [] } };
    assert.equal(hashSpec(resolved.spec, resolved, contents), resolved.hash);
  });

  it('is the same on every machine and in every release', async () => {
    const spec = { name: 'golden', dataset: { captures: ['golden.pcap'] } };
    // Golden: SHA-256 by Python's hashlib of json.dumps(sort_keys=True, separators=(',', ':')) of the defaults by hand.
    assert.equal(await hash(spec), 'bbb18ac6835c49cba2d2963c3599e7fdb76e41156af887d1125c1d994c7da8b2');
  });
});
