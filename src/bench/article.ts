/** Sizes of the Deep Session Learning article (Lab41, 2018), and what the benchmarks do with sessions. */
import type { MorphOptions } from '../anomaly/index.ts';
import type { ModelOptions, NetworkShape } from '../network/index.ts';
import { VOCABULARY } from '../token/index.ts';

/** 8 packets × 44 tokens (43 bytes and END), GRU 100 twice, tanh attentions, a head of 100, four kinds. */
export const articleShape: NetworkShape = {
  vocabulary: VOCABULARY,
  maxPackets: 8,
  maxTokens: 44,
  classes: 4,
  cell: 'gru',
  packet: { units: 100, layers: 1, attention: 'tanh' },
  session: { units: 100, layers: 1, attention: 'tanh' },
  head: [100],
  activation: 'tanh',
  dropout: 0,
  layerNorm: false,
  initializer: { kind: 'normal', deviation: 0.2 },
};

/** The same with a decoder as its spec has it by default. */
export const decoderShape: NetworkShape = { ...articleShape, decoder: { units: 24, weight: 1 } };

/** Half normal, and the article's three kinds, with repaired traces. */
export const articleAnomalies: MorphOptions = {
  normal: 0.5,
  kinds: { 'ip-direction-switch': 1, 'port-direction-switch': 1, 'destination-ip-swap': 1 },
  repair: ['checksum', 'mac'],
};

/** A model as it is trained: clip to norm 1, Adam. */
export function articleModelOptions(threads: number, capacity: number, shape = articleShape): ModelOptions {
  return {
    shape,
    engine: 'native',
    threads,
    capacity,
    clipNorm: 1,
    optimizer: { kind: 'adam' },
    classWeights: null,
    seed: 1,
  };
}
