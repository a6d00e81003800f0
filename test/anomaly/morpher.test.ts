import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anomalyKindNames, createMorpher, type MorphOptions } from '../../src/anomaly/index.ts';
import { FaultError } from '../../src/fault/index.ts';
import { fieldNames } from '../../src/token/index.ts';
import fc from '../support/fast-check.ts';
import { sessionTable } from '../support/packets.ts';
import {
  always,
  anySample,
  assertEditsAreTrue,
  capturedOf,
  contact,
  draws,
  editedOffsets,
  everything,
  headerOf,
  isChanged,
  isPlaced,
  load,
  tableOf,
} from './samples.ts';

const town = everything(
  sessionTable(
    Array.from({ length: 12 }, (_, i) => [contact(i, i + 1), contact(i, i + 1, { version: 6 })]).flat(),
  ),
);
const nobody = everything(sessionTable([]));
const repairs = fc.subarray(['checksum' as const, 'mac' as const]);
const kindNames = fc.constantFrom(...anomalyKindNames);

/** Fields that each kind may change in packets that it leaves in their place, and those that repair may. */
const own: Readonly<Record<string, RegExp>> = {
  'covert-ip-id': /^ip\.id$/,
  'covert-tos': /^(ip\.tos|ipv6\.version)$/,
  'covert-urgent': /^tcp\.urgent$/,
  'data-before-syn': /^$/,
  'destination-ip-swap': /^(ip|ipv6)\.(source|destination)$/,
  'dropped-direction': /^$/,
  'fin-scan': /^(ip\.length|ipv6\.length|tcp\.(acknowledgment|offset|flags|urgent))$/,
  fragmentation: /^ip\.(length|flags)$/,
  'ip-direction-switch': /^(ip|ipv6|ethernet)\.(source|destination)$|^wifi\.address[23]$/,
  'length-inflation': /^((ip|ipv6|udp)\.length|tcp\.(sequence|acknowledgment))$/,
  'mac-change': /^ethernet\.(source|destination)$|^sll2?\.address$|^wifi\.address[23]$/,
  'missing-syn-ack': /^$/,
  'new-service': /^(ip|ipv6)\.(source|destination)$|-port$/,
  'noisy-packet': /^(ip\.(version|tos|length|id|flags|ttl|protocol)|ipv6\.(version|length|next|hops))$/,
  'null-scan': /^(ip\.length|ipv6\.length|tcp\.(acknowledgment|offset|flags|urgent))$/,
  'port-direction-switch': /^(tcp|udp)\.(source|destination)-port$/,
  'protocol-mismatch': /^(tcp\.|udp\.|(ip|ipv6)\.length$|ip\.protocol$|ipv6\.(next|extension)$)/,
  'reordered-packets': /^$/,
  'replayed-packets': /^$/,
  'role-reversal': /^(ip|ipv6|ethernet)\.(source|destination)$|^wifi\.address[23]$|-port$/,
  'rst-injection': /^$/,
  'sequence-jump': /^tcp\.(sequence|acknowledgment)$/,
  'session-splice': /^$/,
  'source-ip-spoof': /^(ip|ipv6)\.(source|destination)$/,
  'syn-scan': /^(ip\.length|ipv6\.length|tcp\.(acknowledgment|offset|flags|urgent))$/,
  'ttl-shift': /^(ip\.ttl|ipv6\.hops)$/,
  'ttl-shift-far': /^(ip\.ttl|ipv6\.hops)$/,
  'ttl-shift-near': /^(ip\.ttl|ipv6\.hops)$/,
  'unused-server-port': /^(tcp|udp)\.(source|destination)-port$/,
  'window-tampering': /^tcp\.window$/,
  'xmas-scan': /^(ip\.length|ipv6\.length|tcp\.(acknowledgment|offset|flags|urgent))$/,
};

/** Kinds that place packets. */
const placing =
  /^(data-before-syn|protocol-mismatch|re(ordered|played)-packets|rst-injection|session-splice)$/;
/** Kinds that change nothing but bytes. */
const bytesOnly = anomalyKindNames.filter(
  (kind) =>
    !placing.test(kind) &&
    !/-scan$|^(dropped-direction|missing-syn-ack|fragmentation|length-inflation)$/.test(kind),
);

const mended = {
  checksum: /\.checksum$/,
  mac: /^(ethernet\.(source|destination)|sll2?\.address|wifi\.address[23])$/,
};

