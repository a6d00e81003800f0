import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { populate } from '../../src/synth/host.ts';
import { defaultRecipe, type Recipe, syntheticPackets } from '../../src/synth/index.ts';
import fc from '../support/fast-check.ts';
import { type Decoded, hex, optionKinds, verifyFrame } from './verify.ts';

interface Seen {
  readonly time: number;
  readonly session: number;
  readonly packet: Decoded;
}

/** All packets, whole, decoded and verified. */
function observe(recipe: Recipe): readonly Seen[] {
  const seen: Seen[] = [];
  for (const packet of syntheticPackets({ ...recipe, snapLength: 65_535 })) {
    assert.equal(packet.captured, packet.original);
    const time = packet.seconds * 1e6 + packet.microseconds;
    seen.push({ time, session: packet.session, packet: verifyFrame(packet.bytes.slice(0, packet.captured)) });
  }
  return seen;
}

function bySession(seen: readonly Seen[]): ReadonlyMap<number, readonly Seen[]> {
  const sessions = new Map<number, Seen[]>();
  for (const one of seen) {
    if (one.session < 0) continue;
    const list = sessions.get(one.session);
    if (list === undefined) sessions.set(one.session, [one]);
    else list.push(one);
  }
  return sessions;
}

const pairOf = ({ packet }: Seen) => `${packet.source}>${packet.destination}`;

const small: Recipe = { ...defaultRecipe, sessions: 400, ipv6: 0.3, noise: 0.3, failures: 0.15 };
const office = observe(defaultRecipe);
const officeSessions = bySession(office);
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

describe('a synthetic network', () => {
  it('writes frames whose lengths and checksums agree, of all kinds', () => {
    for (const seed of [1, 2, 3]) {
      const kinds = new Set(
        observe({ ...small, seed }).map(({ packet }) => packet.kind + (packet.ipv6 ? '6' : '')),
      );
      assert.deepEqual([...kinds].sort(), ['arp', 'icmp', 'icmpv66', 'tcp', 'tcp6', 'udp', 'udp6']);
    }
  });

  it('says the same when a snap length cuts its frames', () => {
    const cut = syntheticPackets({ ...small, snapLength: 98 });
    for (const whole of syntheticPackets({ ...small, snapLength: 65_535 })) {
      const next = cut.next();
      assert(next.done !== true);
      const packet = next.value;
      assert.equal(packet.original, whole.original);
      assert.equal(packet.captured, Math.min(98, whole.original));
      assert(
        Buffer.compare(
          packet.bytes.subarray(0, packet.captured),
          whole.bytes.subarray(0, packet.captured),
        ) === 0,
      );
    }
    assert.equal(cut.next().done, true);
  });

  it('never goes back in time and keeps to its hours', () => {
    const start = Date.parse(defaultRecipe.start) * 1000;
    let before = start;
    for (const { time } of office) {
      assert(Number.isInteger(time) && time >= before);
      before = time;
    }
    const begun = [...officeSessions.values()].map((packets) => packets[0]!.time);
    assert(Math.max(...begun) < start + (defaultRecipe.duration + 1) * 1e6);
    assert(Math.min(...begun) < start + 0.02 * defaultRecipe.duration * 1e6);
    assert(Math.max(...begun) > start + 0.98 * defaultRecipe.duration * 1e6);
  });

  it('has as many sessions as the recipe says, each with a 5-tuple of its own', () => {
    assert.equal(officeSessions.size, defaultRecipe.sessions);
    const owner = new Map<string, number>();
    for (const { session, packet } of office) {
      if (session < 0) continue;
      const ends = [
        `${packet.source}:${packet.sourcePort}`,
        `${packet.destination}:${packet.destinationPort}`,
      ].sort();
      const tuple = `${packet.kind} ${ends.join(' ')}`;
      assert.equal(owner.get(tuple) ?? session, session, tuple);
      owner.set(tuple, session);
    }
    assert.equal(owner.size, defaultRecipe.sessions);
  });

  it('counts its sessions exactly, however small and lopsided it is', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 0, max: 1e9 }),
          sessions: fc.integer({ min: 1, max: 60 }),
          workstations: fc.integer({ min: 1, max: 14 }),
          internalServers: fc.integer({ min: 1, max: 16 }),
          externalServers: fc.integer({ min: 1, max: 30 }),
          novelty: fc.double({ min: 0, max: 1, noNaN: true }),
          failures: fc.double({ min: 0, max: 1, noNaN: true }),
          duration: fc.double({ min: 1, max: 1e6, noNaN: true }),
        }),
        (given) => {
          const recipe = { ...defaultRecipe, ...given };
          assert.equal(bySession(observe(recipe)).size, recipe.sessions);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('interleaves sessions', () => {
    let changes = 0;
    for (let i = 1; i < office.length; i++) if (office[i]!.session !== office[i - 1]!.session) changes++;
    assert(changes > 2 * defaultRecipe.sessions, `${changes} changes`);
  });

  it('differs with the seed', () => {
    const first = (seed: number) => {
      for (const packet of syntheticPackets({ ...small, seed })) return hex(packet.bytes.subarray(0, 34));
      return '';
    };
    assert.equal(new Set([0, 1, 2, 3, 4].map(first)).size, 5);
  });
});

