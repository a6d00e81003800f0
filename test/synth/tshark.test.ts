import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ATTACK_KINDS, loadManifestFile, type Recipe } from '../../src/spec/index.ts';
import { writeSyntheticCapture, writeSyntheticDays } from '../../src/synth/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-tshark-'));
after(() => rmSync(folder, { recursive: true }));

const has = spawnSync('tshark', ['--version']).status === 0;
const skip = !has && 'tshark is not here';

/** Sessions of the copies that are read here: tshark takes a second for 100,000 packets. */
const SESSIONS = 400;

/** Fewer sessions, whole frames. */
function scaledDown(recipe: Recipe): Recipe {
  const days = recipe.days?.map((day) => {
    const share = SESSIONS / (day.sessions ?? recipe.sessions);
    const attacks = day.attacks.map(({ kind, sessions }) => ({
      kind,
      sessions: Math.ceil(sessions * share),
    }));
    return { ...day, sessions: SESSIONS, attacks };
  });
  return { ...recipe, sessions: SESSIONS, snapLength: 65_535, ...(days === undefined ? {} : { days }) };
}

const CHECKSUMS = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
/** Payload is noise on purpose, whatever its port: nothing above TCP and UDP is looked for, but names and times. */
const TRANSPORT = ['tcp.port==1-65535', 'udp.port==1-52', 'udp.port==54-122', 'udp.port==124-65535'].flatMap(
  (ports) => ['-d', `${ports},data`],
);

/** The fields of all packets that a filter lets through. */
function fieldsOf(
  path: string,
  fields: readonly string[],
  ...options: readonly string[]
): readonly Readonly<Record<string, string>>[] {
  const args = ['-n', '-r', path, ...options, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const out = execFileSync('tshark', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = out.split('\n').slice(0, -1);
  return lines.map((line) => {
    const values = line.split('\t');
    return Object.fromEntries(fields.map((field, i) => [field, values[i]!]));
  });
}

const STATUS = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map((name) => `${name}.checksum.status`);
/** What no capture of a network that loses nothing shows. */
const NEVER = ['ack_lost_segment', 'lost_segment', 'window_full', 'out_of_order'].map(
  (name) => `tcp.analysis.${name}`,
);
const MALFORMED = '_ws.malformed';
const AGAIN = 'tcp.analysis.retransmission';

function check(path: string, repeated: boolean): void {
  const fields = ['tcp.flags.syn', MALFORMED, AGAIN, ...STATUS, ...NEVER];
  const packets = fieldsOf(path, fields, ...CHECKSUMS, ...TRANSPORT);
  for (const packet of packets) {
    assert.equal(packet[MALFORMED], '');
    // 1 is right; of a message within another one (ICMP) there would be several.
    for (const status of STATUS) assert.match(packet[status]!, /^1?$/, status);
    for (const never of NEVER) assert.equal(packet[never], '', never);
  }
  // It has looked: all segments are found to be right.
  const segments = packets.filter((packet) => packet['tcp.flags.syn'] !== '');
  assert(segments.length > 3 * SESSIONS, `${segments.length} segments`);
  assert(segments.every((packet) => packet['tcp.checksum.status'] === '1'));
  const again = segments.filter((packet) => packet[AGAIN] !== '' && packet['tcp.flags.syn'] === '0').length;
  assert.equal(again > 0, repeated, `${again} segments came again`);

  // Names and times are well-formed, and there are some.
  const names = fieldsOf(path, [MALFORMED], '-Y', 'dns || ntp');
  assert(names.length > 5);
  for (const packet of names) assert.equal(packet[MALFORMED], '');
}

describe('tshark finds nothing malformed and every checksum right', () => {
  const datasets = new URL('../../datasets/', import.meta.url);
  for (const file of readdirSync(datasets).filter((name) => name.startsWith('synthetic-'))) {
    it(`in ${file}, scaled down, with whole frames`, { skip }, async () => {
      const manifest = await loadManifestFile(new URL(file, datasets).pathname);
      assert(manifest.kind === 'synthetic');
      const recipe = scaledDown(manifest.recipe);
      const repeated = (recipe.retransmissions ?? 0) > 0;
      if (recipe.days === undefined) {
        const path = join(folder, `${file}.pcap`);
        await writeSyntheticCapture(recipe, path);
        check(path, repeated);
      } else
        for (const { capture } of await writeSyntheticDays(recipe, folder))
          check(join(folder, capture), repeated);
    });
  }

  it('in a day of all attacks, over both versions of IP', { skip }, async () => {
    const { recipe } = (await loadManifestFile(new URL('synthetic-iscx.json', datasets).pathname)) as {
      recipe: Recipe;
    };
    const attacks = ATTACK_KINDS.map((kind) => ({ kind, sessions: 50 }));
    const day = { name: 'all', date: '2010-06-14', attacks, labels: true, article: null };
    await writeSyntheticDays({ ...scaledDown(recipe), ipv6: 0.4, days: [day] }, folder);
    check(join(folder, 'all.pcap'), true);
  });
});
