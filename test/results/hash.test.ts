import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Result, resultHash } from '../../src/results/hash.ts';

const sample = (): Result => ({
  parameters: [
    { name: 'w', shape: [1, 2], data: Float32Array.of(0.5, -1) },
    { name: 'b', shape: [1], data: Float32Array.of(0) },
  ],
  labels: Uint8Array.of(0, 1),
  predicted: Uint8Array.of(0, 0),
  probabilities: Float32Array.of(0.75, 0.25, 0.5, 0.5),
  matrix: [
    [1, 0],
    [1, 0],
  ],
});

describe('a result hash', () => {
  it('is the SHA-256 of a line about the shapes and counts, then of the bytes of the numbers', () => {
    const header =
      '{"classes":2,"format":1,"matrix":[[1,0],[1,0]],"parameters":[["w",1,2],["b",1]],"sessions":2}\n';
    const numbers = '0000003f000080bf 00000000 0001 0000 0000403f0000803e0000003f0000003f'.replaceAll(
      ' ',
      '',
    );
    const expected = createHash('sha256').update(header).update(Buffer.from(numbers, 'hex')).digest('hex');
    assert.equal(resultHash(sample()), expected);
  });

  it('also stands for presentations where there are some, in the order of their names', () => {
    const { parameters: _, ...classified } = sample();
    const [a, b] = [
      { name: 'a', ...classified },
      { name: 'b', ...classified, predicted: Uint8Array.of(1, 1) },
    ];
    const hash = (presentations: Result['presentations'] = []) => resultHash({ ...sample(), presentations });
    assert.equal(hash(), resultHash(sample()));
    assert.equal(hash([a, b]), hash([b, a]));
    const changed = { ...a, probabilities: Float32Array.of(0.75, 0.25, 0.5, 0.25) };
    const hashes = [hash(), hash([a]), hash([b]), hash([a, b]), hash([{ ...a, name: 'c' }]), hash([changed])];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('is the same for the same numbers, also where they are parts of larger arrays', () => {
    const { parameters, ...rest } = sample();
    const parts = parameters.map(({ data, ...parameter }) => {
      const room = new Float32Array(data.length + 3).fill(9);
      room.set(data, 2);
      return { ...parameter, data: room.subarray(2, 2 + data.length) };
    });
    assert.equal(resultHash({ parameters: parts, ...rest }), resultHash(sample()));
  });

  const changes: Readonly<Record<string, (result: Result) => Result>> = {
    'the last bit of a weight': ({ parameters, ...rest }) => {
      const data = Float32Array.of(0.5, -1);
      new Uint32Array(data.buffer)[0]!++;
      return { parameters: [{ ...parameters[0]!, data }, parameters[1]!], ...rest };
    },
    'the sign of a zero': ({ parameters, ...rest }) => ({
      parameters: [parameters[0]!, { ...parameters[1]!, data: Float32Array.of(-0) }],
      ...rest,
    }),
    'the name of a parameter': ({ parameters, ...rest }) => ({
      parameters: [{ ...parameters[0]!, name: 'v' }, parameters[1]!],
      ...rest,
    }),
    'the shape of a parameter': ({ parameters, ...rest }) => ({
      parameters: [{ ...parameters[0]!, shape: [2, 1] }, parameters[1]!],
      ...rest,
    }),
    'the order of the parameters': ({ parameters, ...rest }) => ({
      parameters: parameters.toReversed(),
      ...rest,
    }),
    'a label': (result) => ({ ...result, labels: Uint8Array.of(1, 1) }),
    'a prediction': (result) => ({ ...result, predicted: Uint8Array.of(0, 1) }),
    'a probability': (result) => ({ ...result, probabilities: Float32Array.of(0.75, 0.25, 0.5, 0.50000006) }),
    'a count': (result) => ({
      ...result,
      matrix: [
        [1, 0],
        [0, 1],
      ],
    }),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`changes with ${what}`, () => assert.notEqual(resultHash(change(sample())), resultHash(sample())));
  }
});
