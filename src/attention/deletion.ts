/**
 * Deletion and sufficiency: header fields are hidden in all packets of a session, those with the most attention first, or all
 * but those, and what becomes of the probability of the predicted class is held against fields that were drawn at random.
 *
 * It needs a network that was trained with hidden fields (training.tokenDropout): to another one a session with hidden
 * fields is something that it never met, and what it then says is surprise.
 */
import type { Estimate } from '../evaluation/index.ts';
import type { Model } from '../network/index.ts';
import { permutation, stream } from '../random/index.ts';
import { createBatch, Token } from '../token/index.ts';
import type { Level } from './card.ts';
import { meanOf } from './estimate.ts';
import type { Deletion, Erased } from './full-card.ts';
import { COMPLETE } from './gradients.ts';
import type { Sample } from './sample.ts';

/** Fields that are hidden, or left, at once. */
const COUNTS = [1, 2, 4, 8] as const;
/** Orders that are drawn at random for each session. */
export const DRAWS = 20;

export async function deletionOf(
  sample: Sample,
  model: Model,
  levels: readonly Level[],
  seed: number,
  working: (on: string) => void,
): Promise<Deletion> {
  const { presented } = sample;
  const N = presented.labels.length;
  const orders = {
    attention: fieldOrders(sample, (i, p) => sample.collected.packet.weight[i]! * p),
    gradients: fieldOrders(sample, null),
  };
  const randomOrders = Array.from({ length: DRAWS }, (_, draw) =>
    orders.attention.map((order, s) => {
      const drawn = permutation(order.length, stream(seed, 'attention-deletion', draw, presented.turns[s]!));
      return Array.from(drawn, (k) => order[k]!);
    }),
  );
  const bys = levels.length === 0 ? (['gradients'] as const) : (['attention', 'gradients'] as const);
  const all = Array.from({ length: N }, (_, s) => s);
  /** Attributions that are not complete order nothing. */
  const complete = all.filter((s) => sample.attributions[s]!.residual <= COMPLETE);
  const erased: Erased[] = [];
  for (const what of ['deletion', 'sufficiency'] as const)
    for (const fields of COUNTS) {
      working(`${what} of ${fields} fields …`);
      const draws = randomOrders.map((order) => drops(sample, model, order, fields, what));
      const random = Float64Array.from(all, (s) => draws.reduce((sum, of) => sum + of[s]!, 0) / DRAWS);
      for (const by of bys) {
        const sessions = by === 'gradients' ? complete : all;
        if (sessions.length === 0) continue;
        const fall = drops(sample, model, orders[by], fields, what);
        const meant = (values: Float64Array): Estimate => meanOf(sessions, values, false, sample.clusterings);
        const means = draws.map((of) => sessions.reduce((sum, s) => sum + of[s]!, 0) / sessions.length);
        const band = {
          mean: means.reduce((a, b) => a + b, 0) / DRAWS,
          least: Math.min(...means),
          greatest: Math.max(...means),
        };
        const drop = meant(fall);
        const over = meant(fall.map((x, s) => x - random[s]!));
        erased.push({
          ...{ what, fields, by, sessions: sessions.length, drop, random: band, over },
          finding: erasedFinding(what, drop, band, over),
        });
      }
    }
  return { draws: DRAWS, erased };
}

function erasedFinding(
  what: Erased['what'],
  { value }: Estimate,
  { least, greatest }: Erased['random'],
  { low, high }: Estimate,
): Erased['finding'] {
  if (value === null || low === null || high === null) return 'undecided';
  const better = what === 'deletion' ? low > 0 && value > greatest : high < 0 && value < least;
  if (better) return 'faithful';
  const worse = what === 'deletion' ? value <= greatest : value >= least;
  return worse ? 'not' : 'undecided';
}

/** [N]: the fields of every session, the one with the most first. @param size of item i in a packet of such weight; null for gradients */
function fieldOrders(
  { collected, attributions, presented }: Sample,
  size: ((i: number, packetWeight: number) => number) | null,
): readonly (readonly number[])[] {
  const { packet, session, places } = collected;
  const { maxPackets: P, maxTokens: T } = presented;
  const sums = Array.from({ length: collected.sessions }, () => new Map<number, number>());
  for (let g = 0; g < packet.count; g++) {
    const s = packet.session[g]!;
    const p = packet.position[g]! / T;
    for (let i = packet.start[g]!; i < packet.start[g + 1]!; i++) {
      const place = Math.floor(packet.cell[i]! / P) - 1;
      if (place < 0) continue;
      const field = places.fieldOf[place]!;
      // Packets come in the same order on both levels.
      const value =
        size === null
          ? Math.abs(attributions[s]!.values[p * T + i - packet.start[g]!]!)
          : size(i, session.weight[g]!);
      sums[s]!.set(field, (sums[s]!.get(field) ?? 0) + value);
    }
  }
  return sums.map((of) => [...of].sort(([a, x], [b, y]) => y - x || a - b).map(([field]) => field));
}

/** [N]: P(predicted class) of the whole session minus that of what is left of it. */
function drops(
  { collected, presented, probabilities, predictions }: Sample,
  model: Model,
  orders: readonly (readonly number[])[],
  fields: number,
  what: Erased['what'],
): Float64Array {
  const { packet, places } = collected;
  const { maxPackets: P, maxTokens: T } = presented;
  const N = predictions.length;
  const C = presented.classes.length;
  const capacity = Math.min(model.capacity, N);
  const batch = createBatch(capacity, P, T);
  const out = new Float32Array(capacity * C);
  const found = new Float64Array(N);
  let g = 0;
  for (let from = 0; from < N; from += capacity) {
    batch.size = Math.min(capacity, N - from);
    for (let row = 0; row < batch.size; row++) {
      const s = from + row;
      presented.load(s, batch, row);
      const chosen = new Set(orders[s]!.slice(0, fields));
      for (; g < packet.count && packet.session[g] === s; g++) {
        const at = row * P * T + packet.position[g]!;
        for (let i = packet.start[g]!; i < packet.start[g + 1]!; i++) {
          const place = Math.floor(packet.cell[i]! / P) - 1;
          if (place >= 0 && chosen.has(places.fieldOf[place]!) === (what === 'deletion'))
            batch.tokens[at + i - packet.start[g]!] = Token.hidden;
        }
      }
    }
    model.predict(batch, out.subarray(0, batch.size * C));
    for (let row = 0; row < batch.size; row++) {
      const s = from + row;
      const c = predictions[s]!;
      found[s] = probabilities[s * C + c]! - out[row * C + c]!;
    }
  }
  return found;
}
