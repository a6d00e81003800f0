/** First weights, each parameter from a stream of its own name. */
import { normal, type Stream, stream } from '../random/index.ts';
import type { Parameter } from './model.ts';
import { type Initializer, type NetworkShape, type ParameterShape, parameterShapes } from './shape.ts';

/** New parameters of a network: weights by its initializer, biases 0, gains 1. */
export function initialize(shape: NetworkShape, seed: number): Parameter[] {
  return parameterShapes(shape).map((p) => {
    const data = new Float32Array(p.shape.reduce((a, b) => a * b, 1));
    if (p.start === 'one') data.fill(1);
    else if (p.start !== 'zero') fill(p, data, shape.initializer, stream(seed, 'weights', p.name));
    return { name: p.name, shape: p.shape, data };
  });
}

function fill(p: ParameterShape, data: Float32Array, initializer: Initializer, source: Stream): void {
  const [inputs = 1, outputs = 1] = p.shape;
  switch (initializer.kind) {
    case 'normal':
      for (let i = 0; i < data.length; i++) data[i] = normal(source) * initializer.deviation;
      return;
    case 'glorot':
      glorot(data, inputs, outputs, source);
      return;
    case 'orthogonal':
      // As is usual: orthogonal where a state is fed back, Glorot elsewhere.
      if (p.start === 'recurrent') orthogonal(data, inputs, outputs, source);
      else glorot(data, inputs, outputs, source);
      return;
  }
}

/** Uniform in ±√(6 / (inputs + outputs)) (X. Glorot and Y. Bengio, 2010). */
function glorot(data: Float32Array, inputs: number, outputs: number, source: Stream): void {
  const limit = Math.sqrt(6 / (inputs + outputs));
  for (let i = 0; i < data.length; i++) data[i] = (2 * source.uniform() - 1) * limit;
}

/** Each gate's square block [H, H] orthogonal (A. Saxe et al., 2014): Gram–Schmidt, twice, on normal rows in f64. */
function orthogonal(data: Float32Array, units: number, columns: number, source: Stream): void {
  for (let gate = 0; gate < columns / units; gate++) {
    const rows: Float64Array[] = [];
    while (rows.length < units) {
      const row = new Float64Array(units);
      for (let j = 0; j < units; j++) row[j] = normal(source);
      for (let pass = 0; pass < 2; pass++) {
        for (const other of rows) {
          let dot = 0;
          for (let j = 0; j < units; j++) dot += row[j]! * other[j]!;
          for (let j = 0; j < units; j++) row[j] = row[j]! - dot * other[j]!;
        }
      }
      let square = 0;
      for (const v of row) square += v * v;
      const norm = Math.sqrt(square);
      for (let j = 0; j < units; j++) row[j] = row[j]! / norm;
      rows.push(row);
    }
    rows.forEach((row, i) => {
      for (let j = 0; j < units; j++) data[i * columns + gate * units + j] = row[j]!;
    });
  }
}
