/** Whose sessions are not independent of each other: those of one host, or of one pair. */
import { addressSize, destinationAddress, sourceAddress } from '../capture/index.ts';
import { addressText } from '../evaluation/index.ts';
import type { SessionTable } from '../session/index.ts';
import { type Clustering, clusteringsOf } from '../statistics/index.ts';

/** The clusterings of sessions by their ends as captured. @param ids [N]: indices in the table */
export function hostClusterings(sessions: SessionTable, ids: Uint32Array): readonly Clustering[] {
  const { header, headerStart, firstRow, network, fromInitiator } = sessions;
  const [initiators, responders]: [string[], string[]] = [[], []];
  for (const id of ids) {
    const row = firstRow[id]!;
    const ip = headerStart[row]! + network[row]!;
    const version = header[ip]! >> 4 === 6 ? 6 : 4;
    const [source, destination] = [sourceAddress, destinationAddress].map((of) => {
      const at = headerStart[row]! + of(version, network[row]!);
      return addressText(header.subarray(at, at + addressSize(version)));
    });
    const sent = fromInitiator[row] === 1;
    initiators.push(sent ? source! : destination!);
    responders.push(sent ? destination! : source!);
  }
  return clusteringsOf(initiators, responders, ids);
}
