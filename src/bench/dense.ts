/** The most that a batch can be: every packet is there, every packet is full, and hardly any share a prefix. */
import { stream } from '../random/index.ts';
import { type Batch, Token } from '../token/index.ts';

/** Fills a batch with random bytes; the cost of a step on it is that of its size alone, whatever a capture has. */
export function fillDense(batch: Batch, size: number, classes: number): void {
  const { maxPackets, maxTokens, tokens, lengths, packets, labels } = batch;
  const source = stream(1, 'bench', 'dense');
  batch.size = size;
  packets.fill(maxPackets, 0, size);
  lengths.fill(maxTokens, 0, size * maxPackets);
  for (let b = 0; b < size; b++) labels[b] = source.below(classes);
  const end = size * maxPackets * maxTokens;
  for (let i = 0; i < end; i++) tokens[i] = (i + 1) % maxTokens === 0 ? Token.end : source.below(256);
}
