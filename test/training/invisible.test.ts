/** What becomes of anomalies that the tokens do not show. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatch, fieldNames } from '../../src/token/index.ts';
import { createPresenter, type PresentOptions } from '../../src/training/index.ts';
import { tcpSession, WEB } from '../anomaly/conversations.ts';
import { draws, everything } from '../anomaly/samples.ts';
import { sessionTable } from '../support/packets.ts';

const table = sessionTable([tcpSession(WEB), tcpSession(WEB, { version: 6 })]);
const [IPV4, IPV6] = [0, 1];

function present(
  session: number,
  kinds: Readonly<Record<string, number>>,
  options: {
    readonly tokens?: Partial<PresentOptions['tokens']>;
    readonly invisible?: 'replace' | 'keep';
    readonly repair?: readonly 'checksum'[];
  } = {},
) {
  const { tokens, invisible, repair = ['checksum'] } = options;
  const presenter = createPresenter({
    sessions: table,
    contacts: everything(table),
    anomalies: { normal: 0, kinds, repair, ...(invisible === undefined ? {} : { invisible }) },
    tokens: { bytes: 43, hide: [], ...tokens },
    maxPackets: 8,
    task: 'kind',
  });
  const batch = createBatch(1, 8, presenter.maxTokens);
  const times = 40;
  const labels = Array.from({ length: times }, (_, n) => presenter.present(session, draws(n), batch, 0));
  return { presenter, batch, labels, times };
}

describe('a kind that changes nothing that is read', () => {
  for (const kind of ['window-tampering', 'covert-urgent'])
    it(`${kind} at 43 bytes: could not apply, the session is as captured and normal, all are counted`, () => {
      const { presenter, labels, times } = present(IPV4, { [kind]: 1 });
      assert.ok(labels.every((label) => label === 0));
      const { invisible, couldNotApply, applied } = presenter.counts.kinds[kind]!;
      assert.deepEqual([invisible, couldNotApply, applied], [times, times, 0]);
      const { bytes } = presenter;
      for (let p = 0; p < bytes.packets; p++)
        assert.ok(
          bytes.edited.subarray(p * bytes.stride, p * bytes.stride + bytes.length[p]!).every((e) => e === 0),
        );
    });

  it('is replaced by one that is seen, which takes its class', () => {
    const { presenter, labels, times } = present(IPV4, { 'window-tampering': 1, 'ttl-shift': 1 });
    assert.ok(labels.every((label) => label === 2 || label === 1));
    const { 'window-tampering': window, 'ttl-shift': ttl } = presenter.counts.kinds;
    assert.equal(ttl!.applied, times);
    assert.equal(window!.invisible, window!.drawn);
    assert.equal(window!.replacedBy['ttl-shift'], window!.drawn);
  });

  it('stays and is counted where the spec keeps it', () => {
    const { presenter, labels, times } = present(IPV4, { 'window-tampering': 1 }, { invisible: 'keep' });
    assert.ok(labels.every((label) => label === 1));
    const { invisible, couldNotApply, applied } = presenter.counts.kinds['window-tampering']!;
    assert.deepEqual([invisible, couldNotApply, applied], [times, 0, times]);
  });

  it('is seen where enough bytes are read', () => {
    for (const tokens of [{ bytes: 54 }, { bytes: 40, from: 'ip' as const }]) {
      const { presenter, labels } = present(IPV4, { 'window-tampering': 1 }, { tokens });
      assert.ok(labels.every((label) => label === 1));
      assert.equal(presenter.counts.kinds['window-tampering']!.invisible, 0);
    }
  });

  it('ports of IPv6 are not read at 43 bytes from the link header, at 44 from the IP header they are', () => {
    const kinds = { 'port-direction-switch': 1 };
    assert.equal(present(IPV6, kinds).presenter.counts.leftNormal, 40);
    const { presenter, batch } = present(IPV6, kinds, { tokens: { bytes: 44, from: 'ip' } });
    assert.equal(presenter.counts.leftNormal, 0);
    assert.equal(presenter.tokens.from, 'ip');
    const { bytes } = presenter;
    assert.equal(fieldNames(bytes, 0)[bytes.network[0]! + 40], 'tcp.source-port');
    assert.deepEqual([...batch.tokens.subarray(40, 44)], [0, 80, 0xc4, 0x88]);
  });

  it('is not seen by a checksum of what is hidden, unless the spec shows it', () => {
    const kinds = { 'ttl-shift': 1 };
    assert.equal(present(IPV4, kinds, { tokens: { hide: ['ttl'] } }).presenter.counts.leftNormal, 40);
    const shown = present(IPV4, kinds, { tokens: { hide: ['ttl'], derived: 'show' } });
    assert.equal(shown.presenter.counts.leftNormal, 0);
  });

  it('a session that has lost or got packets is seen, whatever is read of them', () => {
    for (const kind of ['fin-scan', 'missing-syn-ack', 'dropped-direction']) {
      const { presenter } = present(IPV4, { [kind]: 1 }, { tokens: { bytes: 1 } });
      assert.equal(presenter.counts.leftNormal, 0, kind);
    }
  });
});
