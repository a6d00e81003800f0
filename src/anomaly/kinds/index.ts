/** The registry of anomaly kinds: a new kind is a file beside this one and a line in this list. */
import type { Kind } from '../kind.ts';
import { destinationIpSwap } from './destination-ip-swap.ts';
import { ipDirectionSwitch } from './ip-direction-switch.ts';
import { noisyPacket } from './noisy-packet.ts';
import { portDirectionSwitch } from './port-direction-switch.ts';

/** All kinds, by name. */
export const kinds: readonly Kind[] = [
  destinationIpSwap,
  ipDirectionSwitch,
  noisyPacket,
  portDirectionSwitch,
];

/** The names that `anomalies.kinds` of a spec may use. */
export const anomalyKindNames: readonly string[] = kinds.map((kind) => kind.name);
