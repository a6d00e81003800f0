/** Compares peers: each is checked, its best batch size is found, then all are timed in turn, round after round. */

import { distribution } from '../../src/bench/distribution.ts';
import { formatCount } from '../../src/text/index.ts';
import { BATCH_SIZES, type Expected } from './material.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { Mode, ReadyAnswer } from './protocol.ts';

/** A peer whose program runs. */
export interface RunningPeer {
  readonly id: string;
  readonly title: string;
  readonly channel: PeerChannel;
}

/** Sessions a second, a number for each window, in order. */
export interface Rates {
  readonly batch: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly windows: readonly number[];
}

/** Sessions a second at one batch size: the better of two short measurements. */
export interface BatchRate {
  readonly mode: Mode;
  readonly batch: number;
  readonly rate: number;
}

export interface PeerOutcome {
  readonly id: string;
  readonly title: string;
  readonly versions: ReadyAnswer['versions'];
  readonly notes: readonly string[];
  /** Greatest relative difference of a loss from ours: from the given weights, and after steps of Adam. */
  readonly difference: { readonly loss: number; readonly steps: number };
  readonly calibration: readonly BatchRate[];
  readonly train: Rates;
  readonly infer: Rates;
}

/** A peer that could not be started, or failed. */
export interface OmittedPeer {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
}

export interface ComparisonOptions {
  readonly rounds: number;
  /** The length of each measurement. */
  readonly seconds: number;
  readonly expected: Expected;
  readonly say: (line: string) => void;
}

/** Relative differences that are rounding: of a loss from given weights, and after a few steps of an optimiser. */
export const TOLERANCE = { loss: 1e-4, steps: 1e-3 } as const;

const MODES: readonly Mode[] = ['train', 'infer'];

/** Compares the peers; one that fails is left out with the reason. */
export async function comparePeers(
  running: readonly RunningPeer[],
  options: ComparisonOptions,
): Promise<{ outcomes: PeerOutcome[]; left: OmittedPeer[] }> {
  const { rounds, seconds, say } = options;
  const left: OmittedPeer[] = [];
  let states: State[] = [];
  for (const peer of running) {
    const state = await orLeave(peer, left, say, () => prepare(peer, options));
    if (state !== undefined) states.push(state);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const mode of MODES) {
      const line: string[] = [];
      for (const state of states) {
        const { peer } = state;
        await orLeave(peer, left, say, async () => {
          const { sessions, seconds: took } = await peer.channel.measure(mode, state.best[mode], seconds);
          state.windows[mode].push(sessions / took);
          line.push(`${peer.title} ${whole(sessions / took)}`);
        });
      }
      states = states.filter(({ peer }) => !left.some(({ id }) => id === peer.id));
      say(
        `round ${round} of ${rounds}, ${mode === 'train' ? 'training' : 'inference'}: ${line.join(', ')} sessions/s`,
      );
    }
  }
  return { outcomes: states.map(conclude), left };
}

interface State {
  readonly peer: RunningPeer;
  readonly difference: PeerOutcome['difference'];
  readonly calibration: readonly BatchRate[];
  readonly best: Readonly<Record<Mode, number>>;
  readonly windows: Readonly<Record<Mode, number[]>>;
}

async function orLeave<T>(
  { id, title, channel }: RunningPeer,
  left: OmittedPeer[],
  say: (line: string) => void,
  what: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await what();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    left.push({ id, title, reason });
    say(`${title}: left out: ${reason}`);
    await channel.end();
    return undefined;
  }
}

/** The check, then a short measurement at every batch size. */
async function prepare(peer: RunningPeer, { expected, seconds, say }: ComparisonOptions): Promise<State> {
  const { channel, title } = peer;
  const { losses, steps } = await channel.check();
  const difference = {
    loss: relative(
      losses,
      expected.losses.map((e) => e.loss),
    ),
    steps: relative(steps, expected.steps.losses),
  };
  for (const what of ['loss', 'steps'] as const)
    if (!(difference[what] <= TOLERANCE[what]))
      throw new Error(
        `it computes another ${what === 'loss' ? 'loss from the same weights' : 'training step'}: relative difference ${difference[what].toExponential(1)}, at most ${TOLERANCE[what]} is rounding`,
      );
  const calibration: BatchRate[] = [];
  for (const mode of MODES)
    for (const batch of BATCH_SIZES) {
      // Twice, since a moment in which the machine has other things to do would decide on the batch size.
      let rate = 0;
      for (let i = 0; i < 2; i++) {
        const { sessions, seconds: took } = await channel.measure(mode, batch, Math.min(seconds, 1.5));
        rate = Math.max(rate, sessions / took);
      }
      calibration.push({ mode, batch, rate });
    }
  const text = (mode: Mode): string =>
    calibration
      .filter((c) => c.mode === mode)
      .map((c) => `${c.batch}: ${whole(c.rate)}`)
      .join(', ');
  say(
    `${title}: computes the same (${difference.loss.toExponential(0)}); training ${text('train')}; inference ${text('infer')} sessions/s`,
  );
  const best = { train: bestBatch(calibration, 'train'), infer: bestBatch(calibration, 'infer') };
  return { peer, difference, calibration, best, windows: { train: [], infer: [] } };
}

/** Greatest relative difference; infinite when there is not a number for each. */
export function relative(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  expected.forEach((value, i) => {
    const difference = Math.abs(found[i]! - value) / Math.abs(value);
    if (!(difference <= most)) most = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  });
  return most;
}

function bestBatch(calibration: readonly BatchRate[], mode: Mode): number {
  const own = calibration.filter((c) => c.mode === mode);
  return own.reduce((a, b) => (b.rate > a.rate ? b : a)).batch;
}

function conclude({ peer, difference, calibration, best, windows }: State): PeerOutcome {
  const { id, title, channel } = peer;
  const { versions, notes = [] } = channel.ready;
  const of = (mode: Mode): Rates => {
    const { median, min, max } = distribution(windows[mode]);
    return { batch: best[mode], median, min, max, windows: windows[mode] };
  };
  return { id, title, versions, notes, difference, calibration, train: of('train'), infer: of('infer') };
}

const whole = (rate: number): string => formatCount(Math.round(rate));
