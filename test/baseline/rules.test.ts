import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectContacts } from '../../src/anomaly/index.ts';
import { learnHostProfiles } from '../../src/baseline/host-profile.ts';
import { rules } from '../../src/baseline/rules.ts';
import { contact, load, macOf } from '../anomaly/samples.ts';
import { buildPacket, type SessionFixture, sessionTable } from '../support/packets.ts';

/**
 * Training: host 1 calls server 2 at 53 (answered), host 3 calls server 2 at 80 and host 1 at 2222, and
 * everybody at 137. What is tested comes after.
 */
const training: readonly SessionFixture[] = [
  contact(1, 2, { answers: 1 }),
  contact(3, 2, { port: 80, protocol: 'tcp' }),
  contact(3, 1, { port: 2222 }),
  contact(3, 255, { port: 137, macB: [255, 255, 255, 255, 255, 255] }),
];

/** The rules that a session breaks. */
function broken(session: SessionFixture): readonly string[] {
  const table = sessionTable([...training, session]);
  const train = Uint32Array.from(training, (_, i) => i);
  const known = learnHostProfiles(table, train, collectContacts(table, train));
  const bytes = load(table, training.length);
  return rules.filter(({ breaks }) => breaks(bytes, known)).map(({ name }) => name);
}

const packet = (changes: object) =>
  buildPacket({
    ...{ protocol: 'udp', source: [10, 0, 0, 1], destination: [10, 0, 0, 2], sourceMac: macOf(1) },
    ...{ destinationMac: macOf(2), sourcePort: 40_000, destinationPort: 53 },
    ...changes,
  });
const udp = (changes: object): SessionFixture => ({ protocol: 'udp', packets: [packet(changes)] });

