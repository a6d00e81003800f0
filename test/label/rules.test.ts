import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FaultError } from '../../src/fault/index.ts';
import { applyRules, How, type LabelRules, parseRules, readRules } from '../../src/label/index.ts';
import { assembleSessions } from '../../src/session/index.ts';
import { put, temporaryFolder } from '../capture/build.ts';
import { after, OPTIONS, sessionsOf } from './helpers.ts';

const folder = temporaryFolder();

const sessions = await sessionsOf(folder, [
  { at: 0, until: 10 },
  { at: 20, from: '10.0.0.2', fromPort: 5000, to: '10.0.0.1', toPort: 22 },
  { at: 30, from: '192.168.200.7', to: '10.9.9.9', toPort: 53, protocol: 'udp' },
  { at: 40, from: 'fd00::1', to: 'fd01::2', toPort: 5353, protocol: 'udp' },
]);
const labelled = (rules: readonly object[], offset = 0): readonly string[] => {
  const { names, label, how } = applyRules(sessions, parseRules({ rules, otherwise: null }, 'rules'), offset);
  return [...label].map((number, s) => (how[s] === How.none ? '' : names[number]!));
};
const one = (rule: object): readonly number[] =>
  labelled([{ ...rule, label: 'x' }]).flatMap((name, s) => (name === 'x' ? [s] : []));

describe('rules', () => {
  it('fit by protocol, initiator, responder and ports', () => {
    assert.deepEqual(one({}), [0, 1, 2, 3]);
    assert.deepEqual(one({ protocol: 'tcp' }), [0, 1]);
    assert.deepEqual(one({ from: '10.0.0.1' }), [0]);
    assert.deepEqual(one({ to: '10.0.0.1' }), [1]);
    assert.deepEqual(one({ to: '*:22' }), [1]);
    assert.deepEqual(one({ to: '*:20-53,80' }), [0, 1, 2]);
    assert.deepEqual(one({ from: '10.0.0.2:5000', to: '10.0.0.1:22' }), [1]);
    assert.deepEqual(one({ from: '10.0.0.2:5001', to: '10.0.0.1:22' }), []);
  });

  it('fit by networks', () => {
    assert.deepEqual(one({ from: '10.0.0.0/31' }), [0]);
    assert.deepEqual(one({ from: '10.0.0.0/30' }), [0, 1]);
    assert.deepEqual(one({ from: '192.168.0.0/17' }), []);
    assert.deepEqual(one({ from: '192.168.128.0/17' }), [2]);
    assert.deepEqual(one({ from: '0.0.0.0/0' }), [0, 1, 2]);
    assert.deepEqual(one({ from: '[fd00::]/16' }), [3]);
    assert.deepEqual(one({ from: 'fd00::/15', to: '[fd01::2]:5353' }), [3]);
    assert.deepEqual(one({ from: '::/0' }), [0, 1, 2, 3], 'IPv4 is a part of IPv6 here');
  });

  it('fit in either direction with between', () => {
    assert.deepEqual(one({ between: ['10.0.0.1', '10.0.0.2'] }), [0, 1]);
    assert.deepEqual(one({ between: ['10.0.0.2:80', '*'] }), [0]);
  });

  it('fit by time, in their own clock', () => {
    assert.deepEqual(one({ start: after(10), end: after(20) }), [0, 1]);
    assert.deepEqual(one({ end: after(19) }), [0]);
    assert.deepEqual(labelled([{ start: after(30 - 3600), label: 'x' }], 3600), ['', '', 'x', 'x']);
  });

  it('label by the first that fits, and the rest otherwise', () => {
    const rules = parseRules(
      {
        rules: [
          { to: '*:22', label: 'ssh' },
          { protocol: 'tcp', label: 'other' },
        ],
        otherwise: 'normal',
      },
      'rules',
    );
    const { names, label, how, counts } = applyRules(sessions, rules);
    assert.deepEqual(
      [...label].map((number) => names[number]),
      ['other', 'ssh', 'normal', 'normal'],
    );
    assert.deepEqual([...how], [How.exact, How.exact, How.otherwise, How.otherwise]);
    assert.equal(counts.exact, 2);
  });

  it('are refused with everything that is wrong in them', async () => {
    const path = put(
      folder,
      'rules.json',
      JSON.stringify({
        rules: [
          { protocl: 'tcp', label: 'x' },
          { protocol: 'icmp', from: '10.0.0.300', to: '10.0.0.0/33', label: '' },
          { between: ['10.0.0.1'], start: 'noon', label: 'x' },
          { between: ['*', '*:99999'], from: '*', label: 'x' },
          { to: '10.0.0.1:', label: 'x' },
          7,
        ],
        otherwize: 'normal',
      }),
    );
    await assert.rejects(readRules(path), (error) => {
      assert.ok(error instanceof FaultError);
      assert.deepEqual(
        error.faults.map(({ place }) => place.slice(place.indexOf(': ') + 2)).sort(),
        [
          '/otherwize',
          '/rules/0/protocl',
          '/rules/1/from',
          '/rules/1/label',
          '/rules/1/protocol',
          '/rules/1/to',
          '/rules/2/between',
          '/rules/2/between/1',
          '/rules/2/start',
          '/rules/3/between',
          '/rules/3/between/1',
          '/rules/4/to',
          '/rules/5',
        ].filter((pointer) => pointer !== '/rules/2/between/1'),
      );
      assert.match(error.message, /unknown key, must be one of .*did you mean "protocol"\?/);
      assert.match(error.message, /did you mean "otherwise"\?/);
      return true;
    });
    await assert.rejects(readRules(join(folder, 'none.json')), /no such file/);
    await assert.rejects(readRules(put(folder, 'cut.json', '{"rules": [')), /it is no JSON/);
    assert.throws(() => parseRules([], 'x'), /must be an object with "rules"/);
    assert.throws(() => parseRules({}, 'x'), /\/rules: must be a list/);
  });
});

