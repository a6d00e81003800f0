/** What of a reading its user should know, beside what could not be read. */
import { formatCount } from '../text/index.ts';
import type { CaptureAccount } from './account.ts';
import type { SessionOptions } from './options.ts';
import { ORDER_WINDOW } from './order.ts';

/** Of fewer, nothing is said: a share of all packets, or of all sessions. */
const WORTH_SAYING = 0.05;
const MOST_TUNNEL = 0.1;
/** Seconds: clocks step back by less in captures of several queues. */
const FAR_BACK = 60;

/** How far back, in the unit that shows it. */
export function backText(seconds: number): string {
  if (seconds >= 1) return `${formatCount(Math.round(seconds))} s`;
  const microseconds = Math.round(seconds * 1e6);
  return microseconds >= 1000 ? `${microseconds / 1000} ms` : `${microseconds} µs`;
}

/** Sentences about records out of time order, copies, tunnels and networks; each with what can be done. */
export function findingsOf(
  account: Pick<
    CaptureAccount,
    'packets' | 'backwards' | 'outOfOrder' | 'copies' | 'tunnels' | 'severalNetworks' | 'initiators'
  >,
  { duplicates, tunnels = 'outer', key }: SessionOptions,
): readonly string[] {
  const { packets, backwards, outOfOrder, copies, severalNetworks } = account;
  const found: string[] = [];
  const of = (part: number): string => `${formatCount(part)} of ${formatCount(packets)}`;
  if (outOfOrder.sessions > 0 || backwards.seconds > FAR_BACK) {
    const back = `records out of time order: ${of(backwards.records)}, by up to ${backText(backwards.seconds)}`;
    const sorted = `in ${formatCount(outOfOrder.sessions)} ${outOfOrder.sessions === 1 ? 'session' : 'sessions'} packets were put in order of time`;
    const beyond =
      outOfOrder.beyondWindow === 0
        ? ''
        : `; ${formatCount(outOfOrder.beyondWindow)} packets more than ${ORDER_WINDOW} s back stay where they are: was the clock set, or were captures put together (then name them one by one)?`;
    found.push(`${back}; ${sorted}${beyond}`);
  }
  if (copies > WORTH_SAYING * packets && duplicates !== 'drop')
    found.push(
      `copies of packets within a millisecond: ${of(copies)}, as of a mirror port that sends both what comes in and what goes out; sessions.duplicates "drop" leaves them out`,
    );
  const carried = account.tunnels.reduce((sum, tunnel) => sum + tunnel.packets, 0);
  if (carried > MOST_TUNNEL * packets && tunnels === 'outer') {
    const names = account.tunnels.map(({ tunnel }) => tunnel).join(', ');
    found.push(
      `packets that carry others: ${of(carried)} (${names}); sessions.tunnels "inner" (inspect --tunnels inner) makes sessions of what they carry`,
    );
  }
  const sessions = account.initiators.reduce((sum, one) => sum + one.sessions, 0);
  if (severalNetworks > WORTH_SAYING * sessions && key !== 'networks')
    found.push(
      `sessions with packets of several VLANs or virtual networks: ${formatCount(severalNetworks)} of ${formatCount(sessions)}; where these are different hosts with the same addresses, sessions.key "networks" keeps them apart`,
    );
  return found;
}
