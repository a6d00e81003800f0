import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expandCaptures } from '../../src/capture/index.ts';
import { FaultError } from '../../src/fault/index.ts';
import { assembleSessions } from '../../src/session/index.ts';

const root = fileURLToPath(new URL('../../../shared/captures/', import.meta.url));
const skip = existsSync(`${root}MANIFEST.tsv`) ? false : 'shared captures are not here';
const everything = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 8 } as const;

interface Entry {
  readonly file: string;
  readonly format: string;
  readonly packets: number;
  readonly sessions: number;
  readonly bidirectional: number;
  readonly linkTypes: string;
  readonly bytes: number;
  readonly sha256: string;
}

function manifest(): Entry[] {
  const [, ...lines] = readFileSync(`${root}MANIFEST.tsv`, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [file, format, packets, sessions, bidirectional, linkTypes, , , bytes, sha256] = line.split('\t');
    const counts = {
      packets: Number(packets),
      sessions: Number(sessions),
      bidirectional: Number(bidirectional),
    };
    return {
      file: file!,
      format: format!,
      ...counts,
      linkTypes: linkTypes!,
      bytes: Number(bytes),
      sha256: sha256!,
    };
  });
}

interface Counts {
  readonly packets?: number;
  readonly sessions?: number;
  readonly bidirectional?: number;
}

/** Reasons of the account. */
const Because = {
  cutHeader: 'malformed: the file ends inside the header of the record',
  absurd: 'malformed: the captured length of the record is absurd',
  noRoom: 'malformed: the IP length leaves no room for the TCP header',
  firstFragment: 'first IP fragment without all of the fixed TCP header',
  snapLength: 'header cut by the snap length',
} as const;

/** Why the manifest counts otherwise. */
const Why = {
  last: 'we count the unreadable last record as a packet that is left out',
  swapped: 'records of versions before 2.4 have their lengths swapped; the manifest finds no record',
  tiny: 'the first fragment holds only half of the TCP header',
  ppp: 'the manifest does not look into MPLS inside PPP; tshark does, and counts as we do',
  mirrored: 'the manifest does not look into NFLOG and PPI; tshark does, and counts as we do',
  zeros: 'two of its records are nothing but zeros',
  shaved: 'the last four bytes of every frame are gone, and with them those of TCP headers without payload',
} as const;

/**
 * Where our counts differ from those of the independent parser behind the manifest: what we count, why, and the
 * reason of the account that tells the user; null where nothing is left out.
 */
const differences: Readonly<Record<string, readonly [counts: Counts, why: string, because: string | null]>> =
  {
    'odd/10.7.29.101_49898-178.63.41.150_25.pcap': [{ packets: 19 }, Why.last, Because.absurd],
    'odd/radiuslayer': [{ packets: 6 }, Why.last, Because.absurd],
    'odd/clusterfuzz-testcase-FuzzTarget-5781142119907328': [{ packets: 2 }, Why.last, Because.absurd],
    'odd/clusterfuzz-testcase-minimized-FuzzTarget-5755755617189888': [
      { packets: 3 },
      Why.last,
      Because.absurd,
    ],
    'odd/covenant_ldap_searchrequest_domainuser.cap': [{ packets: 197 }, Why.last, Because.cutHeader],
    'odd/truncated_dns_2.pcap': [{ packets: 2 }, Why.last, Because.cutHeader],
    'odd/fuzz-2021-10-13.pcap': [{ packets: 2 }, Why.last, Because.cutHeader],
    'odd/clusterfuzz-testcase-FuzzTarget-6207688043397120': [{ packets: 2 }, Why.last, Because.cutHeader],
    'odd/clusterfuzz-testcase-minimized-FuzzTarget-5685520970809344': [
      { packets: 2 },
      Why.last,
      Because.cutHeader,
    ],
    'odd/clusterfuzz-testcase-minimized-FuzzTarget-5752969003008000': [
      { packets: 2 },
      Why.last,
      Because.cutHeader,
    ],
    'odd/clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328': [
      { packets: 1 },
      Why.swapped,
      Because.snapLength,
    ],
    'odd/clusterfuzz-testcase-minimized-FuzzTarget-6604968558198784': [
      { packets: 1 },
      Why.swapped,
      'IP protocol 4 (IPv4 in IP) is neither TCP nor UDP',
    ],
    'odd/fuzz.pcap': [
      { packets: 2, sessions: 0 },
      'its only TCP header states a length of 0, and the last record is absurd',
      'malformed: TCP header length 0, expected at least 20',
    ],
    'odd/frag-eth-vlan-ip-tcp-syn.pcap': [{ sessions: 0 }, Why.tiny, Because.firstFragment],
    'odd/frag-ip-tcp-syn.pcap': [{ sessions: 0 }, Why.tiny, Because.firstFragment],
    'odd/fuzz-2006-06-26-2594.pcap': [
      { sessions: 244 },
      'a TCP header does not fit its IP length',
      Because.noRoom,
    ],
    'odd/frag-ip-tcp.pcap': [
      { sessions: 1 },
      'later IPv6 fragments belong to the session of the first; the manifest reads their payload as ports',
      null,
    ],
    'odd/simson.pcap': [{ sessions: 0 }, 'the snap length keeps ports but no TCP header', Because.snapLength],
    'odd/test.rewrite_efcs': [
      { bidirectional: 18 },
      Why.shaved,
      'malformed: the packet ends inside its TCP header',
    ],
    'odd/test2.rewrite_efcs': [
      { bidirectional: 18 },
      Why.shaved,
      'malformed: the packet ends inside its TCP header',
    ],
    'odd/CiscoHDLC.pcap': [{ sessions: 1 }, 'the manifest does not look into Cisco HDLC', null],
    'odd/frag-ppp-ip-tcp-syn.pcap': [{ sessions: 0 }, Why.tiny, Because.firstFragment],
    'odd/nflog.pcap': [{ sessions: 4 }, Why.mirrored, null],
    'odd/someip_sd_sample.pcap': [{ sessions: 2, bidirectional: 1 }, Why.mirrored, null],
    'odd/http_PPI.pcap': [{ sessions: 2, bidirectional: 1 }, Why.mirrored, null],
    'odd/vtp_asan.pcap': [{ packets: 3 }, Why.zeros, null],
    'odd/wb-oobr.pcap': [{ sessions: 4 }, Why.ppp, null],
    'odd/2-wb-oobr.pcap': [{ sessions: 4 }, Why.ppp, null],
  };

