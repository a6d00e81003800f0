/** Which part of the protocol "rolling" tests. */
import type { ExperimentSpec } from './schema.ts';

/** Of parts that are counted from 1: the one that the spec names, or the one after those that train. */
export const partThatTests = ({
  train,
  test = train + 1,
}: Extract<ExperimentSpec['protocol'], { kind: 'rolling' }>): number => test;
