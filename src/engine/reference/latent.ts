/**
 * A latent vector for each session, as in VHRED (I. Serban et al., 2017): what no packet before tells the decoder.
 *
 *   ⟨bias; s posterior⟩ = (m, l) of the session vector s, y = σ(l), d = fma(0.99, y, 0.01): the posterior N(m, d²)
 *   z = fma(d, noise, m), r = ⟨0; z project⟩, which is added to the context of every packet of the session
 *   KL_k = ½ (m² + d² − 1) − ln d in f64, against the prior N(0, 1)
 *
 * A deviation is between 0.01 and 1: that of the prior is the widest that a posterior can need.
 */
import { ln } from '../../numeric/index.ts';
import type { LatentPlan, Weight } from '../plan.ts';
import { dSigmoid } from './cell.ts';
import { linear, linearBackward } from './dense.ts';
import { fma, sigmoid } from './functions.ts';
import { row } from './recurrent.ts';

const f = Math.fround;
const WIDE = f(0.99);
const NARROW = f(0.01);

/** What became of the latent vectors of n sessions. */
export interface Latent {
  /** [n, S]: session vectors. */
  readonly vectors: Float32Array;
  /** [n, Z] each. */
  readonly mean: Float32Array;
  readonly y: Float32Array;
  readonly deviation: Float32Array;
  readonly noise: Float32Array;
  readonly z: Float32Array;
  /** [n, K] */
  readonly r: Float32Array;
}

/**
 * @param noise [B, Z] by session of the batch; null: 0
 * @param uses whether z is what it is, or 0
 */
export function latentForward(
  plan: LatentPlan,
  sessions: Uint32Array,
  vectors: Float32Array,
  noise: Float32Array | null,
  uses: boolean,
): Latent {
  const Z = plan.units;
  const n = sessions.length;
  const q = linear(n, vectors, plan.posterior, plan.posteriorBias);
  const [mean, y, deviation, drawn, z] = Array.from({ length: 5 }, () => new Float32Array(n * Z)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  sessions.forEach((b, i) => {
    for (let k = 0; k < Z; k++) {
      const at = i * Z + k;
      mean[at] = q[i * 2 * Z + k]!;
      y[at] = sigmoid(q[i * 2 * Z + Z + k]!);
      deviation[at] = fma(WIDE, y[at]!, NARROW);
      drawn[at] = noise === null ? 0 : noise[b * Z + k]!;
      z[at] = uses ? fma(deviation[at]!, drawn[at]!, mean[at]!) : 0;
    }
  });
  const K = plan.project.value.length / Z;
  return { vectors, mean, y, deviation, noise: drawn, z, r: linear(n, z, plan.project, nothing(K)) };
}

/** KL of unit k of session i, in nats. */
export const divergence = (mean: number, deviation: number): number =>
  0.5 * (mean * mean + deviation * deviation - 1) - ln(deviation);

/**
 * dr [n, K] → the gradient of the session vectors; the gradients of the plan grow.
 *
 *   dz = ⟨0; dr project⟩, c = gradient where KL_k > freeNats, else 0; dm = dz + c m,
 *   dd = dz noise + c (d − 1/d), dl = dd (0.99 y (1 − y))
 *
 * @param learned [n]: sessions that are learned from; others have no gradient
 * @param gradient f32: of a nat of KL
 */
export function latentBackward(
  plan: LatentPlan,
  { vectors, mean, y, deviation, noise, z }: Latent,
  dr: Float32Array,
  learned: readonly boolean[],
  gradient: number,
): Float32Array {
  const Z = plan.units;
  const K = plan.project.value.length / Z;
  const n = learned.length;
  const dz = linearBackward(n, z, plan.project, nothing(K), dr);
  const dq = new Float32Array(n * 2 * Z);
  learned.forEach((is, i) => {
    if (!is) return;
    const [dm, dl] = [row(dq, 2 * i, Z), row(dq, 2 * i + 1, Z)];
    for (let k = 0; k < Z; k++) {
      const at = i * Z + k;
      const [m, d] = [mean[at]!, deviation[at]!];
      const c = divergence(m, d) > plan.freeNats ? gradient : 0;
      dm[k] = dz[at]! + f(c * m);
      const dd = f(f(dz[at]! * noise[at]!) + f(c * f(d - f(1 / d))));
      dl[k] = dd * f(WIDE * dSigmoid(y[at]!));
    }
  });
  return linearBackward(n, vectors, plan.posterior, plan.posteriorBias, dq);
}

const nothing = (units: number): Weight => ({
  value: new Float32Array(units),
  gradient: new Float32Array(units),
});