describe('a morph', () => {
  it('marks exactly the bytes that differ, and changes no field but its own and those that it mends', () => {
    fc.assert(
      fc.property(anySample, kindNames, repairs, fc.nat(), (sample, kind, repair, n) => {
        const table = tableOf(sample);
        const session = load(table);
        const label = always(kind, town, repair).present(session, draws(n));
        assertEditsAreTrue(table, session);
        for (let p = 0; p < session.packets; p++) {
          const names = fieldNames(session, p);
          if (isPlaced(session, p)) {
            assert.match(kind, placing);
            continue;
          }
          for (const offset of editedOffsets(session, p)) {
            const allowed =
              own[kind]!.test(names[offset]!) || repair.some((r) => mended[r].test(names[offset]!));
            assert.ok(allowed, `${kind} changed ${names[offset]}`);
          }
        }
        assert.equal(label, isChanged(table, session) ? 1 : 0, 'the label says what happened');
      }),
      { numRuns: 500 },
    );
  });

  it('of bytes leaves everything else as it was', () => {
    fc.assert(
      fc.property(anySample, fc.constantFrom(...bytesOnly), fc.nat(), (sample, kind, n) => {
        const [session, before] = [load(tableOf(sample)), load(tableOf(sample))];
        always(kind, town, ['checksum', 'mac']).present(session, draws(n));
        const { bytes: _, edited: __, ...rest } = session;
        const { bytes: ___, edited: ____, ...expected } = before;
        assert.deepEqual(rest, expected);
      }),
    );
  });

  it('that switches directions twice is none, with and without repair', () => {
    fc.assert(
      fc.property(
        anySample,
        fc.constantFrom('ip-direction-switch', 'port-direction-switch'),
        repairs,
        (sample, kind, repair) => {
          const table = tableOf(sample);
          const session = load(table);
          const morpher = always(kind, nobody, repair);
          morpher.present(session, draws(1));
          morpher.present(session, draws(2));
          for (let p = 0; p < session.packets; p++) {
            assert.deepEqual(headerOf(session, p), capturedOf(table, p));
            assert.deepEqual(editedOffsets(session, p), []);
          }
        },
      ),
    );
  });

  it('that switches directions changes no checksum, repaired or not', () => {
    fc.assert(
      fc.property(
        anySample,
        fc.constantFrom('ip-direction-switch', 'port-direction-switch'),
        (sample, kind) => {
          const [plain, repaired] = [load(tableOf(sample)), load(tableOf(sample))];
          always(kind, nobody).present(plain, draws(1));
          always(kind, nobody, ['checksum']).present(repaired, draws(1));
          for (let p = 0; p < plain.packets; p++) assert.deepEqual(headerOf(repaired, p), headerOf(plain, p));
        },
      ),
    );
  });

  it('depends on its stream alone, not on what was presented before', () => {
    const options: MorphOptions = {
      normal: 0.3,
      kinds: Object.fromEntries(anomalyKindNames.map((name, i) => [name, i + 1])),
      repair: ['checksum', 'mac'],
    };
    fc.assert(
      fc.property(anySample, fc.array(anySample, { maxLength: 3 }), fc.nat(), (sample, others, n) => {
        const fresh = load(tableOf(sample));
        const label = createMorpher(options, town).present(fresh, draws('s', n));
        const busy = createMorpher(options, town);
        for (const [i, other] of others.entries()) busy.present(load(tableOf(other)), draws('other', i));
        const again = load(tableOf(sample));
        assert.equal(busy.present(again, draws('s', n)), label);
        for (let p = 0; p < fresh.packets; p++) assert.deepEqual(headerOf(again, p), headerOf(fresh, p));
      }),
    );
  });

  it('is another one at another presentation', () => {
    const table = sessionTable([contact(1, 2)]);
    const seen = new Set<string>();
    const morpher = always('destination-ip-swap', town);
    for (let epoch = 0; epoch < 40; epoch++) {
      const session = load(table);
      morpher.present(session, draws('anomaly', epoch, 0));
      seen.add(headerOf(session, 0).join());
    }
    assert.ok(seen.size > 5, `${seen.size} different`);
  });
});

describe('classes', () => {
  it('are normal and the kinds in the order of the spec', () => {
    const kinds = { 'port-direction-switch': 1, 'destination-ip-swap': 2 };
    const { classes } = createMorpher({ normal: 0.5, kinds, repair: [] }, town);
    assert.deepEqual(classes, ['normal', 'port-direction-switch', 'destination-ip-swap']);
  });

  it('are drawn with the probabilities of the spec', () => {
    const table = sessionTable([contact(1, 2)]);
    const kinds = { 'port-direction-switch': 1, 'ip-direction-switch': 3 };
    const morpher = createMorpher({ normal: 0.4, kinds, repair: [] }, town);
    const seen = [0, 0, 0];
    for (let i = 0; i < 10000; i++) {
      const session = load(table);
      const label = morpher.present(session, draws('share', i));
      seen[label]!++;
      assert.equal(label === 0, editedOffsets(session, 0).length === 0);
    }
    // Standard deviations: 49, 36, 50.
    for (const [i, expected] of [4000, 1500, 4500].entries())
      assert.ok(Math.abs(seen[i]! - expected) < 200, `class ${i}: ${seen[i]}`);
    const { counts } = morpher;
    assert.deepEqual([counts.normal, ...Object.values(counts.kinds).map((k) => k.applied)], seen);
  });

  it('are normal alone when nothing is to be morphed', () => {
    const morpher = createMorpher({ normal: 1, kinds: {}, repair: [] }, nobody);
    assert.deepEqual(morpher.classes, ['normal']);
    assert.equal(morpher.present(load(sessionTable([contact(1, 2)])), draws(1)), 0);
  });
});

