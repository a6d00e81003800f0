/** Numbers as bytes that are the same on every machine. */

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of f32 numbers, little endian: a view of them where the machine is, else a copy. */
export function littleEndian(data: Float32Array): Uint8Array {
  if (isLittleEndian) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return swapped(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** The other way round: numbers of their bytes, little endian. */
export function fromLittleEndian(bytes: Uint8Array): Float32Array {
  const own = isLittleEndian ? bytes.slice() : swapped(bytes);
  return new Float32Array(own.buffer, own.byteOffset, own.byteLength / 4);
}

/** Words of 32 bits in the other byte order. As bytes, not as numbers: those would lose the bits of some NaNs. */
function swapped(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (_, i) => bytes[i ^ 3]!);
}
