import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionBytes } from '../../src/anomaly/index.ts';
import { FaultError } from '../../src/fault/index.ts';
import {
  type Batch,
  createBatch,
  createEncoder,
  derivedFields,
  type EncodeOptions,
  fieldNames,
  hideableFields,
  resolveHide,
  Token,
  VOCABULARY,
} from '../../src/token/index.ts';
import { address, anySample, contact, headerOf, load, tableOf } from '../anomaly/samples.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

/** A batch of another session's leftovers. */
function usedBatch(rows: number, packets: number, tokens: number): Batch {
  const batch = createBatch(rows, packets, tokens);
  batch.packets.fill(99);
  batch.lengths.fill(99);
  batch.tokens.fill(99);
  batch.labels.fill(99);
  return batch;
}

/** What a row says: the bytes of each packet, null for hidden ones. Asserts END and PAD where they belong. */
function decode(batch: Batch, row: number): readonly (number | null)[][] {
  const { maxPackets: P, maxTokens: T } = batch;
  return Array.from({ length: P }, (_, p) => {
    const place = row * P + p;
    const tokens = [...batch.tokens.subarray(place * T, (place + 1) * T)];
    const length = batch.lengths[place]!;
    assert.ok(tokens.slice(length).every((t) => t === Token.pad));
    if (p >= batch.packets[row]!) {
      assert.equal(length, 0);
      return [];
    }
    assert.equal(tokens[length - 1], Token.end);
    return tokens.slice(0, length - 1).map((t) => {
      assert.ok(t < 256 || t === Token.hidden);
      return t === Token.hidden ? null : t;
    });
  }).slice(0, batch.packets[row]);
}

function encode(
  session: SessionBytes,
  bytes: number,
  hide: readonly string[] = [],
  options: Omit<EncodeOptions, 'bytes' | 'hide'> = { derived: 'show' },
): readonly (number | null)[][] {
  const encoder = createEncoder({ bytes, hide, ...options });
  const batch = usedBatch(3, 8, encoder.maxTokens);
  encoder.encode(session, batch, 1);
  for (const row of [0, 2])
    assert.ok(
      batch.tokens.subarray(row * 8 * (bytes + 1), (row + 1) * 8 * (bytes + 1)).every((t) => t === 99),
      'other rows are left alone',
    );
  assert.equal(batch.labels[1], 99);
  return decode(batch, 1);
}

const bytesRead = fc.integer({ min: 1, max: 140 });

describe('tokens', () => {
  it('decode to the first header bytes of every packet', () => {
    fc.assert(
      fc.property(anySample, bytesRead, (sample, bytes) => {
        const session = load(tableOf(sample));
        const expected = Array.from({ length: session.packets }, (_, p) => [
          ...headerOf(session, p).subarray(0, bytes),
        ]);
        assert.deepEqual(encode(session, bytes), expected);
      }),
    );
  });

  it('end where the header ends when it is shorter than what is read', () => {
    const session = load(sessionTable([contact(1, 2)]));
    assert.equal(encode(session, 43)[0]!.length, 42);
    assert.equal(encode(session, 42)[0]!.length, 42);
    assert.equal(encode(session, 41)[0]!.length, 41);
  });

  it('begin with the IP header where the spec says so, behind any link header', () => {
    fc.assert(
      fc.property(anySample, bytesRead, fc.subarray([...hideableFields]), (sample, bytes, hide) => {
        const session = load(tableOf(sample));
        const whole = encode(session, 200, hide);
        const expected = whole.map((packet, p) => {
          const begin = session.network[p]!;
          return packet.slice(begin, begin + bytes);
        });
        assert.deepEqual(encode(session, bytes, hide, { from: 'ip', derived: 'show' }), expected);
      }),
    );
  });

  it('from the IP header on, 44 of them hold the ports of IPv6 behind a VLAN tag, which 43 from the link header do not', () => {
    const packet = buildPacket({
      ...{ protocol: 'udp', vlans: [7], source: address(6, 1), destination: address(6, 2) },
      ...{ sourcePort: 0xabcd, destinationPort: 0x1234 },
    });
    const session = load(sessionTable([{ protocol: 'udp', packets: [packet] }]));
    assert.deepEqual(encode(session, 44, [], { from: 'ip' })[0]!.slice(40), [0xab, 0xcd, 0x12, 0x34]);
    assert.ok(!encode(session, 43)[0]!.includes(0xab));
  });

  it('of two packets are the same where what is read and not hidden is', () => {
    const byTtl = (ttl: number) =>
      load(
        sessionTable([
          {
            protocol: 'udp',
            packets: [
              buildPacket({
                ...{ protocol: 'udp', source: address(4, 1), destination: address(4, 2) },
                ...{ sourcePort: 1, destinationPort: 2, ttl },
              }),
            ],
          },
        ]),
      );
    const same = (bytes: number, hide: readonly string[]) =>
      createEncoder({ bytes, hide }).isSamePacket(byTtl(64), 0, byTtl(63), 0);
    assert.ok(!same(43, []));
    assert.ok(same(22, []));
    assert.ok(same(43, ['ip.ttl']), 'with its checksum');
    assert.ok(
      !createEncoder({ bytes: 43, hide: ['ip.ttl'], derived: 'show' }).isSamePacket(
        byTtl(64),
        0,
        byTtl(63),
        0,
      ),
    );
  });

  it('are all known to a network but PAD', () => {
    assert.deepEqual([Token.end, Token.hidden, Token.pad, VOCABULARY], [256, 257, 258, 258]);
  });

  it('are refused by a batch of another shape, with both numbers', () => {
    const session = load(sessionTable([contact(1, 2, { answers: 3 })]));
    const encoder = createEncoder({ bytes: 43, hide: [] });
    assert.throws(() => encoder.encode(session, createBatch(1, 8, 43), 0), /43 tokens a packet, expected 44/);
    assert.throws(
      () => encoder.encode(session, createBatch(1, 3, 44), 0),
      /4 packets, but the batch takes 3/,
    );
    assert.throws(() => encoder.encode(session, createBatch(1, 8, 44), 1), /row 1, expected one of 0 … 0/);
  });
});

