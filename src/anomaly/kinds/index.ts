/** The registry of anomaly kinds: a new kind is a file beside this one and a line in this list. */
import type { Kind } from '../kind.ts';
import { covertIpId } from './covert-ip-id.ts';
import { covertTos } from './covert-tos.ts';
import { covertUrgent } from './covert-urgent.ts';
import { dataBeforeSyn } from './data-before-syn.ts';
import { destinationIpSwap } from './destination-ip-swap.ts';
import { droppedDirection } from './dropped-direction.ts';
import { finScan } from './fin-scan.ts';
import { fragmentation } from './fragmentation.ts';
import { ipDirectionSwitch } from './ip-direction-switch.ts';
import { lengthInflation } from './length-inflation.ts';
import { macChange } from './mac-change.ts';
import { missingSynAck } from './missing-syn-ack.ts';
import { newService } from './new-service.ts';
import { noisyPacket } from './noisy-packet.ts';
import { nullScan } from './null-scan.ts';
import { portDirectionSwitch } from './port-direction-switch.ts';
import { protocolMismatch } from './protocol-mismatch.ts';
import { reorderedPackets } from './reordered-packets.ts';
import { replayedPackets } from './replayed-packets.ts';
import { roleReversal } from './role-reversal.ts';
import { rstInjection } from './rst-injection.ts';
import { sequenceJump } from './sequence-jump.ts';
import { sessionSplice } from './session-splice.ts';
import { sourceIpSpoof } from './source-ip-spoof.ts';
import { synScan } from './syn-scan.ts';
import { ttlShift } from './ttl-shift.ts';
import { unusedServerPort } from './unused-server-port.ts';
import { windowTampering } from './window-tampering.ts';
import { xmasScan } from './xmas-scan.ts';

/** All kinds, by name. */
export const kinds: readonly Kind[] = [
  covertIpId,
  covertTos,
  covertUrgent,
  dataBeforeSyn,
  destinationIpSwap,
  droppedDirection,
  finScan,
  fragmentation,
  ipDirectionSwitch,
  lengthInflation,
  macChange,
  missingSynAck,
  newService,
  noisyPacket,
  nullScan,
  portDirectionSwitch,
  protocolMismatch,
  reorderedPackets,
  replayedPackets,
  roleReversal,
  rstInjection,
  sequenceJump,
  sessionSplice,
  sourceIpSpoof,
  synScan,
  ttlShift,
  unusedServerPort,
  windowTampering,
  xmasScan,
];

/** The names that `anomalies.kinds` of a spec may use. */
export const anomalyKindNames: readonly string[] = kinds.map((kind) => kind.name);
