/**
 * Writes tensors for programs in other languages: safetensors, an 8-byte little-endian length, a JSON header of that
 * length, then the data back to back (https://huggingface.co/docs/safetensors, "Format").
 */
import { writeFileSync } from 'node:fs';

/** An array with a name and a shape. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * The bytes of a safetensors file with these tensors, in this order. The header is padded with blanks so that the data
 * begin at a multiple of eight.
 *
 * @throws RangeError when a shape does not fit its data, or a name is used twice
 */
export function encodeSafetensors(tensors: readonly NamedTensor[]): Uint8Array {
  const header = new Map<string, unknown>();
  let end = 0;
  for (const { name, shape, data } of tensors) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== data.length)
      throw new RangeError(`tensor ${name}: shape [${shape}] has ${size} elements, the data ${data.length}`);
    if (header.has(name)) throw new RangeError(`tensor ${name} is there twice`);
    const start = end;
    end += data.byteLength;
    header.set(name, {
      dtype: data instanceof Int32Array ? 'I32' : 'F32',
      shape,
      data_offsets: [start, end],
    });
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const head = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  text.copy(head, 8);
  return Buffer.concat([head, ...tensors.map(({ data }) => bytesOf(data))]);
}

/** The bytes of an array, in the order of this machine: the peers run on it, too. */
const bytesOf = ({ buffer, byteOffset, byteLength }: NamedTensor['data']): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Writes tensors to a file. */
export function writeSafetensors(path: string, tensors: readonly NamedTensor[]): void {
  writeFileSync(path, encodeSafetensors(tensors));
}

/**
 * The tensors of a safetensors file with 32-bit integers and floats only.
 *
 * @throws RangeError when it is cut short or holds another type
 */
export function decodeSafetensors(file: Uint8Array): Map<string, NamedTensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = file.length < 8 ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(0, true));
  if (8 + headerBytes > file.length)
    throw new RangeError(`safetensors: header of ${headerBytes} bytes in a file of ${file.length}`);
  const text = new TextDecoder().decode(file.subarray(8, 8 + headerBytes));
  const tensors = new Map<string, NamedTensor>();
  for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets } = value as {
      dtype: string;
      shape: number[];
      data_offsets: [number, number];
    };
    const [start, end] = data_offsets;
    if (dtype !== 'I32' && dtype !== 'F32')
      throw new RangeError(`safetensors: ${name} is ${dtype}, expected I32 or F32`);
    if (8 + headerBytes + end > file.length) throw new RangeError(`safetensors: ${name} is cut short`);
    const { buffer } = new Uint8Array(file.subarray(8 + headerBytes + start, 8 + headerBytes + end));
    const data = dtype === 'I32' ? new Int32Array(buffer) : new Float32Array(buffer);
    tensors.set(name, { name, shape, data });
  }
  return tensors;
}
