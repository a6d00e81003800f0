/** Where in a capture the fields are that a mutation should know: lengths, magics, types, of records and of packets. */
import { createPacket, decodePacket } from '../../src/capture/index.ts';

export interface Field {
  readonly at: number;
  readonly size: 1 | 2 | 4;
  readonly little: boolean;
}

/** What is found in the bytes of a capture. */
export interface Anatomy {
  readonly fields: readonly Field[];
  /** Where records or blocks begin, and where the last one ends. */
  readonly bounds: readonly number[];
  /** Where packets of plain pcap begin, with where their lengths are. */
  readonly packets: readonly { readonly at: number; readonly length: number; readonly header: number }[];
  readonly little: boolean;
  readonly linkType: number;
}

const NOTHING: Anatomy = { fields: [], bounds: [], packets: [], little: true, linkType: 1 };

/** The anatomy of pcap or pcapng; of anything else there is none. */
export function anatomyOf(bytes: Uint8Array): Anatomy {
  if (bytes.length < 24) return NOTHING;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0, true);
  if (magic === 0x0a0d0d0a) return ofPcapng(bytes, view);
  for (const little of [true, false]) {
    const value = view.getUint32(0, little);
    if (value === 0xa1b2c3d4 || value === 0xa1b23c4d) return ofPcap(bytes, view, little, 16);
    if (value === 0xa1b2cd34) return ofPcap(bytes, view, little, 24);
  }
  return NOTHING;
}

function ofPcap(bytes: Uint8Array, view: DataView, little: boolean, headerBytes: number): Anatomy {
  const fields: Field[] = [0, 16, 20].map((at) => ({ at, size: 4, little }));
  fields.push({ at: 4, size: 2, little }, { at: 6, size: 2, little });
  const linkType = view.getUint32(20, little) & 0xffff;
  const bounds: number[] = [];
  const packets: { at: number; length: number; header: number }[] = [];
  let at = 24;
  while (at + headerBytes <= bytes.length) {
    bounds.push(at);
    for (const offset of [0, 4, 8, 12]) fields.push({ at: at + offset, size: 4, little });
    const length = view.getUint32(at + 8, little);
    const start = at + headerBytes;
    if (start + length > bytes.length) break;
    packets.push({ at: start, length, header: at });
    fields.push(...ofPacket(bytes, start, length, linkType));
    at = start + length;
  }
  bounds.push(at);
  return { fields, bounds, packets, little, linkType };
}

function ofPcapng(bytes: Uint8Array, view: DataView): Anatomy {
  const fields: Field[] = [];
  const bounds: number[] = [];
  let little = true;
  let at = 0;
  while (at + 12 <= bytes.length) {
    bounds.push(at);
    const type = view.getUint32(at, true);
    if (type === 0x0a0d0d0a) little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
    const length = view.getUint32(at + 4, little);
    for (let offset = 0; offset < Math.min(length, 36); offset += 4)
      fields.push({ at: at + offset, size: 4, little });
    if (length < 12 || at + length > bytes.length) break;
    fields.push({ at: at + length - 4, size: 4, little });
    if (view.getUint32(at, little) === 6 && length > 46)
      fields.push(...ofPacket(bytes, at + 28, length - 32, 1));
    at += length;
  }
  bounds.push(at);
  return { ...NOTHING, fields, bounds, little };
}

/** Lengths, versions, types and protocols of the headers, as far as they are understood. */
function ofPacket(bytes: Uint8Array, start: number, length: number, linkType: number): Field[] {
  const packet = createPacket();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  Object.assign(packet, { bytes, view, start, captured: length, original: length, linkType });
  const fields: Field[] = [];
  const big = (at: number, size: 1 | 2) => {
    if (at + size <= length) fields.push({ at: start + at, size, little: false });
  };
  for (let at = 0; at < 16; at += 2) big(at, 2);
  if (decodePacket(packet) !== 0 && packet.network === 0) return fields;
  const { network, transport, version } = packet;
  for (const offset of version === 4 ? [0, 9] : [6, 40, 41, 48, 49]) big(network + offset, 1);
  for (const offset of version === 4 ? [2, 6] : [4, 42]) big(network + offset, 2);
  big(transport + 12, 1);
  for (const offset of [0, 2, 4, 8, 10]) big(transport + offset, 2);
  return fields;
}
