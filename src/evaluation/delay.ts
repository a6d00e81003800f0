/** Packets until detection: how much of a session must be shown until it is called anomalous, at one threshold. */
import type { Presentation } from '../spec/index.ts';
import { type Clustering, clusteredRate, type Rate } from '../statistics/index.ts';

/** What is called anomalous by a number of packets at the latest. JSON-able. */
export interface Delay {
  /** P: the first packets of a session that are shown. */
  readonly packets: number;
  /** Of the anomalous sessions, and of the normal ones, those that are called after P packets or after fewer. */
  readonly found: Rate;
  readonly alarmed: Rate;
}

/** The packets that a presentation shows where it differs in nothing else; null where it does. */
export function packetsAlone({ sessions, ...rest }: Presentation): number | null {
  const others = Object.values(rest).some((part) => Object.keys(part ?? {}).length > 0);
  return others ? null : (sessions?.maxPackets ?? null);
}

/**
 * Alarms by the number of packets at the latest: whoever looks at a session after each packet has called it as soon as one of
 * the looks does.
 *
 * @param labels [N]: 0 is normal
 * @param looks what was called, [N] each: the same sessions in the same order
 */
export function delaysOf(
  labels: Uint8Array,
  looks: readonly { readonly packets: number; readonly called: Uint8Array }[],
  clusterings: readonly Clustering[],
): readonly Delay[] {
  const anomalous = labels.map((label) => (label === 0 ? 0 : 1));
  const normal = anomalous.map((one) => 1 - one);
  const sofar = new Uint8Array(labels.length);
  return looks
    .toSorted((a, b) => a.packets - b.packets)
    .map(({ packets, called }) => {
      called.forEach((one, i) => {
        if (one !== 0) sofar[i] = 1;
      });
      return {
        packets,
        found: clusteredRate(sofar, anomalous, clusterings),
        alarmed: clusteredRate(sofar, normal, clusterings),
      };
    });
}
