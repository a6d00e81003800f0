/** The names that specs may use, from the folders that own them. */
import { anomalyKindNames } from '../anomaly/index.ts';
import type { KnownNames } from '../spec/index.ts';
import { hideableFields } from '../token/index.ts';

/** What the schema of specs is made with. */
export const knownNames: KnownNames = { anomalyKinds: anomalyKindNames, hideableFields };