describe('contacts', () => {
  const openings = [...officeSessions.values()].map((packets) => packets[0]!).sort((a, b) => a.time - b.time);
  const cut = Math.floor(0.8 * openings.length);
  const known = new Set(openings.slice(0, cut).map(pairOf));
  const recurring = openings.slice(cut).filter((opening) => known.has(pairOf(opening))).length;

  it('recur: over 95% of the last fifth of the sessions are between hosts that have talked before', () => {
    assert(recurring / (openings.length - cut) > 0.95, `${recurring} of ${openings.length - cut}`);
  });

  it('do not always recur: some conversations are new', () => {
    assert(recurring < openings.length - cut - 5, `${recurring} of ${openings.length - cut}`);
  });

  it('are few: most pairs of a workstation and a server never talk', () => {
    const { workstations, internal, external } = populate(defaultRecipe);
    const desks = new Set(workstations.map((host) => hex(host.ipv4)));
    const pairs = new Set(openings.filter(({ packet }) => desks.has(packet.source)).map(pairOf));
    const possible = workstations.length * (internal.length + external.length);
    assert(pairs.size < 0.5 * possible, `${pairs.size} of ${possible}`);
  });

  it('are lost where every undertaking is a novelty', () => {
    const habitual = bySession(observe({ ...small, novelty: 0, ipv6: 0, noise: 0 }));
    const curious = bySession(observe({ ...small, novelty: 1, ipv6: 0, noise: 0 }));
    const pairs = (sessions: ReadonlyMap<number, readonly Seen[]>) =>
      new Set([...sessions.values()].map((packets) => pairOf(packets[0]!))).size;
    assert(pairs(curious) > 1.2 * pairs(habitual), `${pairs(curious)} and ${pairs(habitual)}`);
  });
});

describe('TCP sessions', () => {
  const tcpSessions = (recipe: Recipe) =>
    [...bySession(observe(recipe)).values()].filter((packets) => packets[0]!.packet.kind === 'tcp');

  it('keep sequence numbers, acknowledgements, time stamps and windows consistent', () => {
    for (const seed of [1, 5, 6])
      for (const packets of tcpSessions({ ...small, seed })) checkSession(packets);
  });

  it('open by three packets, and end in all the ways there are', () => {
    const endings = new Map<string, number>();
    const count = (ending: string) => endings.set(ending, (endings.get(ending) ?? 0) + 1);
    for (const packets of tcpSessions({ ...small, sessions: 1500 })) {
      const [first, second, third] = packets.map(({ packet }) => packet);
      const last = packets.at(-1)!.packet;
      assert.equal(first!.flags, SYN);
      if (second === undefined || second.flags === SYN) {
        assert(packets.every(({ packet }) => packet.flags === SYN));
        count('unanswered');
      } else if (second.flags === (RST | ACK)) {
        assert.equal(packets.length, 2);
        count('refused');
      } else {
        assert.equal(second.flags, SYN | ACK);
        assert.equal(third!.flags, ACK);
        if ((last.flags & RST) !== 0) count('reset');
        else {
          assert.equal(packets.filter(({ packet }) => (packet.flags & FIN) !== 0).length, 2);
          const closer = packets.find(({ packet }) => (packet.flags & FIN) !== 0)!.packet;
          count(closer.source === first!.source ? 'closed by the client' : 'closed by the server');
        }
      }
    }
    const expected = ['closed by the client', 'closed by the server', 'refused', 'reset', 'unanswered'];
    assert.deepEqual([...endings.keys()].sort(), expected);
    assert(
      [...endings.values()].every((number) => number >= 10),
      JSON.stringify([...endings]),
    );
  });
});

