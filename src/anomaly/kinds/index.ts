/** The registry of anomaly kinds. */
import type { Kind } from '../kind.ts';
import * as all from './all.ts';

/** All kinds, by name: the names of what a module exports are in alphabetical order. */
export const kinds: readonly Kind[] = Object.values(all);

/** The names that `anomalies.kinds` of a spec may use. */
export const anomalyKindNames: readonly string[] = kinds.map((kind) => kind.name);
