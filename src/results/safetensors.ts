/**
 * Weights as safetensors (https://huggingface.co/docs/safetensors, "Format"): 8 bytes with the length of the header, little
 * endian; the header, JSON padded with spaces; the bytes of all tensors, one after the other, in the order of the header.
 *
 *   { "__metadata__": { text: text }, name: { "dtype": "F32", "shape": [...], "data_offsets": [from, to] }, … }
 */

import { fromLittleEndian, littleEndian } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import type { Parameter } from '../network/index.ts';
import { isObject } from '../spec/index.ts';

const ALIGNMENT = 8;

/** What a file holds. */
export interface StoredWeights {
  readonly parameters: readonly Parameter[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of a file in pieces: its header, then each parameter in order. */
export function* encodeSafetensors({
  parameters,
  metadata,
}: StoredWeights): Generator<Uint8Array, void, void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, data } of parameters) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== data.length)
      throw new RangeError(
        `parameter ${name}: ${data.length} numbers, expected ${size} for [${shape.join(', ')}]`,
      );
    if (name in header) throw new RangeError(`parameter ${name}: there is another with this name`);
    const end = offset + 4 * size;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const head = Buffer.alloc(8 + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded), 0);
  text.copy(head, 8);
  yield head;
  for (const { data } of parameters) yield littleEndian(data);
}

/**
 * Reads a file of f32 tensors.
 *
 * @param place names the file in faults
 * @throws FaultError (data) when it is no safetensors file, holds other than F32, or its parts do not fit together
 */
export function decodeSafetensors(bytes: Uint8Array, place: string): StoredWeights {
  const fail = (problem: string) =>
    new FaultError(
      { place, problem, cure: 'is it a weights file of sessionlab, and complete?' },
      ExitCode.data,
    );
  if (bytes.length < 8) throw fail(`has ${bytes.length} bytes, expected at least 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(bytes.length - 8))
    throw fail(`the header is ${length} bytes long, but only ${bytes.length - 8} follow`);
  const start = 8 + Number(length);
  const header = parseHeader(bytes.subarray(8, start), fail);

  const parameters: Parameter[] = [];
  let expected = 0;
  for (const [name, entry] of Object.entries(header.tensors)) {
    const { shape, from, to } = parseTensor(name, entry, fail);
    const size = shape.reduce((a, b) => a * b, 1);
    if (from !== expected || to - from !== 4 * size)
      throw fail(`tensor ${name} is at ${from} … ${to}, expected ${expected} … ${expected + 4 * size}`);
    expected = to;
    if (start + to > bytes.length) break;
    const data = fromLittleEndian(new Uint8Array(bytes.subarray(start + from, start + to)));
    parameters.push({ name, shape, data });
  }
  if (start + expected !== bytes.length)
    throw fail(`has ${bytes.length} bytes, expected ${start + expected} by its header`);
  return { parameters, metadata: header.metadata };
}

type Fail = (problem: string) => FaultError;

function parseHeader(bytes: Uint8Array, fail: Fail) {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw fail('the header is no JSON');
  }
  if (!isObject(value)) throw fail('the header is no JSON object');
  const { __metadata__: metadata = {}, ...tensors } = value;
  if (!isObject(metadata)) throw fail('__metadata__ is no JSON object');
  const texts = Object.entries(metadata).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw fail(`__metadata__.${key} is no text`);
    return [key, text];
  });
  // Not by assignment: "__proto__" is a key like any other.
  return { metadata: Object.fromEntries(texts), tensors };
}

function parseTensor(name: string, entry: unknown, fail: Fail) {
  if (!isObject(entry)) throw fail(`tensor ${name} is no JSON object`);
  if (entry.dtype !== 'F32')
    throw fail(`tensor ${name} has the dtype ${JSON.stringify(entry.dtype)}, expected "F32"`);
  const { shape, data_offsets: offsets } = entry;
  if (!isCounts(shape)) throw fail(`tensor ${name} has no shape`);
  if (!isCounts(offsets) || offsets.length !== 2) throw fail(`tensor ${name} has no data_offsets`);
  return { shape, from: offsets[0]!, to: offsets[1]! };
}

const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