describe('rules on captures of attacks', () => {
  const all = fileURLToPath(new URL('../../../shared/captures/', import.meta.url));
  const captures = join(all, 'attack');
  const skip = existsSync(join(captures, 'LABELS.tsv')) ? false : 'the captures are not on this machine';
  /** The rules of LABELS.tsv, which says in words what they are. */
  const rules: Readonly<Record<string, object>> = {
    'test7-malicious.pcap': {
      rules: [
        { protocol: 'udp', to: '*:53,67,68,123,5353', label: 'normal' },
        { from: '192.168.2.16', label: 'attack' },
      ],
      otherwise: 'normal',
    },
    'smb.pcap': {
      rules: [{ protocol: 'tcp', from: '192.168.1.124', to: '*:139,445', label: 'attack' }],
      otherwise: 'normal',
    },
    'test-cc-capture-1.pcap': { rules: [{ label: 'attack' }] },
    'malicious-ssh-bruteforce.pcap': {
      rules: [{ protocol: 'tcp', to: '*:902', label: 'attack' }],
      otherwise: 'normal',
    },
    'CIC-DDoS-2019-WebDDoS.pcap': {
      rules: [{ between: ['172.16.0.5', '*'], label: 'attack' }],
      otherwise: 'normal',
    },
  };

  it('find as many sessions of attacks as their list says', { skip }, async () => {
    const rowsOf = (path: string) =>
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((l) => l.split('\t'));
    const list = rowsOf(join(captures, 'LABELS.tsv'));
    // Of all sessions an independent parser has counted how many there are; the list leaves three of a file out.
    const manifest = new Map(rowsOf(join(all, 'MANIFEST.tsv')).map((row) => [row[0], Number(row[3])]));
    assert.equal(list.length, 5);
    for (const [file = '', , attacks] of list) {
      const { sessions: table } = await assembleSessions([join(captures, file)], OPTIONS);
      const checked: LabelRules = parseRules(rules[file], file);
      const { counts } = applyRules(table, checked);
      assert.equal(counts.byLabel.find(({ name }) => name === 'attack')?.sessions, Number(attacks), file);
      assert.equal(counts.sessions, manifest.get(`attack/${file}`), file);
      assert.equal(counts.exact + counts.otherwise, counts.sessions);
    }
  });
});
