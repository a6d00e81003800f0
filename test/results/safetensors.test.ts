import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode, FaultError } from '../../src/fault/index.ts';
import type { Parameter } from '../../src/network/index.ts';
import { decodeSafetensors, encodeSafetensors, type StoredWeights } from '../../src/results/safetensors.ts';
import fc from '../support/fast-check.ts';

const encoded = (weights: StoredWeights): Buffer => Buffer.concat([...encodeSafetensors(weights)]);

const sample: StoredWeights = {
  parameters: [
    { name: 'b', shape: [2], data: Float32Array.of(1, -2.5) },
    { name: 'a', shape: [], data: Float32Array.of(0.1) },
  ],
  metadata: { seed: '1' },
};

/** A file with this header and this many bytes after it. */
function file(header: unknown, bytes: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes)]);
}

describe('a weights file', () => {
  it('has the bytes that the format says', () => {
    const header =
      '{"__metadata__":{"seed":"1"},' +
      '"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
      '"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}';
    assert.equal(header.length, 135);
    const expected = Buffer.concat([
      Buffer.from([136, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(`${header} `),
      Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0xcd, 0xcc, 0xcc, 0x3d]),
    ]);
    assert.deepEqual(encoded(sample), expected);
  });

  it('gives back what was written, every bit of it, also from the midst of a buffer', () => {
    const bits = fc.uint8Array({ minLength: 0, maxLength: 40 });
    const shapes = fc.array(fc.tuple(fc.array(fc.nat(3), { maxLength: 3 }), bits), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.dictionary(fc.string(), fc.string()), fc.nat(9), (list, metadata, before) => {
        const parameters = list.map(([shape, bytes], i): Parameter => {
          const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
          new Uint8Array(data.buffer).set(bytes.subarray(0, data.byteLength));
          return { name: `p${i}`, shape, data };
        });
        const bytes = Buffer.concat([Buffer.alloc(before), encoded({ parameters, metadata })]).subarray(
          before,
        );
        assert.equal(bytes.readUInt32LE(0) % 8, 0);
        const read = decodeSafetensors(bytes, 'x');
        assert.deepEqual(
          read.parameters.map(({ name, shape }) => ({ name, shape })),
          parameters.map(({ name, shape }) => ({ name, shape })),
        );
        for (const [i, { data }] of parameters.entries())
          assert.deepEqual(Buffer.from(read.parameters[i]!.data.buffer), Buffer.from(data.buffer));
        assert.deepEqual({ ...read.metadata }, { ...metadata });
      }),
      {
        examples: [
          [[], JSON.parse('{"__proto__":"x"}'), 0],
          // A signalling NaN, which arithmetic would make a quiet one of.
          [[[[], Uint8Array.of(0, 0, 129, 255)]], {}, 0],
        ],
      },
    );
  });

  it('is refused when it is cut anywhere, or longer than it says', () => {
    const whole = encoded(sample);
    for (let cut = 0; cut < whole.length; cut++)
      assert.throws(() => decodeSafetensors(whole.subarray(0, cut), 'w'), FaultError, `${cut}`);
    assert.throws(() => decodeSafetensors(Buffer.concat([whole, Buffer.of(0)]), 'w'), FaultError);
  });

  const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  for (const [what, bytes, problem] of [
    ['no JSON', file('{"a":', 0), /the header is no JSON;/],
    ['not UTF-8', file('', 0).fill(0xff, 8), /the header is no JSON;/],
    ['a list', file([], 0), /no JSON object/],
    [
      'of a length beyond the file',
      Buffer.alloc(16, 0xff),
      /the header is 18446744073709551615 bytes long, but only 8/,
    ],
    ['of F16', file({ a: { ...tensor, dtype: 'F16' } }, 8), /tensor a has the dtype "F16", expected "F32"/],
    ['without shape', file({ a: { ...tensor, shape: [-1] } }, 8), /tensor a has no shape/],
    ['without offsets', file({ a: { ...tensor, data_offsets: [0] } }, 8), /tensor a has no data_offsets/],
    ['overlapping', file({ a: tensor, b: tensor }, 8), /tensor b is at 0 … 8, expected 8 … 16/],
    [
      'with a hole',
      file({ a: { ...tensor, data_offsets: [4, 12] } }, 12),
      /tensor a is at 4 … 12, expected 0 … 8/,
    ],
    ['of another size', file({ a: { ...tensor, shape: [3] } }, 8), /tensor a is at 0 … 8, expected 0 … 12/],
    ['with numbers for texts', file({ __metadata__: { seed: 1 } }, 0), /__metadata__.seed is no text/],
  ] as const) {
    it(`is refused with its name when its header is ${what}`, () => {
      assert.throws(
        () => decodeSafetensors(bytes, 'w.safetensors'),
        (error) => {
          assert.ok(error instanceof FaultError, String(error));
          assert.equal(error.exitCode, ExitCode.data);
          assert.match(error.message, /^w\.safetensors: /);
          assert.match(error.message, problem);
          return true;
        },
      );
    });
  }

  it('is not written when a parameter has not the numbers of its shape, or its name twice', () => {
    const one = { name: 'a', shape: [2], data: new Float32Array(3) };
    assert.throws(() => encoded({ parameters: [one], metadata: {} }), /a: 3 numbers, expected 2 for \[2\]/);
    const two = { name: 'a', shape: [3], data: new Float32Array(3) };
    assert.throws(() => encoded({ parameters: [two, two], metadata: {} }), /another with this name/);
  });
});
