/** The registry of anomaly kinds. */
import type { Kind } from '../kind.ts';
import * as all from './all.ts';

/** All kinds, by name: the names of what a module exports are in alphabetical order. */
export const kinds: readonly Kind[] = Object.values(all);

/** The names that `anomalies.kinds` of a spec may use. */
export const anomalyKindNames: readonly string[] = kinds.map((kind) => kind.name);

/** The kind of a name, undefined where there is none. */
export const kindOf = (name: string): Kind | undefined => kinds.find((kind) => kind.name === name);

/**
 * Packets of a session that these kinds take the place of missing ones from, beyond those that are read: as many more have
 * to be kept of every session.
 */
export function sparePackets(names: readonly string[], maxPackets: number): number {
  return names.reduce((most, name) => Math.max(most, kindOf(name)?.spare?.(maxPackets) ?? 0), 0);
}