describe('a kind that cannot apply', () => {
  const kinds = { 'destination-ip-swap': 6, 'ip-direction-switch': 3, 'port-direction-switch': 1 };

  it('is replaced by the others by their weights, and the label is that of what was done', () => {
    const table = sessionTable([contact(1, 2)]);
    const morpher = createMorpher({ normal: 0, kinds, repair: [] }, nobody);
    for (let i = 0; i < 4000; i++) {
      const session = load(table);
      const label = morpher.present(session, draws('replace', i));
      const field = fieldNames(session, 0)[editedOffsets(session, 0)[0]!]!;
      assert.equal(
        morpher.classes[label],
        field.endsWith('-port') ? 'port-direction-switch' : 'ip-direction-switch',
      );
    }
    const { counts } = morpher;
    const swap = counts.kinds['destination-ip-swap']!;
    assert.deepEqual([swap.applied, swap.leftNormal, swap.couldNotApply], [0, 0, swap.drawn]);
    const { 'ip-direction-switch': ip, 'port-direction-switch': port } = swap.replacedBy;
    assert.equal(ip! + port!, swap.drawn);
    // 3 : 1 of about 2400; the standard deviation is 21.
    assert.ok(Math.abs(ip! - 0.75 * swap.drawn) < 90, `${ip} of ${swap.drawn}`);
  });

  it('leaves the session normal when no other can either, and counts it', () => {
    const self = sessionTable([contact(3, 3)]);
    const some = { 'destination-ip-swap': 1, 'ip-direction-switch': 1 };
    const morpher = createMorpher({ normal: 0, kinds: some, repair: ['checksum', 'mac'] }, nobody);
    for (let i = 0; i < 50; i++) {
      const session = load(self);
      assert.equal(morpher.present(session, draws(i)), 0);
      assert.deepEqual(headerOf(session, 0), capturedOf(self, 0));
    }
    assert.equal(morpher.counts.leftNormal, 50);
  });

  it('is counted so that everything adds up', () => {
    fc.assert(
      fc.property(fc.array(anySample, { maxLength: 30 }), repairs, (samples, repair) => {
        const contacts = everything(sessionTable([contact(1, 2), contact(1, 3)]));
        const morpher = createMorpher({ normal: 0.2, kinds, repair }, contacts);
        const labels = samples.map((sample, i) => morpher.present(load(tableOf(sample)), draws('sum', i)));
        const { counts } = morpher;
        const list = Object.values(counts.kinds);
        const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
        assert.equal(counts.presented, samples.length);
        assert.equal(counts.normal + total(list.map((k) => k.drawn)), counts.presented);
        assert.equal(counts.leftNormal, total(list.map((k) => k.leftNormal)));
        for (const k of list)
          assert.equal(k.couldNotApply, total(Object.values(k.replacedBy)) + k.leftNormal);
        morpher.classes.forEach((name, i) => {
          const labelled = labels.filter((label) => label === i).length;
          assert.equal(labelled, i === 0 ? counts.normal + counts.leftNormal : counts.kinds[name]!.applied);
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('options of a morpher that cannot be', () => {
  const problem = (options: MorphOptions): string => {
    try {
      createMorpher(options, nobody);
    } catch (error) {
      assert.ok(error instanceof FaultError);
      return error.message;
    }
    return '';
  };

  it('are refused with what was expected, all at once', () => {
    assert.match(
      problem({ normal: 2, kinds: { 'ip-direction-swich': 1, 'noisy-packet': 0 }, repair: [] }),
      /anomalies\.normal: got 2, must be from 0 to 1\n.*ip-direction-swich: no such kind, must be one of covert-ip-id, .*; did you mean "ip-direction-switch"\?\n.*noisy-packet: got 0, must be more than 0; leave the kind out/,
    );
    assert.match(
      problem({ normal: 0.5, kinds: {}, repair: [] }),
      /there are none, but only 0\.5 of the sessions/,
    );
    // As a caller that is not type-checked could have it.
    const odd: unknown = {
      normal: 0.5,
      kinds: { 'ttl-shift': 1 },
      repair: [],
      contacts: 'pairs',
      addresses: 'near',
    };
    assert.match(
      problem(odd as MorphOptions),
      /contacts: got "pairs", must be one of pair, direction, pair-and-port; did you mean "pair"\?\n.*addresses: got "near", must be one of uniform, /,
    );
    assert.match(problem({ normal: Number.NaN, kinds: {}, repair: [] }), /got NaN/);
  });
});
