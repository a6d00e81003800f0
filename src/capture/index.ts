/** Captures: files to packet views. Nothing is copied here. */
export { decodePacket, type Tunnels } from './decode.ts';
export { expandCaptures, type FoundCaptures, findCaptures } from './find.ts';
export {
  ETHER_TYPE_SIZE,
  Ethernet,
  EtherType,
  Extension,
  ExtensionType,
  extensionSize,
  type HeaderLayout,
  Ipv4,
  Ipv6,
  isVlanTag,
  MAC_SIZE,
  PORT_SIZE,
  Pppoe,
  packetHeaders,
  Sll,
  Sll2,
  Tcp,
  TcpFlag,
  Udp,
  Vlan,
} from './headers.ts';
export type { PacketSink } from './intake.ts';
export type { LeftOut } from './left-out.ts';
export { linkFields, walkLink } from './link-fields.ts';
export {
  addressSize,
  destinationAddress,
  destinationMac,
  ipHeaderSize,
  sourceAddress,
  sourceMac,
  ttlField,
} from './locate.ts';
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
