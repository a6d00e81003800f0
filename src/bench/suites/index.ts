/** All suites, in the order in which they run. */
import type { Suite } from '../benchmark.ts';
import { captureSuite } from './capture.ts';
import { cliSuite } from './cli.ts';
import type { SuiteContext } from './context.ts';
import { encodeSuite } from './encode.ts';
import { growthSuite } from './growth.ts';
import { inferenceSuite } from './inference.ts';
import { kernelSuite } from './kernels.ts';
import { morphSuite } from './morph.ts';
import { scalingSuite } from './scaling.ts';
import { sessionSuite } from './session.ts';
import { synthSuite } from './synth.ts';
import { trainingSuite } from './training.ts';

export type { SuiteContext } from './context.ts';

const makers = [
  cliSuite,
  captureSuite,
  synthSuite,
  sessionSuite,
  morphSuite,
  encodeSuite,
  kernelSuite,
  trainingSuite,
  inferenceSuite,
  scalingSuite,
  growthSuite,
];

/** All suites for this machine. */
export function createSuites(context: SuiteContext): readonly Suite[] {
  return makers.map((make) => make(context));
}
