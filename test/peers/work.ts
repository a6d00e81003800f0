/** How much there is to compute: floating-point operations of a session's products, a multiplication and its sum being two. */
import { chunksOf } from '../../src/engine/reference/chunks.ts';
import { packetForest } from '../../src/engine/reference/forest.ts';
import type { NetworkShape } from '../../src/network/index.ts';
import type { Batch } from '../../src/token/index.ts';

/** Operations a session. */
export interface Flops {
  readonly train: number;
  readonly infer: number;
}

/** What batches of this size cost. */
export interface Work {
  readonly batch: number;
  /** Share of all tokens whose state ours computes: packets of a chunk share those of their common prefixes. */
  readonly share: number;
  /** What ours really computes. */
  readonly computed: Flops;
  /** The same network without any sharing: a state for every token. */
  readonly dense: Flops;
}

/** What the recurrence over tokens takes part in. */
interface Counts {
  readonly sessions: number;
  readonly packets: number;
  /** States of tokens. */
  readonly states: number;
  /** States that follow one: a product each, forward. */
  readonly followers: number;
  /** States that are followed: two products each, backward, because siblings are added before. */
  readonly followed: number;
}

/**
 * GRU on both levels, H units and S units, one layer each; tokens are rows of a table, which costs nothing.
 *
 *   forward = followers · 2·H·3H + packets · 2·H·3S + (packets − sessions) · 2·S·3S + sessions · 2·head
 *             + 2·2·H·states + 2·2·S·packets
 *
 * The last two are attention: scores and weighted sums. Backward makes two products of every product, of inputs and of
 * weights; those with the states of tokens once for all children of a state:
 *
 *   train = forward + 2 · (forward with followed in the place of followers)
 */
function flopsOf({ packet, session, head, classes }: NetworkShape, counts: Counts): Flops {
  const { sessions, packets, states, followers, followed } = counts;
  const [H, S] = [packet.units, session.units];
  const widths = [S, ...head, classes];
  const dense = widths.slice(1).reduce((sum, units, i) => sum + units * widths[i]!, 0);
  const forward = (steps: number): number =>
    2 * (steps * 3 * H * H + packets * 3 * H * S + (packets - sessions) * 3 * S * S + sessions * dense) +
    4 * (H * states + S * packets);
  return {
    infer: forward(followers) / sessions,
    train: (forward(followers) + 2 * forward(followed)) / sessions,
  };
}

/** The work of these sessions in batches of this size; `of` is all of them in the order of the batches. */
export function workOf(shape: NetworkShape, of: Batch, size: number): Work {
  const { maxPackets: P, maxTokens: T } = of;
  const sum = { packets: 0, tokens: 0, states: 0, roots: 0, followed: 0 };
  for (let from = 0; from + size <= of.size; from += size) {
    const batch: Batch = {
      ...of,
      size,
      packets: of.packets.subarray(from, from + size),
      lengths: of.lengths.subarray(from * P, (from + size) * P),
      tokens: of.tokens.subarray(from * P * T, (from + size) * P * T),
      labels: of.labels.subarray(from, from + size),
    };
    for (const sessions of chunksOf(batch).flat()) {
      const { forest, rows } = packetForest(batch, sessions);
      sum.packets += rows.length;
      for (const row of rows) sum.tokens += batch.lengths[row]!;
      sum.states += forest.nodes;
      sum.roots += forest.levelStart[1]!;
      sum.followed += new Set(forest.parent.filter((parent) => parent >= 0)).size;
    }
  }
  const sessions = Math.floor(of.size / size) * size;
  const { packets, tokens, states, roots, followed } = sum;
  const unshared = tokens - packets;
  return {
    batch: size,
    share: states / tokens,
    computed: flopsOf(shape, { sessions, packets, states, followers: states - roots, followed }),
    dense: flopsOf(shape, { sessions, packets, states: tokens, followers: unshared, followed: unshared }),
  };
}
