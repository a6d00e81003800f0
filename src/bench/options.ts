/** Options of benchmarks. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError when it is none from 1 on */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number ≥ 1');
  return value;
}
