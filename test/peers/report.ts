/** The table of the comparison. */

import type { Machine } from '../../src/bench/machine.ts';
import { formatCommit } from '../../src/bench/suite-text.ts';
import type { CodeVersion } from '../../src/results/index.ts';
import { formatCount } from '../../src/text/index.ts';
import type { OmittedPeer, PeerOutcome, Rates } from './comparison.ts';
import type { MaterialFacts } from './material.ts';
import type { Mode } from './protocol.ts';
import type { Flops, Work } from './work.ts';

export interface PeersReport {
  readonly format: 'sessionlab peers 1';
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: Machine;
  readonly code: CodeVersion;
  readonly threads: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly material: MaterialFacts;
  /** f32 FMA of one thread in registers, measured before the comparison; null without the native engine. */
  readonly peak: { readonly variant: string; readonly gflops: number } | null;
  /** Mean number of runnable processes before the first measurement; null where the system does not tell. */
  readonly loadBefore: number | null;
  /** Ours first. */
  readonly outcomes: readonly PeerOutcome[];
  readonly left: readonly OmittedPeer[];
}

/** How many times as fast as the best peer ours is, by medians. Null without a peer. */
export function ratioToBest(
  outcomes: readonly PeerOutcome[],
  mode: Mode,
): { title: string; ratio: number } | null {
  const [ours, ...others] = outcomes;
  if (ours === undefined || others.length === 0) return null;
  const best = others.reduce((a, b) => (b[mode].median > a[mode].median ? b : a));
  return { title: best.title, ratio: ours[mode].median / best[mode].median };
}

/** What share of the peak of all threads ours reaches by its median, with what it computes and with the dense count. */
export function shareOfPeak(
  { material, outcomes, peak, threads }: Pick<PeersReport, 'material' | 'outcomes' | 'peak' | 'threads'>,
  mode: Mode,
): { readonly work: Work; readonly computed: number; readonly dense: number } | null {
  const rates = outcomes[0]?.[mode];
  const work = material.work.find(({ batch }) => batch === rates?.batch);
  if (rates === undefined || work === undefined || peak === null) return null;
  const of = (flops: Flops): number => (rates.median * flops[mode]) / (peak.gflops * 1e9 * threads);
  return { work, computed: of(work.computed), dense: of(work.dense) };
}

