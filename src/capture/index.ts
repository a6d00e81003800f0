/** Captures: files to packet views. Nothing is copied here. */
export { decodePacket, type Tunnels } from './decode.ts';
export { expandCaptures, type FoundCaptures, findCaptures } from './files.ts';
export type { PacketSink } from './intake.ts';
export { createPacket, Fragment, Link, MAX_HEADER_BYTES, type Packet, Protocol } from './packet.ts';
export {
  type CaptureFile,
  type CaptureReading,
  type CaptureTime,
  type Progress,
  type ReadOptions,
  readCaptures,
} from './read.ts';
export { type Spooled, spoolStandardInput } from './spool.ts';
export type { LeftOut } from './tally.ts';