describe('hidden fields', () => {
  const group: Readonly<Record<string, RegExp>> = {
    link: /^(ethernet|vlan|mpls|llc|snap|pppoe|ppp|hdlc|loopback|sll|sll2|wifi|link)\./,
    network: /^(ip|ipv6)\./,
    transport: /^(tcp|udp)\./,
    mac: /^ethernet\.(source|destination)$|^sll2?\.address$|^wifi\.address\d$/,
    address: /^(ip|ipv6)\.(source|destination)$/,
    port: /-port$/,
    checksum: /\.checksum$/,
    ttl: /^(ip\.ttl|ipv6\.hops)$/,
    length: /^(pppoe|ip|ipv6|udp)\.length$/,
    options: /^(ip\.options|tcp\.options|ipv6\.extension)$/,
  };
  const matches = (name: string, field: string) => group[name]?.test(field) ?? name === field;

  it('hide exactly the bytes of the field, in every packet', () => {
    fc.assert(
      fc.property(anySample, bytesRead, fc.subarray([...hideableFields]), (sample, bytes, hide) => {
        const session = load(tableOf(sample));
        const expected = Array.from({ length: session.packets }, (_, p) => {
          const fields = fieldNames(session, p);
          return [...headerOf(session, p).subarray(0, bytes)].map((byte, i) =>
            hide.some((name) => matches(name, fields[i]!)) ? null : byte,
          );
        });
        assert.deepEqual(encode(session, bytes, hide), expected);
      }),
      { numRuns: 300 },
    );
  });

  it('can be any single one', () => {
    fc.assert(
      fc.property(anySample, fc.constantFrom(...hideableFields), (sample, name) => {
        const session = load(tableOf(sample));
        for (const [p, packet] of encode(session, 140, [name]).entries()) {
          const fields = fieldNames(session, p);
          packet.forEach((token, i) => {
            assert.equal(token === null, matches(name, fields[i]!), `${name}: byte ${i} is ${fields[i]}`);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('take along what is a function of them, and only that', () => {
    const derived = (...hide: string[]) => derivedFields(resolveHide(hide));
    const transport = ['tcp.checksum', 'udp.checksum'];
    assert.deepEqual(derived('ip.source'), ['ip.checksum', ...transport]);
    assert.deepEqual(derived('ipv6.destination'), transport);
    assert.deepEqual(derived('ip.ttl'), ['ip.checksum']);
    assert.deepEqual(derived('ipv6.hops'), []);
    assert.deepEqual(derived('port'), transport);
    assert.deepEqual(derived('tcp.window'), ['tcp.checksum']);
    assert.deepEqual(derived('ip.length'), [
      'pppoe.length',
      'ip.checksum',
      'tcp.checksum',
      'udp.length',
      'udp.checksum',
    ]);
    assert.deepEqual(derived('mac'), []);
    assert.deepEqual(derived('checksum'), []);
    assert.deepEqual(derived('address', 'checksum'), []);
    assert.deepEqual(derived(), []);
  });

  it('hide by default what is a function of them', () => {
    fc.assert(
      fc.property(anySample, fc.subarray([...hideableFields]), (sample, hide) => {
        const session = load(tableOf(sample));
        const all = [...hide, ...derivedFields(resolveHide(hide))];
        assert.deepEqual(encode(session, 140, hide, {}), encode(session, 140, all));
      }),
      { numRuns: 100 },
    );
  });

  it('have every group and every field among their names, once', () => {
    assert.equal(new Set(hideableFields).size, hideableFields.length);
    for (const name of Object.keys(group)) assert.ok(hideableFields.includes(name), name);
    for (const name of ['ethernet.source', 'ip.ttl', 'tcp.sequence', 'vlan.tag', 'ipv6.extension'])
      assert.ok(hideableFields.includes(name), name);
  });

  it('that do not exist are refused with a suggestion, all at once', () => {
    assert.throws(
      () => createEncoder({ bytes: 43, hide: ['checksums', 'ip.ttl', 'tcp.sequnce'] }),
      (error: unknown) =>
        error instanceof FaultError &&
        error.message ===
          'tokens.hide[0]: "checksums" is no header field; did you mean "checksum"?\n' +
            'tokens.hide[2]: "tcp.sequnce" is no header field; did you mean "tcp.sequence"?',
    );
    assert.throws(() => createEncoder({ bytes: 0, hide: [] }), FaultError);
  });
});
