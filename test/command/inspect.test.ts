import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspect, command as inspectCommand } from '../../src/command/inspect.ts';
import { FaultError } from '../../src/fault/index.ts';
import { formatInspection } from '../../src/report/inspection.ts';
import { frame, hex, pcap, put, temporaryFolder } from '../capture/build.ts';

const folder = temporaryFolder();
mkdirSync(join(folder, 'day'));
const arp = hex('ffffffffffff 020000000001 0806 0001 0800 06 04 0001');
const first = put(
  folder,
  'day/a.pcap',
  pcap([
    { seconds: 1_460_000_000, fraction: 5, bytes: frame({ payload: 100 }) },
    {
      seconds: 1_460_000_001,
      bytes: frame({ from: '10.0.0.2', to: '10.0.0.1', fromPort: 80, toPort: 1000 }),
    },
    { seconds: 1_460_000_002, bytes: arp },
  ]),
);
put(
  folder,
  'day/b.pcap',
  pcap([{ seconds: 1_460_003_600, fraction: 999_999, bytes: frame({ protocol: 'udp' }) }]),
);
put(folder, 'day/notes.txt', 'no capture');

/** What the command prints. */
async function run(...words: string[]): Promise<string> {
  let output = '';
  const command = inspectCommand().configureOutput({ writeOut: (text) => (output += text) });
  await command.parseAsync(words, { from: 'user' });
  return output;
}

describe('sessionlab inspect', () => {
  it('tells what captures hold and what is left out', async () => {
    const text = (await run(join(folder, 'day'))).replaceAll(folder, '…');
    assert.equal(
      text,
      `2 captures, ${24 + 3 * 16 + 154 + 54 + 22 + 24 + 16 + 42} bytes
  …/day/a.pcap  pcap-le-us  3 packets
  …/day/b.pcap  pcap-le-us  1 packet

packets               4 (272 bytes on the wire)
from                  2016-04-07T03:33:20.000005000Z
to                    2016-04-07T04:33:20.999999000Z (3,601 s)
link type 1           Ethernet: 4 packets
sessions              2 (TCP 1, UDP 1; no idle timeout)
in both directions    1 (50.0%)
initiator by          first packet (TCP) 1, first packet (UDP) 1
joined across files   0 continuations of a session in another file
packets per session   min 1, 5% 1, 25% 1, median 1, 75% 2, 95% 2, max 2
header bytes          min 42, 5% 42, 25% 42, median 54, 75% 54, 95% 54, max 54
most common           54 (66.7%), 42 (33.3%)
packets in sessions   3 (75.0%)
packets left out      1 (25.0%)
           1  not IP: ARP (0x0806); first …/day/a.pcap: record 3 at byte 264

1 warning
  …/day: 1 of 3 files are no captures and were skipped, first …/day/notes.txt
`,
    );
  });

  it('follows tunnels when asked to, and says what carries what when not', async () => {
    const outside = frame({ protocol: 'udp', toPort: 4789, payload: 62 });
    outside.set([8, 0, 0, 0, 0, 0, 1, 0], 42);
    outside.set(frame(), 50);
    const path = put(folder, 'mirror.pcap', pcap([{ seconds: 1, bytes: outside }]));
    const text = await run(path);
    assert.match(text, /^carried by VXLAN {6}1 packet \(100\.0%\)$/m);
    assert.match(text, /packets that carry others: 1 of 1 \(VXLAN\); .*inspect --tunnels inner/);
    assert.match(
      await run(path, '--tunnels', 'inner'),
      /^sessions {14}1 \(TCP 1, UDP 0; no idle timeout\)$/m,
    );
  });

  it('says who began, which ports were used again, and what is out of order or there twice', async () => {
    const syn = (seconds: number, sequence: number, fraction = 0) => ({
      seconds,
      fraction,
      bytes: frame({ flags: 2, sequence }),
    });
    const path = put(folder, 'odd.pcap', pcap([syn(5, 1), syn(5, 1, 9), syn(9, 2), syn(8, 2)]));
    const text = await run(path);
    assert.match(text, /^initiator by {10}SYN 1$/m);
    assert.match(text, /^ports used again {6}a second SYN in 1 session$/m);
    assert.match(text, /^out of time order {5}1 record by up to 1 s, in 1 session$/m);
    assert.match(text, /^copies of packets {5}1 \(25\.0%\)$/m);
  });

  it('tells the same as JSON', async () => {
    const json = JSON.parse(await run(first, '--json', '--idle-timeout', '0.5'));
    assert.equal(json.packets, 3);
    assert.equal(json.sessions, 2);
    assert.equal(json.idleTimeout, 0.5);
    assert.deepEqual(json.firstTime, {
      seconds: 1_460_000_000,
      nanoseconds: 5000,
      utc: '2016-04-07T03:33:20.000005000Z',
    });
    assert.deepEqual(
      json.leftOut.map(({ reason, packets }: { reason: string; packets: number }) => [reason, packets]),
      [['not IP: ARP (0x0806)', 1]],
    );
    assert.deepEqual(json.headerLengths, [{ bytes: 54, packets: 2 }]);
    assert.equal(json.packetsPerSession.max, 1);
  });

  it('tells of a capture without packets that there are none', async () => {
    const text = formatInspection(await inspect([put(folder, 'none.pcap', pcap([]))]));
    assert.match(text, /packets +0 \(0 bytes on the wire\)/);
    assert.match(text, /packets per session +none/);
    assert.doesNotMatch(text, /NaN|undefined|from {2}/);
  });

  it('refuses what is no capture, is missing or makes no sense', async () => {
    const refused = async (exitCode: number, message: RegExp, ...words: string[]) =>
      assert.rejects(run(...words), (error) => {
        assert.ok(error instanceof FaultError);
        assert.equal(error.exitCode, exitCode);
        assert.match(error.message, message);
        return true;
      });
    await refused(3, /notes\.txt: it is no capture/, join(folder, 'day', 'notes.txt'));
    await refused(3, /did you mean .*a\.pcap\?/, join(folder, 'day', 'aa.pcap'));
    await refused(2, /--idle-timeout: got "never"/, first, '--idle-timeout', 'never');
  });

  it('shows examples in its help', async () => {
    const command = inspectCommand();
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    assert.match(help, /Examples:\n {2}\$ sessionlab inspect office\.pcap/);
  });
});
