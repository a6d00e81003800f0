/** Whether a network fits into this machine, asked before anything is trained. */
import { freemem, totalmem } from 'node:os';
import { ExitCode, FaultError } from '../fault/index.ts';
import { formatBytes } from '../text/index.ts';

/** Bytes. */
export interface MemoryLimits {
  /** What the machine has, or the container that we are in may use. */
  readonly total: number;
  /** What can be had now without swapping; null where the system does not say it reliably. */
  readonly available: number | null;
}

/** What this machine has now. */
export function memoryLimits(): MemoryLimits {
  const constrained = process.constrainedMemory() ?? 0;
  // Without a limit, the system reports 0 or a number beyond all machines.
  const total = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  // Only Linux counts caches that it would give up as free.
  return { total, available: process.platform === 'linux' ? Math.min(freemem(), total) : null };
}

/**
 * Refuses a network that does not fit.
 *
 * @param needed bytes, as estimateMemory says
 * @throws FaultError (machine) with both numbers and the cure
 */
export function checkMemory(needed: number, limits: MemoryLimits, capacity: number): void {
  const { total, available } = limits;
  const [room, kind] = available !== null && available < total ? [available, 'is free'] : [total, 'is there'];
  if (needed <= room) return;
  throw memoryFault(
    `needs about ${formatBytes(needed)} of memory, but ${formatBytes(room)} ${kind}`,
    capacity,
  );
}

/** The fault of a network that is too large. */
function memoryFault(problem: string, capacity: number): FaultError {
  const cure = `lower training.batch (${capacity}), network.packet.units or sessions.maxPackets`;
  return new FaultError({ place: 'network', problem, cure }, ExitCode.machine);
}

/** An allocation that the machine refused, as a fault; anything else as it is. */
export function asMemoryFault(error: unknown, needed: number, capacity: number): unknown {
  if (!(error instanceof RangeError) || !/allocation failed|invalid .*length/i.test(error.message))
    return error;
  return memoryFault(`needs about ${formatBytes(needed)} of memory, which the machine refused`, capacity);
}
