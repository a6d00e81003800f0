/** Presentations of a spec: what may be otherwise, and what is said where it may not. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadSpec } from '../../src/spec/index.ts';
import { faultsOf, loader, SMALLEST, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const load = loader(folder);
const faults = faultsOf(folder);
const AT = 'x.json: /evaluation/presentations';

const withPresentations = (presentations: unknown, changes: object = {}) => ({
  ...SMALLEST,
  ...changes,
  evaluation: { presentations },
});
const faultsIn = (presentation: unknown, changes?: object) =>
  faults(withPresentations({ a: presentation }, changes));

describe('the presentations of a spec', () => {
  it('say what is otherwise, and nothing else: there are no defaults', async () => {
    const presentations = {
      repaired: { anomalies: { repair: ['mac', 'checksum'] } },
      'no-ttl': { tokens: { hide: ['ip.ttl', 'checksum'], bytes: 20 } },
      first: { sessions: { maxPackets: 1 } },
      redrawn: { evaluation: { redraw: true } },
      swaps: {
        anomalies: { kinds: { 'ip-direction-switch': 1, 'destination-ip-swap': 2 }, contacts: 'direction' },
      },
    };
    const { spec } = await load(withPresentations(presentations));
    assert.deepEqual(spec.evaluation.presentations, {
      ...presentations,
      repaired: { anomalies: { repair: ['checksum', 'mac'] } },
      'no-ttl': { tokens: { hide: ['checksum', 'ip.ttl'], bytes: 20 } },
    });
    // Kinds are drawn in their order: it cannot be that of whoever wrote the spec.
    assert.deepEqual(Object.keys(spec.evaluation.presentations!.swaps!.anomalies!.kinds!), [
      'destination-ip-swap',
      'ip-direction-switch',
    ]);
  });

  it('have a part in the hash, which is that of before without them', async () => {
    const plain = await load(SMALLEST);
    const hash = async (presentations: object) => (await load(withPresentations(presentations))).hash;
    assert.equal(await hash({}), plain.hash);
    const one = await hash({ a: { tokens: { bytes: 20 } } });
    assert.notEqual(one, plain.hash);
    const [a, b] = [{ tokens: { bytes: 20 } }, { sessions: { maxPackets: 2 } }];
    assert.equal(await hash({ a, b }), await hash({ b, a }));
  });

  it('cannot vary what is trained, and say so', async () => {
    const trained =
      'the weights are trained once for all presentations: what they are trained on, how, and the shape of the network are swept, not presented';
    const parts = 'must be one of anomalies, tokens, sessions, protocol, evaluation';
    for (const part of ['network', 'training', 'dataset', 'test', 'task', 'seeds'])
      assert.deepEqual(await faultsIn({ [part]: 1 }), [`${AT}/a/${part}: unknown key, ${parts}; ${trained}`]);
    assert.deepEqual(await faultsIn({ tokens: { unit: 'character' } }), [
      `${AT}/a/tokens/unit: unknown key, must be one of bytes, hide, derived, publicAddresses; the weights are trained on tokens of this kind: a presentation can show less, not something else`,
    ]);
    assert.deepEqual(await faultsIn({ anomalies: { normal: 0.1 } }), [
      `${AT}/a/anomalies/normal: unknown key, must be one of kinds, repair, contacts, addresses, invisible, lookAhead; the same sessions stay normal in every presentation; "kinds" are what the others become`,
    ]);
    assert.deepEqual(await faultsIn({ sessions: { idleTimeout: 3 } }), [
      `${AT}/a/sessions/idleTimeout: unknown key, must be "maxPackets"; training and test are made of the same sessions: a presentation can show less of them`,
    ]);
  });

  it('suggest what was meant', async () => {
    assert.deepEqual(await faultsIn({ anomalies: { repairs: [] } }), [
      `${AT}/a/anomalies/repairs: unknown key, must be one of kinds, repair, contacts, addresses, invisible, lookAhead; did you mean "repair"?`,
    ]);
    assert.deepEqual(await faultsIn({ tokens: { hide: ['macs'] } }), [
      `${AT}/a/tokens/hide/0: got "macs", must be one of checksum, mac, ip.ttl, ip.source, tcp.source, udp.source; did you mean "mac"?`,
    ]);
  });

  it('show no more than is trained on: fewer bytes or packets are there, more are refused', async () => {
    assert.deepEqual(await faultsIn({ tokens: { bytes: 43 }, sessions: { maxPackets: 8 } }), []);
    assert.deepEqual(await faultsIn({ tokens: { bytes: 44 }, sessions: { maxPackets: 9 } }), [
      `${AT}/a/tokens/bytes: got 44, must be ≤ 43, which tokens.bytes has: the weights know no more; train on more (tokens.bytes) and present less of it`,
      `${AT}/a/sessions/maxPackets: got 9, must be ≤ 8, which sessions.maxPackets has: the weights know no more; train on more (sessions.maxPackets) and present less of it`,
    ]);
  });

  it('become kinds that the network can name, or any where it need not name them', async () => {
    const presentation = { anomalies: { kinds: { 'noisy-packet': 1 } } };
    assert.deepEqual(await faultsIn(presentation), [
      `${AT}/a/anomalies/kinds/noisy-packet: is a kind that is not trained, must be one of destination-ip-swap, ip-direction-switch, port-direction-switch for the task "kind"; set "task" to "anomalous": a network can only name the kinds that it was trained on`,
    ]);
    assert.deepEqual(await faultsIn(presentation, { task: 'anomalous' }), []);
    assert.deepEqual(await faultsIn({ anomalies: { kinds: {} } }), [
      `${AT}/a/anomalies/kinds: got no kind, must name at least one`,
    ]);
  });

  it('become the kinds of the spec where each session becomes every kind', async () => {
    const draws = (presentation: object) =>
      faults({ ...SMALLEST, evaluation: { draws: 'each', presentations: { a: presentation } } });
    assert.deepEqual(await draws({ anomalies: { repair: ['mac'] } }), []);
    const both = {
      anomalies: { kinds: { 'destination-ip-swap': 1 } },
      evaluation: { redraw: true },
    };
    const problem =
      'must not be there with evaluation.draws, which makes every kind of the spec of every session; leave one of them out';
    assert.deepEqual(await draws(both), [
      `${AT}/a/anomalies/kinds: ${problem}`,
      `${AT}/a/evaluation/redraw: ${problem}`,
    ]);
  });

  it('say something, by names that files can have', async () => {
    for (const nothing of [{}, { tokens: {} }])
      assert.deepEqual(await faultsIn(nothing), [
        `${AT}/a: says nothing, must say what is otherwise than in the test; what the spec says is tested anyway: take it out`,
      ]);
    const less = { tokens: { bytes: 20 } };
    assert.deepEqual(await faults(withPresentations({ 'a/b': less, Mac: less, mac: less })), [
      `${AT}/a~1b: got the name "a/b", must be at most 100 letters, digits, ".", "_" and "-" that start with a letter or digit; a file of the run is called after it`,
      `${AT}/mac: got the name "mac" beside "Mac", must differ in more than capitals; files are called after both`,
    ]);
    assert.deepEqual(await faults(withPresentations([less])), [
      `${AT}: got [{"tokens":{"bytes":20}}], must be an object of names and what is otherwise in each presentation`,
    ]);
  });

  it('of labelled test sessions differ in what is shown alone', async () => {
    const labelled = {
      task: 'anomalous',
      protocol: { kind: 'days', train: ['monday'], test: ['tuesday'] },
      dataset: {
        synthetic: {
          days: [
            { name: 'monday', date: '2018-03-05', labels: false },
            { name: 'tuesday', date: '2018-03-06', attacks: [{ kind: 'http-dos', sessions: 5 }] },
          ],
        },
      },
    };
    assert.deepEqual(await faultsIn({ tokens: { hide: ['mac'] } }, labelled), []);
    const morphs = { protocol: { labels: { test: 'morphs' } }, anomalies: { repair: [] } };
    assert.deepEqual(await faultsIn(morphs, labelled), []);
    assert.deepEqual(await faultsIn(morphs), [
      `${AT}/a/protocol/labels/test: must not be there where test sessions are morphs already; leave it out, or set protocol.labels.test of the spec to "labels"`,
    ]);
    assert.deepEqual(await faultsIn({ anomalies: { repair: [] } }, labelled), [
      `${AT}/a/anomalies: must not be there where test sessions are what their labels say: they are as captured, and nothing is done to them; set protocol.labels.test to "morphs", here or for the spec, or let presentations differ in "tokens" and "sessions" alone`,
    ]);
  });
});

describe('the page about reliance', () => {
  it('has a spec that is valid as it stands', async () => {
    const page = readFileSync(new URL('../../docs/reliance.md', import.meta.url), 'utf8');
    const [, text] = /^```json\n(.*?)^```$/ms.exec(page)!;
    const path = join(folder, 'page.json');
    writeFileSync(path, text!);
    const { spec } = await loadSpec(path);
    assert.equal(Object.keys(spec.evaluation.presentations!).length, 6);
  });
});
