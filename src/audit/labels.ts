/** Whether presented sessions are what their labels say. */
import { type Clustering, clusteredRate } from '../statistics/index.ts';
import { formatCount, formatPercent } from '../text/index.ts';
import { createBatch } from '../token/index.ts';
import type { PresentedSessions, PresentOptions } from '../training/index.ts';
import { type Check, check } from './audit.ts';
import { createFingerprint, tokensKey } from './same.ts';

/** Sessions between two looks at signals. */
const CHUNK = 4096;

/** What of N presented sessions is as it was captured. */
export async function checkLabels(
  presented: PresentedSessions,
  present: PresentOptions,
  clusterings: readonly Clustering[],
  pause: () => Promise<void>,
): Promise<readonly Check[]> {
  const of = { area: 'labels' } as const;
  if (present.truth != null)
    return [
      check({
        ...of,
        name: 'unchanged-sessions',
        status: 'not applicable',
        says: 'test sessions are what their labels say: nothing was done to them',
      }),
    ];
  const fingerprint = createFingerprint(present);
  const batch = createBatch(1, presented.maxPackets, presented.maxTokens);
  const { sessions, kinds } = presented;
  const same = new Uint8Array(sessions.length);
  for (let i = 0; i < sessions.length; i++) {
    if (i % CHUNK === 0) await pause();
    presented.load(i, batch, 0);
    same[i] = tokensKey(batch, 0) === fingerprint(sessions[i]!) ? 1 : 0;
  }
  const anomalous = kinds.map((kind) => Math.min(kind, 1));
  const unchanged = clusteredRate(same, anomalous, clusterings);
  const changed = clusteredRate(
    same.map((one) => 1 - one),
    anomalous.map((one) => 1 - one),
    clusterings,
  );
  return [
    check({
      ...of,
      name: 'unchanged-sessions',
      status: unchanged.numerator > 0 ? 'finding' : 'checked',
      says: `${formatCount(unchanged.numerator)} of ${formatCount(unchanged.denominator)} test sessions that are labelled anomalous have all the tokens that they were captured with${unchanged.numerator === 0 ? '' : ` (${formatPercent(unchanged.value, 3)}): no network can see it`}`,
      size: unchanged,
      cure: unchanged.numerator === 0 ? null : '"anomalies": {"invisible": "replace"}',
    }),
    check({
      ...of,
      name: 'changed-normal-sessions',
      status: changed.numerator > 0 ? 'finding' : 'checked',
      says: `${formatCount(changed.numerator)} of ${formatCount(changed.denominator)} test sessions that are labelled normal are not as they were captured${changed.numerator === 0 ? '' : ` (${formatPercent(changed.value, 3)}): labels and sessions were drawn apart`}`,
      size: changed,
      cure: changed.numerator === 0 ? null : '"evaluation": {"redraw": false}',
    }),
  ];
}