/** The report as Markdown. */
export function formatReport(report: PeersReport): string {
  const { machine, code, material, outcomes, left, rounds, seconds, threads } = report;
  const lines = [
    '# The same network in other frameworks',
    '',
    `${report.date}, sessionlab ${code.version} (${formatCommit(code)}).`,
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}; ${threads} threads for everybody${report.loadBefore === null ? '' : `; load before the start ${report.loadBefore.toFixed(2)}`}.`,
    '',
    `${material.description}; ${material.sessions} of them in the batches, on average ${material.meanPackets.toFixed(2)} packets of ${material.meanTokens.toFixed(1)} tokens. GRU 100 over 44 tokens, GRU 100 over 8 packets, tanh attention on both, dense 100, 4 classes; softmax cross-entropy, global norm clipped to 1, Adam. Sessions a second: median of ${rounds} rounds of ${seconds} s in turn, least–greatest.`,
    '',
    ...modeTable(outcomes, 'train', 'Training'),
    '',
    ...modeTable(outcomes, 'infer', 'Inference'),
    '',
  ];
  for (const [mode, name] of [
    ['train', 'Training'],
    ['infer', 'Inference'],
  ] as const) {
    const found = ratioToBest(outcomes, mode);
    if (found !== null)
      lines.push(`${name}: ${found.ratio.toFixed(2)} times the best peer (${found.title}).`, '');
    const share = shareOfPeak(report, mode);
    if (share !== null)
      lines.push(
        `${name}: ${percent(share.computed)} of the peak of ${threads} threads in products, ${mega(share.work.computed[mode])} MFLOP a session at batch ${share.work.batch}; counted without shared prefixes, ${mega(share.work.dense[mode])} MFLOP, it would be ${percent(share.dense)}.`,
        '',
      );
  }
  if (left.length > 0) lines.push('Not measured:', '', ...left.map((l) => `- ${l.title}: ${l.reason}`), '');
  const versions = outcomes.map(
    ({ title, versions }) =>
      `${title}: ${Object.entries(versions)
        .map(([name, v]) => `${name} ${v}`)
        .join(', ')}`,
  );
  lines.push(
    'Notes',
    '',
    `- Versions. ${versions.join('; ')}.`,
    '- Ours is timed for the whole step: sessions are loaded, morphed, repaired and encoded in it. The peers get the same batches ready made, as tensors of their own, which is an advantage for them.',
    '- Packets that a session does not have are left out for everybody: the peers are given the packets that are there.',
    `- Ours computes packets of a chunk with a common beginning once; of the tokens of a batch there remain ${material.work.map(({ batch, share }) => `${percent(share)} (${batch} sessions)`).join(', ')}.`,
    '- Everybody runs at the batch size that was fastest for it in a calibration before the rounds. A framework may take part in several forms (PyTorch: steps by hand, and nn.GRU); whichever form is fastest is the one that ours is compared with.',
    ...(report.peak === null
      ? []
      : [
          `- The peak is ${report.peak.gflops.toFixed(0)} GFLOP/s of f32 FMA a thread (${report.peak.variant}), measured in registers on one thread before the rounds. Counted are the products of the network, forward and, in training, twice more backward (test/peers/work.ts has the formula); presenting, gates, softmax and Adam take time and count nothing.`,
        ]),
    '- No GPU was measured. A data-centre GPU has a hundred times the arithmetic of a few cores; on batches of thousands of sessions it would train such a network many times as fast as anybody here, on batches of this size it waits at each of the 44 + 8 steps that follow each other. Compared are programs on the same processor, no more.',
    `- Before it is timed, everybody computes the same loss from the same weights (greatest relative difference ${greatest(outcomes, 'loss')}), and after three steps of Adam (${greatest(outcomes, 'steps')}; Keras places Adam's ε elsewhere).`,
    ...outcomes.flatMap(({ title, notes }) => notes.map((note) => `- ${title}: ${note}.`)),
  );
  return `${lines.join('\n')}\n`;
}

function greatest(outcomes: readonly PeerOutcome[], what: 'loss' | 'steps'): string {
  return Math.max(0, ...outcomes.slice(1).map(({ difference }) => difference[what])).toExponential(1);
}

function modeTable(outcomes: readonly PeerOutcome[], mode: Mode, name: string): string[] {
  const ours = outcomes[0]?.[mode].median ?? Number.NaN;
  const sizes = [...new Set(outcomes.flatMap((o) => o.calibration.map((c) => c.batch)))];
  const rows = outcomes.map((outcome) => {
    const rates: Rates = outcome[mode];
    const calibrated = sizes.map((batch) => {
      const found = outcome.calibration.find((c) => c.mode === mode && c.batch === batch);
      return found === undefined ? '–' : whole(found.rate);
    });
    return [
      outcome.title,
      whole(rates.median),
      `${whole(rates.min)}–${whole(rates.max)}`,
      String(rates.batch),
      (ours / rates.median).toFixed(2),
      calibrated.join(' / '),
    ];
  });
  const head = [
    name,
    'sessions/s',
    'spread',
    'batch',
    'ours is × as fast',
    `calibration at ${sizes.join(' / ')}`,
  ];
  const all = [head, ['---', '--:', '--:', '--:', '--:', '--:'], ...rows];
  return all.map((row) => `| ${row.join(' | ')} |`);
}

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;
const mega = (flops: number): string => (flops / 1e6).toFixed(1);
const whole = (rate: number): string => formatCount(Math.round(rate));