describe('the rules of one line', () => {
  it('find nothing in a session as training has them', () => {
    assert.deepEqual(broken(contact(1, 2)), []);
    const tcp = contact(3, 2, { port: 80, protocol: 'tcp', answers: 1 });
    assert.deepEqual(broken(tcp), ['short-without-end']);
  });

  it('wrong-ip-checksum, wrong-transport-checksum', () => {
    assert.deepEqual(broken(udp({ ipError: 1 })), ['wrong-ip-checksum']);
    assert.deepEqual(broken(udp({ transportError: 1 })), ['wrong-transport-checksum']);
  });

  it('new-pair: two hosts that never talked, or that nobody knows', () => {
    assert.deepEqual(broken(contact(1, 9)), ['new-pair', 'new-direction', 'new-service']);
    assert.deepEqual(broken(contact(9, 2)), ['new-pair', 'new-direction']);
  });

  it('new-direction: who was only ever called calls back', () => {
    assert.deepEqual(broken(contact(1, 3, { port: 53 })), ['new-direction', 'new-service', 'new-host-port']);
    assert.deepEqual(broken(contact(2, 1, { port: 2222 })), ['new-direction', 'new-caller']);
  });

  it('new-service: another port, or another protocol', () => {
    assert.deepEqual(broken(contact(1, 2, { port: 54 })), ['new-service', 'new-host-port']);
    assert.deepEqual(broken(contact(1, 2, { protocol: 'tcp' })), [
      'new-service',
      'new-host-port',
      'short-without-end',
    ]);
  });

  it('new-mac: a known host with another MAC address, as sender or receiver, but no unknown host', () => {
    assert.deepEqual(broken(contact(1, 2, { macA: macOf(7) })), ['new-mac']);
    assert.deepEqual(broken(contact(1, 2, { macB: macOf(1) })), ['new-mac']);
    assert.ok(!broken(contact(9, 2, { macA: macOf(1) })).includes('new-mac'));
  });

  it('new-ttl: a known host with another TTL; a host that was only ever called has none', () => {
    assert.deepEqual(broken(udp({ ttl: 63 })), ['new-ttl']);
    const back = { source: [10, 0, 0, 9], destination: [10, 0, 0, 2], sourceMac: macOf(9) };
    assert.ok(!broken(udp({ ...back, ttl: 1 })).includes('new-ttl'));
  });

  it('group-source, tcp-to-group: groups and broadcasts send nothing, and no connection ends there', () => {
    const many = ['group-source', 'tcp-to-group'];
    const found = (changes: object, protocol: 'tcp' | 'udp' = 'udp') =>
      broken({ protocol, packets: [packet({ protocol, ...changes })] }).filter((name) => many.includes(name));
    for (const group of [
      [224, 0, 0, 251],
      [239, 255, 255, 250],
      [255, 255, 255, 255],
      [240, 0, 0, 1],
    ]) {
      assert.deepEqual(found({ destination: group }), []);
      assert.deepEqual(found({ source: group }), ['group-source']);
      assert.deepEqual(found({ destination: group }, 'tcp'), ['tcp-to-group']);
      assert.deepEqual(found({ source: group }, 'tcp'), many);
    }
    const six = (...first: readonly number[]) => [
      ...first,
      ...new Array<number>(15 - first.length).fill(0),
      1,
    ];
    const to = { destination: six(0xff, 2) };
    assert.deepEqual(found({ ...to, source: six(0xfe, 0x80) }), []);
    assert.deepEqual(found({ ...to, source: six(0xfe, 0x80) }, 'tcp'), ['tcp-to-group']);
    assert.deepEqual(found({ destination: [0, 0, 0, 0] }, 'tcp'), []);
    // A directed broadcast is known by the frames that training sent it.
    assert.deepEqual(found({ source: [10, 0, 0, 255] }), ['group-source']);
    assert.deepEqual(found({ destination: [10, 0, 0, 254] }, 'tcp'), []);
  });

  it('initiator-port-lower, initiator-port-system', () => {
    const ports = (sourcePort: number, destinationPort: number) =>
      broken(udp({ sourcePort, destinationPort })).filter((name) => name.startsWith('initiator'));
    assert.deepEqual(ports(53, 40_000), ['initiator-port-lower', 'initiator-port-system']);
    assert.deepEqual(ports(1023, 1024), ['initiator-port-lower', 'initiator-port-system']);
    assert.deepEqual(ports(1024, 1025), ['initiator-port-lower']);
    assert.deepEqual(ports(123, 123), []);
    assert.deepEqual(ports(53, 123), ['initiator-port-lower']);
  });

  const tcp = (...packets: readonly object[]) =>
    broken({
      protocol: 'tcp',
      packets: packets.map((changes) => packet({ protocol: 'tcp', destinationPort: 80, ...changes })),
    });
  const back = {
    ...{ source: [10, 0, 0, 2], destination: [10, 0, 0, 1], sourceMac: macOf(2), destinationMac: macOf(1) },
    ...{ sourcePort: 80, destinationPort: 40_000 },
  };
  const [SYN, ACK, FIN, RST] = [2, 16, 1, 4];

  it('short-without-end: TCP that nobody ends, where it is not cut by the number of packets', () => {
    const name = 'short-without-end';
    assert.ok(tcp({ tcpFlags: SYN }, { tcpFlags: ACK }).includes(name));
    for (const end of [FIN, RST]) assert.ok(!tcp({ tcpFlags: SYN }, { tcpFlags: ACK | end }).includes(name));
    assert.ok(!tcp(...Array.from({ length: 8 }, () => ({ tcpFlags: ACK }))).includes(name));
    assert.ok(!broken(udp({})).includes(name));
  });

  it('syn-backwards: who answers begins', () => {
    const name = 'syn-backwards';
    assert.ok(!tcp({ tcpFlags: SYN }, { ...back, tcpFlags: SYN | ACK }).includes(name));
    assert.ok(tcp({ tcpFlags: SYN | ACK }).includes(name));
    assert.ok(tcp({ tcpFlags: ACK }, { ...back, tcpFlags: SYN }).includes(name));
    // Sent once more.
    assert.ok(!tcp({ tcpFlags: SYN }, { tcpFlags: SYN }).includes(name));
  });

  it('new-host-port: the host of the service never had it; its client may have any port', () => {
    assert.ok(!broken(contact(1, 2)).includes('new-host-port'));
    assert.ok(!broken(udp({ ...back, sourcePort: 53 })).includes('new-host-port'));
    assert.ok(broken(udp({ sourcePort: 53, destinationPort: 40_000 })).includes('new-host-port'));
  });

  it('new-scopes: private hosts of which none in training talks to a public one', () => {
    const name = 'new-scopes';
    assert.ok(!broken(udp({})).includes(name));
    assert.ok(broken(udp({ destination: [8, 8, 8, 8] })).includes(name));
    assert.ok(broken(udp({ destination: [169, 254, 0, 1] })).includes(name));
  });

  it('new-fingerprint: the SYN of a known host with another window or other options, whatever its time stamps', () => {
    const options = (time: number, mss = 180) => [2, 4, 5, mss, 8, 10, 0, 0, 0, time, 0, 0, 0, 0, 1, 1];
    const known: SessionFixture = {
      protocol: 'tcp',
      packets: [packet({ protocol: 'tcp', tcpFlags: SYN, window: 1000, tcpOptions: options(1) })],
    };
    const table = (changes: object) =>
      sessionTable([
        known,
        { protocol: 'tcp', packets: [packet({ protocol: 'tcp', tcpFlags: SYN, window: 1000, ...changes })] },
      ]);
    const finds = (changes: object): boolean => {
      const sessions = table(changes);
      const train = Uint32Array.of(0);
      const profile = learnHostProfiles(sessions, train, collectContacts(sessions, train));
      return rules.find(({ name }) => name === 'new-fingerprint')!.breaks(load(sessions, 1), profile);
    };
    assert.ok(!finds({ tcpOptions: options(9) }));
    assert.ok(finds({ tcpOptions: options(1, 181) }));
    assert.ok(finds({ tcpOptions: options(1), window: 1001 }));
    assert.ok(finds({ tcpOptions: [] }));
    assert.ok(!finds({ tcpOptions: [], tcpFlags: ACK }));
    assert.ok(!finds({ tcpOptions: [], source: [10, 0, 0, 7] }));
  });

  it('wrong-length: a header that says another length than its packet has', () => {
    const changed = (at: number, by: number): readonly string[] => {
      const whole = packet({ payload: new Array<number>(60).fill(1) });
      const bytes = whole.bytes.slice();
      bytes[at]! += by;
      return broken({ protocol: 'udp', packets: [{ ...whole, bytes, originalLength: bytes.length }] });
    };
    assert.ok(!changed(0, 0).includes('wrong-length'));
    // IP length, UDP length.
    assert.ok(changed(17, 1).includes('wrong-length'));
    assert.ok(changed(17, -20).includes('wrong-length'));
    assert.ok(changed(39, 1).includes('wrong-length'));
  });
});
