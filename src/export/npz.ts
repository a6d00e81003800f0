/** Arrays as NumPy reads them: a zip of .npy files (numpy.lib.format, version 1.0), little-endian, in C order. */
import { Zip, ZipDeflate } from 'fflate';

type Numbers = Uint8Array | Uint16Array | Uint32Array | BigInt64Array;

/** An array with its shape, or a list of texts. */
export type NpyArray =
  | { readonly shape: readonly number[]; readonly data: Numbers }
  | { readonly texts: readonly string[] };

/** The bytes of a .npy file. */
export function encodeNpy(array: NpyArray): Uint8Array {
  if ('texts' in array) {
    const points = array.texts.map((text) => Array.from(text, (char) => char.codePointAt(0)!));
    // NumPy has no texts of no characters.
    const width = Math.max(1, ...points.map((list) => list.length));
    const data = new Uint32Array(points.length * width);
    for (const [i, list] of points.entries()) data.set(list, i * width);
    return withHeader(`<U${width}`, [points.length], data);
  }
  const { shape, data } = array;
  if (shape.reduce((a, b) => a * b, 1) !== data.length)
    throw new RangeError(`encodeNpy: ${data.length} numbers do not have the shape [${shape.join(', ')}]`);
  return withHeader(descriptionOf(data), shape, data);
}

function descriptionOf(data: Numbers): string {
  if (data instanceof Uint8Array) return '|u1';
  if (data instanceof Uint16Array) return '<u2';
  return data instanceof Uint32Array ? '<u4' : '<i8';
}

/** Magic, version, the length of the header, and the header itself, ended so that data begins at a multiple of 64. */
function withHeader(type: string, shape: readonly number[], data: Numbers): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const begin = 10;
  const size = Math.ceil((begin + text.length + 1) / 64) * 64;
  const file = new Uint8Array(size + data.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(file.buffer).setUint16(8, size - begin, true);
  file.set(Buffer.from(`${text.padEnd(size - begin - 1)}\n`, 'latin1'), begin);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), size);
  return file;
}

/** The pieces of a .npz file; the same arrays make the same bytes. */
export function* npzPieces(arrays: Readonly<Record<string, NpyArray>>): Generator<Uint8Array, void, void> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error !== null) throw error;
    ready.push(piece);
  });
  for (const [name, array] of Object.entries(arrays)) {
    const entry = new ZipDeflate(`${name}.npy`, { level: 6 });
    // Zip has times without zones; this is the first that it has.
    entry.mtime = new Date(1980, 0, 1);
    zip.add(entry);
    entry.push(encodeNpy(array), true);
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}
