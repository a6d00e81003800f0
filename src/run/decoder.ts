/** What the decoder of a run's network says of sessions, beside the classifier or in its place. */
import type { BaselineScores } from '../baseline/index.ts';
import type { DecoderFindings } from '../evaluation/index.ts';
import {
  type Decoded,
  decodeSessions,
  type LatentMeasure,
  learnUsual,
  measureLatent,
  type PresentedSessions,
  type Usual,
} from '../training/index.ts';
import type { RunContext } from './context.ts';
import type { HeldOut } from './held-out.ts';

/** A decoder's judgement of N sessions. */
export interface Judged {
  readonly source: DecoderFindings['source'];
  readonly usual: Usual;
  readonly decoded: Decoded;
}

/**
 * Has the decoder judge sessions, by what it finds usual in normal ones; null without a decoder.
 *
 * @throws what `progress` throws
 */
export async function judgeByDecoder(
  { model, prepared }: RunContext,
  heldOut: HeldOut,
  presented: PresentedSessions,
  progress: () => void,
): Promise<Judged | null> {
  if (model.decode === undefined) return null;
  const usual = await learnUsual({ model, presented: await heldOut.normals(), progress });
  const source = prepared.split.validation.length > 0 ? 'validation' : 'training';
  return { source, usual, decoded: await decodeSessions({ model, presented, progress }, usual) };
}

/** As rows beside the baselines: the decoder alone, and either of the two; `called` are those of the classifier. */
export function decoderRows(
  { source, usual, decoded }: Judged,
  predictions: Uint8Array,
): readonly BaselineScores[] {
  const scores = Float32Array.from(decoded.scores, (score) => score - usual.threshold);
  const called = Uint8Array.from(scores, (score) => (score > 0 ? 1 : 0));
  const either = Uint8Array.from(called, (call, i) => (call === 1 || predictions[i] !== 0 ? 1 : 0));
  const where = `where 1 in 100 of ${usual.sessions} normal sessions of ${source} would be`;
  return [
    {
      name: 'decoder',
      says: `the decoder's most surprising byte, in standard deviations from what is usual there; called ${where}`,
      ranks: true,
      scores,
      called,
    },
    {
      name: 'network-or-decoder',
      says: 'what the network or the decoder calls',
      ranks: false,
      scores: Float32Array.from(either, (call) => (call === 1 ? 1 : -1)),
      called: either,
    },
  ];
}

/** Whether its latent vectors say anything; null without any. @throws what `progress` throws */
export async function latentOf(
  { model, seed }: RunContext,
  heldOut: HeldOut,
  progress: () => void,
): Promise<LatentMeasure | null> {
  if ((model.latentUnits ?? 0) === 0) return null;
  return measureLatent({ model, presented: await heldOut.normals(), progress }, seed);
}

/** How well it predicts: bits a token of the normal sessions that it is held against, and of test sessions by what they are. */
export function decoderFindings(
  { source, usual, decoded }: Judged,
  kinds: Uint8Array,
  kindNames: readonly string[],
  latent: LatentMeasure | null,
): DecoderFindings {
  const bits = kindNames.map((kind, k) => {
    let nats = 0;
    let tokens = 0;
    kinds.forEach((other, i) => {
      if (other !== k) return;
      nats += decoded.nats[i]!;
      tokens += decoded.tokens[i]!;
    });
    return { kind, tokens, bitsPerToken: tokens === 0 ? null : nats / tokens / Math.LN2 };
  });
  return {
    calibrated: usual.sessions,
    source,
    threshold: usual.threshold,
    bitsPerToken: usual.nats / Math.LN2,
    ...(latent === null ? {} : { latent }),
    test: bits,
  };
}
