/** Random batches that look like headers: ragged, with shared prefixes, from one packet and one token up. */
import { type Stream, stream } from '../../src/random/index.ts';
import { type Batch, createBatch, Token } from '../../src/token/batch.ts';

/** A batch of `size` sessions; about half of each packet repeats an earlier one, so that prefixes are shared. */
export function randomBatch(
  size: number,
  maxPackets: number,
  maxTokens: number,
  classes: number,
  seed: number | string,
): Batch {
  const source = stream(seed, 'batch');
  const batch = createBatch(size, maxPackets, maxTokens);
  batch.size = size;
  const seen: Uint16Array[] = [];
  for (let b = 0; b < size; b++) {
    batch.labels[b] = source.below(classes);
    batch.packets[b] = 1 + source.below(maxPackets);
    for (let p = 0; p < batch.packets[b]!; p++) {
      const row = b * maxPackets + p;
      const packet = randomPacket(maxTokens, seen, source);
      seen.push(packet);
      batch.lengths[row] = packet.length;
      batch.tokens.set(packet, row * maxTokens);
    }
  }
  return batch;
}

function randomPacket(maxTokens: number, seen: readonly Uint16Array[], source: Stream): Uint16Array {
  const length = source.chance(0.5) ? maxTokens : 1 + source.below(maxTokens);
  const packet = new Uint16Array(length);
  const model = seen.length > 0 ? seen[source.below(seen.length)]! : packet;
  const shared = source.below(length + 1);
  for (let t = 0; t < length - 1; t++)
    packet[t] = t < shared && t < model.length - 1 ? model[t]! : source.below(256);
  packet[length - 1] = Token.end;
  return packet;
}
