/** Weights from outside. */
import type { Model, Parameter } from './model.ts';

/**
 * Gives a model the weights of another of the same sizes; what it does not have is left out.
 *
 * @throws RangeError when one is missing or has another size
 */
export function setParameters(
  model: Pick<Model, 'parameters' | 'parametersChanged'>,
  from: readonly Parameter[],
): void {
  const known = new Map(from.map(({ name, data }) => [name, data]));
  for (const { name, data } of model.parameters) {
    const given = known.get(name);
    if (given === undefined || given.length !== data.length)
      throw new RangeError(
        `parameter ${name}: got ${given?.length ?? 'none'}, expected ${data.length} numbers`,
      );
    data.set(given);
  }
  model.parametersChanged();
}