/** Everything a packet claims must follow from the packets before it: nothing is lost on this network. */
function checkSession(packets: readonly Seen[]): void {
  const initiator = packets[0]!.packet.source;
  const start = packets[0]!.packet.sequence;
  const next: [number | null, number | null] = [null, null];
  const acknowledged: [number, number] = [0, 0];
  const window: [number, number] = [0, 0];
  const stamp: [number, number] = [0, 0];
  const scale: [number | null, number | null] = [null, null];
  for (const { packet } of packets) {
    const me = packet.source === initiator ? 0 : 1;
    const peer = 1 - me;
    const { flags, sequence } = packet;
    if ((flags & SYN) !== 0) {
      if (me === 0) assert.equal(sequence, start);
      next[me] = sequence;
      scale[me] = scaleOf(packet.options);
    } else if ((flags & RST) !== 0 && next[me] === null) assert.equal(sequence, 0);
    else assert.equal(sequence, next[me]);
    if ((flags & ACK) !== 0) {
      assert.equal(packet.acknowledgement, next[peer]);
      acknowledged[peer] = packet.acknowledgement;
    } else assert.equal(packet.acknowledgement, 0);
    const length = packet.payload.length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0);
    next[me] = ((next[me] ?? 0) + length) % 0x1_0000_0000;

    if ((flags & (SYN | RST)) === 0) {
      const underway = (next[me]! - acknowledged[me]! + 0x1_0000_0000) % 0x1_0000_0000;
      const room = window[peer]!;
      assert(underway <= room, `${underway} bytes are under way, the window is ${room}`);
    }
    const scaled = scale[0] !== null && scale[1] !== null && (flags & SYN) === 0;
    window[me] = packet.window << (scaled ? scale[me]! : 0);

    const stamps = stampsOf(packet.options);
    if (stamps !== null) {
      assert.equal(stamps.echo, (flags & ACK) !== 0 ? stamp[peer] : 0);
      const since = (stamps.value - stamp[me]! + 0x1_0000_0000) % 0x1_0000_0000;
      assert(stamp[me] === 0 || since < 0x8000_0000, 'time stamps do not go back');
      stamp[me] = stamps.value;
    }
  }
}

function optionOf(options: Uint8Array, wanted: number): Uint8Array | null {
  for (let i = 0; i < options.length && options[i] !== 0; ) {
    const length = options[i] === 1 ? 1 : options[i + 1]!;
    if (options[i] === wanted) return options.subarray(i + 2, i + length);
    i += length;
  }
  return null;
}

function scaleOf(options: Uint8Array): number | null {
  return optionOf(options, 3)?.[0] ?? null;
}

function stampsOf(options: Uint8Array): { value: number; echo: number } | null {
  const body = optionOf(options, 8);
  if (body === null) return null;
  const view = new DataView(body.buffer, body.byteOffset, 8);
  return { value: view.getUint32(0), echo: view.getUint32(4) };
}