describe('real captures', () => {
  it('give the counts of an independent parser, or a counted reason why not', { skip }, async () => {
    const explained = new Set<string>();
    for (const entry of manifest()) {
      if (entry.format === 'other') continue;
      const path = root + entry.file;
      const { sessions, account } = await assembleSessions([path], { ...everything, hash: true });
      const [counts, why, because] = differences[entry.file] ?? [];
      const { packets, sessions: count, bidirectional } = { ...entry, ...counts };
      assert.deepEqual(
        { packets: account.packets, sessions: sessions.count, bidirectional: account.bidirectional },
        { packets, sessions: count, bidirectional },
        `${entry.file}${why === undefined ? '' : `, where ${why}`}`,
      );
      if (because !== undefined) explained.add(entry.file);
      if (because !== undefined && because !== null)
        assert.ok(
          account.leftOut.some(({ reason }) => reason === because),
          `${entry.file}: ${because}`,
        );

      const left = account.leftOut.reduce((sum, { packets }) => sum + packets, 0);
      assert.equal(account.keptPackets + left, account.packets, entry.file);
      assert.equal(
        sessions.packetsSeen.reduce((sum, seen) => sum + seen, 0),
        account.keptPackets,
        entry.file,
      );
      assert.equal(account.linkTypes.map(({ linkType }) => linkType).join(), entry.linkTypes, entry.file);
      assert.deepEqual(account.files, [
        { path, format: entry.format, packets, bytes: entry.bytes, sha256: entry.sha256 },
      ]);
    }
    assert.deepEqual([...explained].sort(), Object.keys(differences).sort());
  });

  it('of one network are joined across files: every session is found again', { skip }, async () => {
    const entries = manifest().filter(({ file }) => file.startsWith('iot-lab/'));
    const paths = await expandCaptures(['iot-lab'], root);
    assert.deepEqual(paths, entries.map(({ file }) => root + file).sort());
    const { sessions, account } = await assembleSessions(paths, everything);
    const separate = entries.reduce((sum, entry) => sum + entry.sessions, 0);
    assert.equal(separate, 8761);
    assert.equal(sessions.count + account.joinedAcrossFiles, separate);
    assert.ok(account.joinedAcrossFiles > 0);
    assert.equal(
      account.packets,
      entries.reduce((sum, entry) => sum + entry.packets, 0),
    );
    for (let s = 1; s < sessions.count; s++) {
      const [before, row] = [sessions.firstRow[s - 1]!, sessions.firstRow[s]!];
      const seconds = sessions.seconds[row]! - sessions.seconds[before]!;
      assert.ok(
        seconds > 0 || (seconds === 0 && sessions.nanoseconds[row]! >= sessions.nanoseconds[before]!),
      );
    }
  });

  it('of all kinds can be read as one data set', { skip }, async () => {
    const paths = await expandCaptures(['odd', 'mixed'], root);
    assert.equal(paths.length, manifest().filter(({ file }) => /^(odd|mixed)\//.test(file)).length);
    const { sessions, account } = await assembleSessions(paths, everything);
    assert.ok(sessions.count > 1000);
    assert.ok(
      account.leftOut.every(({ packets, first }) => packets > 0 && / record \d+ at byte \d+$/.test(first)),
    );
  });

  it('are refused, with what they are, when they are none', { skip }, async () => {
    for (const { file } of manifest().filter(({ format }) => format === 'other'))
      await assert.rejects(assembleSessions([root + file], everything), (error) => {
        assert.ok(error instanceof FaultError);
        assert.equal(error.exitCode, 3);
        assert.ok(error.message.includes(file.replace(/.*\//, '')));
        assert.match(
          error.message,
          /it is no capture: its first bytes are [0-9a-f ]+ \(".+"\), expected pcap/,
        );
        return true;
      });
    await assert.rejects(expandCaptures(['not-a-capture'], root), /none of its 3 files is a capture/);
  });
});
