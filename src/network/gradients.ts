/** Parameters beside their gradients, by name. */
import type { Parameter } from './model.ts';

export interface Trained {
  readonly name: string;
  readonly value: Float32Array;
  readonly gradient: Float32Array;
}

export interface Gradients {
  readonly all: readonly Trained[];
  /** @throws RangeError when there is no parameter of this name. */
  of(name: string): Trained;
}

/** A gradient for every parameter. */
export function createGradients(parameters: readonly Parameter[]): Gradients {
  const byName = new Map<string, Trained>();
  for (const p of parameters)
    byName.set(p.name, { name: p.name, value: p.data, gradient: new Float32Array(p.data.length) });
  return {
    all: [...byName.values()],
    of(name) {
      const found = byName.get(name);
      if (found === undefined) throw new RangeError(`no parameter ${name} in this network`);
      return found;
    },
  };
}