describe('hosts', () => {
  const { hosts } = populate(defaultRecipe);
  const hostOf = new Map(
    hosts.flatMap((host) => [[hex(host.ipv4), host] as const, [hex(host.ipv6), host] as const]),
  );

  it('send what their fingerprint has them send: initial time to live less the routers passed, and their MAC', () => {
    for (const { packet, session } of office) {
      if (session < 0) continue;
      const host = hostOf.get(packet.source)!;
      assert.equal(packet.hops, host.fingerprint.ttl - host.hops);
      assert.equal(packet.sourceMac, hex(host.mac));
      assert.equal(packet.destinationMac, hex(hostOf.get(packet.destination)!.mac));
    }
    const initial = new Set(hosts.map((host) => host.fingerprint.ttl));
    assert.deepEqual([...initial].sort(), [128, 255, 64]);
  });

  it('open with the TCP options of their system, in its order', () => {
    const orders: Record<string, number[]> = {
      windows: [2, 1, 3, 1, 1, 4],
      linux: [2, 4, 8, 1, 3],
      macos: [2, 1, 3, 1, 1, 8, 4, 0],
      freebsd: [2, 1, 3, 4, 8],
      appliance: [2],
    };
    for (const packets of officeSessions.values()) {
      const { packet } = packets[0]!;
      if (packet.kind !== 'tcp') continue;
      const { fingerprint } = hostOf.get(packet.source)!;
      assert.deepEqual(optionKinds(packet.options), orders[fingerprint.name]);
      const port = packet.sourcePort - fingerprint.firstPort;
      assert(port >= 0 && port < fingerprint.ports);
    }
  });

  it('answer only with TCP options that were offered', () => {
    for (const packets of officeSessions.values()) {
      const [offer, answer] = packets.map(({ packet }) => packet);
      if (answer?.flags !== (SYN | ACK)) continue;
      const offered = new Set([0, 1, ...optionKinds(offer!.options)]);
      assert(optionKinds(answer.options).every((kind) => offered.has(kind)));
    }
  });

  it('count, clear or draw the IPv4 identification as their system does', () => {
    const last = new Map<number, number>();
    const drawn = new Map<string, Set<number>>();
    for (const { packet, session } of office) {
      if (session < 0 || packet.ipv6) continue;
      const host = hostOf.get(packet.source)!;
      const kind = host.fingerprint.identification;
      if (kind === 'zero') assert(packet.identification === 0 && packet.dontFragment);
      if (kind === 'counter') {
        const before = last.get(host.id) ?? 0;
        assert.equal(packet.identification, (before + 1) & 0xffff);
        last.set(host.id, packet.identification);
      }
      drawn.set(kind, (drawn.get(kind) ?? new Set()).add(packet.identification));
    }
    assert.deepEqual([...drawn.keys()].sort(), ['counter', 'random', 'session', 'zero']);
    assert(drawn.get('random')!.size > 500);
  });
});

describe('fractions of a recipe', () => {
  it('are met: IPv6, and none of it where none is asked for', () => {
    const sessions = [...bySession(observe({ ...small, sessions: 1500, ipv6: 0.3 })).values()];
    const six = sessions.filter((packets) => packets[0]!.packet.ipv6).length / sessions.length;
    assert(six > 0.25 && six < 0.35, `${six}`);
    assert(observe({ ...small, ipv6: 0 }).every(({ packet }) => !packet.ipv6));
  });

  it('are met: noise, and none of it where none is asked for', () => {
    const noisy = observe({ ...small, noise: 0.5 }).filter(({ session }) => session < 0);
    const requests = noisy.filter(
      ({ packet }) => packet.kind === 'arp' && packet.destinationMac === 'ffffffffffff',
    );
    assert(requests.length > 0.5 * 0.5 * 0.35 * small.sessions, `${requests.length} questions by ARP`);
    assert(noisy.every(({ packet }) => packet.kind !== 'tcp' && packet.kind !== 'udp'));
    assert(observe({ ...small, noise: 0 }).every(({ session }) => session >= 0));
  });

  it('are met: failures, and none of them where none is asked for', () => {
    const failed = (recipe: Recipe) =>
      [...bySession(observe(recipe)).values()].filter(
        (packets) =>
          packets[0]!.packet.destinationPort !== 514 &&
          packets.every(
            ({ packet }) => packet.payload.length === 0 || packet.source === packets[0]!.packet.source,
          ),
      ).length;
    assert.equal(failed({ ...small, failures: 0 }), 0);
    assert.equal(failed({ ...small, sessions: 300, failures: 1, novelty: 0 }) > 280, true);
  });
});
