/** Accounts of several readings as one. */
import type { CaptureAccount } from './account.ts';

/** What was read, kept and left out in all; files in the order of the accounts. */
export function mergeAccounts(accounts: readonly CaptureAccount[]): CaptureAccount {
  if (accounts.length === 1) return accounts[0]!;
  const sum = (value: (account: CaptureAccount) => number): number =>
    accounts.reduce((total, account) => total + value(account), 0);
  const firsts = accounts.flatMap(({ firstTime }) => (firstTime === null ? [] : [firstTime]));
  const lasts = accounts.flatMap(({ lastTime }) => (lastTime === null ? [] : [lastTime]));
  const order = (a: (typeof firsts)[number], b: (typeof firsts)[number]): number =>
    a.seconds - b.seconds || a.nanoseconds - b.nanoseconds;
  return {
    files: accounts.flatMap(({ files }) => files),
    packets: sum(({ packets }) => packets),
    bytes: sum(({ bytes }) => bytes),
    wireBytes: sum(({ wireBytes }) => wireBytes),
    keptPackets: sum(({ keptPackets }) => keptPackets),
    joinedAcrossFiles: sum(({ joinedAcrossFiles }) => joinedAcrossFiles),
    secondSyn: sum(({ secondSyn }) => secondSyn),
    severalNetworks: sum(({ severalNetworks }) => severalNetworks),
    copies: sum(({ copies }) => copies),
    outOfOrder: {
      sessions: sum(({ outOfOrder }) => outOfOrder.sessions),
      beyondWindow: sum(({ outOfOrder }) => outOfOrder.beyondWindow),
    },
    backwards: {
      records: sum(({ backwards }) => backwards.records),
      seconds: accounts.reduce((most, { backwards }) => Math.max(most, backwards.seconds), 0),
    },
    initiators: group(
      accounts.flatMap(({ initiators }) => initiators),
      ({ evidence }) => evidence,
    ),
    tunnels: group(
      accounts.flatMap(({ tunnels }) => tunnels),
      ({ tunnel }) => tunnel,
    ).sort((a, b) => b.packets - a.packets || (a.tunnel < b.tunnel ? -1 : 1)),
    joinedAcrossDays: sum(({ joinedAcrossDays }) => joinedAcrossDays),
    bidirectional: sum(({ bidirectional }) => bidirectional),
    leftOut: group(
      accounts.flatMap(({ leftOut }) => leftOut),
      ({ reason }) => reason,
    ).sort((a, b) => (a.reason < b.reason ? -1 : 1)),
    sessionsLeftOut: group(
      accounts.flatMap(({ sessionsLeftOut }) => sessionsLeftOut),
      ({ reason }) => reason,
    ),
    linkTypes: group(
      accounts.flatMap(({ linkTypes }) => linkTypes),
      ({ linkType }) => linkType,
    ).sort((a, b) => a.linkType - b.linkType),
    headerLengths: group(
      accounts.flatMap(({ headerLengths }) => headerLengths),
      ({ bytes }) => bytes,
    ).sort((a, b) => a.bytes - b.bytes),
    firstTime: firsts.sort(order)[0] ?? null,
    lastTime: lasts.sort(order).at(-1) ?? null,
    warnings: accounts.flatMap(({ warnings }) => warnings),
  };
}

interface Numbers {
  readonly packets?: number;
  readonly sessions?: number;
}

/** Adds up what has the same key; the first one's other fields stay. */
function group<T extends Numbers>(items: readonly T[], keyOf: (item: T) => string | number): T[] {
  const groups = new Map<string | number, T>();
  for (const item of items) {
    const key = keyOf(item);
    const before = groups.get(key);
    if (before === undefined) {
      groups.set(key, item);
      continue;
    }
    const { packets, sessions } = before;
    groups.set(key, {
      ...before,
      ...(packets === undefined ? {} : { packets: packets + (item.packets ?? 0) }),
      ...(sessions === undefined ? {} : { sessions: sessions + (item.sessions ?? 0) }),
    });
  }
  return [...groups.values()];
}
