import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kindOf, kinds } from '../../src/anomaly/index.ts';
import { COMMONEST, commonestLayouts, hideableFields, unreadKinds } from '../../src/token/index.ts';
import { address, contact } from '../anomaly/samples.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

const unread = (bytes: number, options: object = {}, layout = COMMONEST.tcp) =>
  unreadKinds({ bytes, hide: [], ...options }, kinds, layout).map(({ kind }) => kind);

describe('kinds of which nothing is read', () => {
  it('name their fields as tokens.hide does', () => {
    for (const { name, fields, packets } of kinds) {
      for (const field of fields) assert.ok(hideableFields.includes(field), `${name}: ${field}`);
      assert.ok(packets || fields.length > 0, name);
    }
  });

  it('at 43 bytes are those of flags, window and urgent pointer; at 54 there are none', () => {
    const flags = ['fin-scan', 'null-scan', 'rst-injection', 'syn-scan'];
    assert.deepEqual(unread(43), ['covert-urgent', ...flags, 'window-tampering', 'xmas-scan']);
    assert.deepEqual(unread(50), ['covert-urgent']);
    assert.deepEqual(unread(54), []);
  });

  it('say which bytes they edit', () => {
    const [window] = unreadKinds({ bytes: 43, hide: [] }, [kindOf('window-tampering')!], COMMONEST.tcp);
    assert.deepEqual(window, {
      ...{ kind: 'window-tampering', layout: 'Ethernet/IPv4/TCP', fields: ['tcp.window'] },
      ...{ runs: [[48, 49]], hidden: false, packets: false },
    });
  });

  it('are those of the link layer where reading begins with the IP header, and of hidden fields', () => {
    assert.deepEqual(unread(60, { from: 'ip' }), ['mac-change']);
    assert.deepEqual(unread(54, { hide: ['address'] }), ['destination-ip-swap', 'source-ip-spoof']);
  });

  it('follow from the commonest headers of the data, of TCP and of UDP', () => {
    const tagged = buildPacket({
      ...{ protocol: 'tcp', vlans: [7], source: address(6, 1), destination: address(6, 2) },
      ...{ sourcePort: 1, destinationPort: 2 },
    });
    const session = { protocol: 'tcp' as const, packets: [tagged] };
    const table = sessionTable([contact(1, 2), session, contact(3, 4, { protocol: 'tcp' }), session]);
    const layouts = commonestLayouts(table);
    assert.deepEqual(
      layouts.map(({ name }) => name),
      ['Ethernet/VLAN/IPv6/TCP', 'Ethernet/IPv4/UDP'],
    );
    assert.ok(unread(43, {}, layouts[0]).includes('port-direction-switch'));
    assert.ok(!unread(62, {}, layouts[0]).includes('port-direction-switch'));
    assert.ok(!unread(43, {}, layouts[1]).includes('port-direction-switch'));
  });
});
