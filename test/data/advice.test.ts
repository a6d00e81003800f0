import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anomalyKindNames, invisibleRules, kinds, repairs } from '../../src/anomaly/index.ts';
import { kindFamilies } from '../../src/anomaly/kind.ts';
import { adviceOn } from '../../src/data/index.ts';
import { keptRows } from '../../src/data/read.ts';
import { loadSpec, loadSweep } from '../../src/spec/index.ts';
import { experimentSchema } from '../../src/spec/schema.ts';
import { COMMONEST, derivedRules, hideableFields, readFroms } from '../../src/token/index.ts';

const names = { anomalyKinds: anomalyKindNames, hideableFields };
const load = async (set: readonly string[]) => (await loadSpec('experiments/quickstart.json', { set })).spec;
const advice = async (...set: readonly string[]) => adviceOn(await load(set), [COMMONEST.tcp]);
const kindsOf = (...list: readonly string[]) =>
  JSON.stringify(Object.fromEntries(list.map((name) => [name, 1])));

describe('advice on a spec', () => {
  it('has nothing to say of the quickstart', async () => assert.deepEqual(await advice(), []));

  it('says what is hidden besides, unless it is shown', async () => {
    assert.deepEqual(await advice('tokens.hide=["ip.ttl"]'), [
      'tokens.hide also hides ip.checksum, a function of what it names; "derived": "show" in tokens leaves it to be read',
    ]);
    assert.deepEqual(await advice('tokens.hide=["ip.ttl"]', 'tokens.derived=show'), []);
  });

  it('says which kinds nobody can see, and why', async () => {
    const window = `anomalies.kinds=${kindsOf('window-tampering', 'ttl-shift')}`;
    assert.deepEqual(await advice(window), [
      'window-tampering edits tcp.window, bytes 48–49 of an Ethernet/IPv4/TCP packet; tokens.bytes is 43, of which 50 would be needed: no network can see it in such a packet',
    ]);
    assert.deepEqual(await advice(window, 'tokens.bytes=50'), []);
    assert.deepEqual(await advice(window, 'tokens.bytes=36', 'tokens.from=ip'), []);
    assert.deepEqual(await advice(window, 'tokens.bytes=34', 'tokens.from=ip'), [
      'window-tampering edits tcp.window, bytes 48–49 of an Ethernet/IPv4/TCP packet; tokens.bytes is 34 from byte 14 on, of which 36 would be needed: no network can see it in such a packet',
    ]);
    const mac = `anomalies.kinds=${kindsOf('mac-change')}`;
    const [why] = await advice(mac, 'tokens.from=ip');
    assert.match(why!, /bytes 0–11 of an .* packet; tokens\.from is "ip": no network/);
    assert.match((await advice(mac, 'tokens.hide=["mac"]'))[0]!, /tokens\.hide hides them: no network/);
  });

  it('says which test kinds are relatives of those that train, and is content with others', async () => {
    const test = (...list: readonly string[]) =>
      advice('task=anomalous', `anomalies.testKinds=${kindsOf(...list)}`);
    assert.deepEqual(await test('role-reversal'), [
      'anomalies.testKinds: role-reversal is new to training only by its name, its families addresses and ports train with destination-ip-swap, ip-direction-switch and port-direction-switch: hold out families to learn how an unknown kind is found',
    ]);
    assert.match((await test('source-ip-spoof'))[0]!, /its family addresses trains with/);
    assert.deepEqual(await test('ttl-shift', 'ip-direction-switch'), []);
  });

  it('is not needed for the cells of leave-one-family-out and anomaly-count', async () => {
    for (const name of ['leave-one-family-out', 'anomaly-count'])
      for (const { spec } of await loadSweep(`experiments/ablations/${name}.json`))
        assert.deepEqual(adviceOn(spec, [COMMONEST.tcp, COMMONEST.udp]), [], name);
  });
});

describe('the families of kinds', () => {
  it('each have a cell of leave-one-family-out, which trains on no kind of it', async () => {
    const cells = await loadSweep('experiments/ablations/leave-one-family-out.json');
    assert.deepEqual(
      cells.map(({ spec }) => spec.variant),
      kindFamilies.map((family) => `without ${family}`),
    );
    for (const [i, { spec }] of cells.entries()) {
      const families = (names: object) =>
        kinds.filter(({ name }) => name in names).flatMap((kind) => kind.families);
      assert.ok(!families(spec.anomalies.kinds).includes(kindFamilies[i]!));
      assert.deepEqual([...new Set(families(spec.anomalies.testKinds!))], [kindFamilies[i]]);
    }
  });
});

describe('packets that are kept of a session', () => {
  const rows = async (list: readonly string[], ...set: readonly string[]) =>
    keptRows(await load([`anomalies.kinds=${kindsOf(...list)}`, ...set]));

  it('are those that are read, and those that gaps are filled from', async () => {
    assert.equal(await rows(['ttl-shift']), 8);
    assert.equal(await rows(['missing-syn-ack', 'ttl-shift']), 10);
    assert.equal(await rows(['missing-syn-ack', 'dropped-direction']), 16);
    assert.equal(
      await rows(['ttl-shift'], `task=anomalous`, `anomalies.testKinds=${kindsOf('dropped-direction')}`),
      16,
    );
    assert.equal(await rows(['dropped-direction'], 'sessions.defects=["one-direction"]'), 8);
  });
});

describe('the schema', () => {
  it('offers what the code knows', () => {
    const { tokens, anomalies } = experimentSchema(names).properties;
    const choices = (schema: { readonly enum?: unknown }) => schema.enum;
    assert.deepEqual(choices(tokens.properties.from), readFroms);
    assert.deepEqual(choices(tokens.properties.derived), derivedRules);
    assert.deepEqual(choices(anomalies.properties.repair.items), repairs);
    assert.deepEqual(choices(anomalies.properties.invisible), invisibleRules);
    assert.ok(kinds.every(({ families }) => families.length > 0));
  });
});
