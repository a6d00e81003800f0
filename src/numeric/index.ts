/** Functions and statistics of numbers, each once, the same bits on every machine. */
export { cosinePi, exp, ln, lnShort } from './elementary.ts';
export { probit } from './probit.ts';
export { type Quantiles, quantiles } from './quantiles.ts';
export {
  chiSquareQuantile,
  coinTail,
  incompleteBeta,
  lnGamma,
  studentQuantile,
  studentTails,
} from './student.ts';
