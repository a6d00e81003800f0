import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  DEFAULT_RULE,
  type Differences,
  decide,
  type Measured,
  type Verdict,
} from '../../src/bench/gate/decide.ts';
import { evidenceBeyond, intervalOf, noiseOf, pOfNone, powerOf } from '../../src/bench/gate/evidence.ts';
import { differences, drawnOrder, type GateMeasurement } from '../../src/bench/gate/measure-gate.ts';
import { type GateReport, gateExitCode, gateNames } from '../../src/bench/gate/report.ts';
import { formatGate, gateMarkdown } from '../../src/bench/gate/text.ts';
import { normal, type Stream, stream } from '../../src/random/index.ts';
import fc from '../support/fast-check.ts';

/** Differences of processes with the same code on a machine that is very busy; see its `origin`. */
const { kernel, reader, start } = JSON.parse(
  readFileSync(new URL('./gate-noise.json', import.meta.url), 'utf8'),
) as Readonly<Record<'kernel' | 'reader' | 'start', readonly number[]>>;

type Noise = (source: Stream) => number;

/** Noise of any kind, the same for either sign. */
const noises: Readonly<Record<string, Noise>> = {
  'normal, 1%': (source) => 0.01 * normal(source),
  'normal, 4%': (source) => 0.04 * normal(source),
  'heavy-tailed': (source) => (0.01 * normal(source)) / (0.02 + source.uniform()),
  bimodal: (source) =>
    (source.chance(0.5) ? 0.12 : 0) - (source.chance(0.5) ? 0.12 : 0) + 0.002 * normal(source),
};

const drawnFrom =
  (trace: readonly number[]): Noise =>
  (source) =>
    (source.chance(0.5) ? 1 : -1) * trace[source.below(trace.length)]!;

/** A measurement that is made up: block by block until all is decided, as a gate does it. */
function imagine(noise: readonly Noise[], effect: number, source: Stream, most = 20): readonly Verdict[] {
  const none: Differences = { pairs: [], sameCode: [] };
  const found = noise.map(() => ({ pairs: [] as number[], sameCode: [] as number[] }));
  let verdicts: readonly Verdict[] = [];
  for (let block = 0; block < most; block++) {
    found.forEach(({ pairs, sameCode }, i) => {
      if (block > 0 && verdicts[i] !== 'undecided') return;
      pairs.push(effect + noise[i]!(source), effect + noise[i]!(source));
      sameCode.push(noise[i]!(source), noise[i]!(source));
    });
    const measured = new Map(
      found.map((own, i): [string, Measured] => [String(i), { wall: own, processor: none }]),
    );
    verdicts = [...decide(measured, DEFAULT_RULE).values()].map(({ verdict }) => verdict);
    if (!verdicts.includes('undecided')) break;
  }
  return verdicts;
}

const share = (list: readonly Verdict[], verdict: Verdict): number =>
  list.filter((one) => one === verdict).length / list.length;
const isAlarm = (verdict: Verdict): boolean => verdict === 'slower' || verdict === 'faster';

describe('the evidence of pairs', () => {
  it('exceeds 1/p in a share p of measurements at most, looked at after every pair, whatever the noise', () => {
    for (const [name, noise] of Object.entries(noises)) {
      const source = stream(7, 'gate', name);
      const trials = 4000;
      let shown = 0;
      for (let i = 0; i < trials; i++) {
        const bet = 10 ** (4 * source.uniform());
        const pairs = Array.from({ length: 40 }, () => ({ difference: noise(source), bet }));
        if (pOfNone(pairs) <= 0.05) shown++;
      }
      // Three standard deviations of 5%.
      assert.ok(shown / trials <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials), `${name}: ${shown / trials}`);
    }
  });

  it('has an interval that holds the truth, whenever one stops', () => {
    for (const [name, noise] of Object.entries(noises)) {
      const source = stream(8, 'gate', name);
      const trials = 400;
      let missed = 0;
      for (let i = 0; i < trials; i++) {
        const pairs: { difference: number; bet: number }[] = [];
        for (let n = 0; n < 30; n++) pairs.push({ difference: 0.03 + noise(source), bet: 100 });
        // It only narrows: where the last one holds the truth, all did.
        const { low, high } = intervalOf(pairs);
        if ((low ?? -9) > 0.03 || (high ?? 9) < 0.03) missed++;
      }
      assert.ok(
        missed / trials <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials),
        `${name}: ${missed / trials}`,
      );
    }
  });

  it('is the other way round when the sides are exchanged, falls with what is asked, and no pair alone decides', () => {
    const pair = fc.record({
      difference: fc.double({ min: -2, max: 2, noNaN: true }),
      bet: fc.double({ min: 0, max: 1e4, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 30 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (pairs, from) => {
          const mirrored = pairs.map(({ difference, bet }) => ({ difference: -difference, bet }));
          assert.equal(evidenceBeyond(pairs, from, 1), evidenceBeyond(mirrored, -from, -1));
          assert.ok(evidenceBeyond(pairs, from, 1) >= evidenceBeyond(pairs, from + 0.01, 1));
          assert.ok(evidenceBeyond(pairs, from, 1) <= pairs.length * Math.log(2));
          const p = pOfNone(pairs);
          assert.ok(p > 0 && p <= 1);
        },
      ),
    );
  });

  it('takes noise for what the same code differs by, and 2% until it knows', () => {
    assert.equal(noiseOf([]), 0.02);
    assert.ok(Math.abs(noiseOf(Array(50).fill(0.04)) - 1.4826 * 0.04) < 1e-12);
    assert.equal(noiseOf(Array(50).fill(0)), 0.005);
    // One process that a neighbour stopped says little.
    assert.ok(noiseOf([0.01, -0.01, 0.012, -0.009, 3]) < 0.02);
  });

  it('has the power that its measurements have', () => {
    const trace = Array.from({ length: 60 }, (_, i) => 0.02 * normal(stream(1, 'trace', i)));
    const power = powerOf(trace, Math.log(1.05), 20, 0.001);
    const source = stream(2, 'power');
    const verdicts = Array.from(
      { length: 300 },
      () => imagine([drawnFrom(trace)], Math.log(1.05), source, 10)[0]!,
    );
    assert.ok(
      Math.abs(share(verdicts, 'slower') - power) < 0.08,
      `${share(verdicts, 'slower')}, told ${power}`,
    );
    assert.ok(powerOf(trace, Math.log(1.05), 6, 0.001) < 0.05, 'six pairs cannot show it');
  });
});

describe('a gate of three benchmarks', () => {
  /** Quiet: what pairs of processes differ by where nothing else runs, with a neighbour now and then. */
  const quiet = (deviation: number): Noise => {
    return (source) => (source.chance(0.03) ? 10 : 1) * deviation * normal(source);
  };
  const machines = {
    quiet: [quiet(0.01), quiet(0.02), quiet(0.03)],
    loaded: [kernel, reader, start].map(drawnFrom),
  } as const;

  it('lets a slowdown of 5% through in none, and finds it in 95 of 100 where the machine is quiet', () => {
    const source = stream(3, 'planted');
    const trials = Array.from({ length: 300 }, () => imagine(machines.quiet, Math.log(1.05), source, 60));
    machines.quiet.forEach((_, i) => {
      const verdicts = trials.map((verdict) => verdict[i]!);
      assert.ok(share(verdicts, 'slower') >= 0.95, `${i}: ${share(verdicts, 'slower')}`);
      assert.ok(share(verdicts, 'same') <= 0.02 && share(verdicts, 'faster') === 0, `${i}`);
    });
  });

  it('calls nothing slower or faster that is not, quiet or not', () => {
    for (const kind of ['quiet', 'loaded'] as const) {
      const source = stream(4, 'same', kind);
      const trials = Array.from({ length: 2000 }, () => imagine(machines[kind], 0, source));
      const alarms = trials.filter((verdicts) => verdicts.some(isAlarm)).length;
      assert.ok(alarms <= 6, `${kind}: ${alarms} of 2000`);
    }
  });

  it('is undecided under load rather than wrong', () => {
    const source = stream(5, 'loaded');
    const verdicts = Array.from({ length: 300 }, () =>
      imagine(machines.loaded, Math.log(1.05), source),
    ).flat();
    assert.ok(share(verdicts, 'same') <= 0.02 && share(verdicts, 'faster') <= 0.004);
  });

  it('calls what is slower by 1% the same within 5%', () => {
    const source = stream(6, 'little');
    const verdicts = Array.from(
      { length: 200 },
      () => imagine([noises['normal, 1%']!], Math.log(1.01), source)[0]!,
    );
    assert.ok(share(verdicts, 'same') > 0.95);
  });
});

describe('the order of processes', () => {
  it('has both sides in each pair, is drawn, and is the same for the same seed', () => {
    const orders = Array.from({ length: 400 }, (_, block) => drawnOrder(1, block));
    for (const order of orders)
      for (const pair of [order.slice(0, 2), order.slice(2)])
        assert.deepEqual([...pair].sort(), ['baseline', 'candidate']);
    assert.deepEqual(drawnOrder(1, 7), orders[7]);
    const first = orders.filter(([side]) => side === 'candidate').length;
    const like = orders.filter(([a, , c]) => a === c).length;
    assert.ok(Math.abs(first - 200) < 50 && Math.abs(like - 200) < 50, `${first}, ${like}`);
  });

  it('gives differences of pairs, and of the same code', () => {
    const one = (side: 'baseline' | 'candidate', wall: number) => ({ side, wall, processor: 0 });
    const block = [one('baseline', 1), one('candidate', 2), one('candidate', 8), one('baseline', 2)];
    assert.deepEqual(
      differences([block], ({ wall }) => wall),
      {
        pairs: [Math.log(2), Math.log(8) - Math.log(2)],
        sameCode: [-Math.log(2), Math.log(2) - Math.log(8)],
      },
    );
    // Nobody told the processor time.
    assert.deepEqual(
      differences([block], ({ processor }) => processor),
      { pairs: [], sameCode: [] },
    );
  });
});

describe('what a gate says', () => {
  const one = (name: string, verdict: Verdict, more: Partial<GateMeasurement> = {}): GateMeasurement => ({
    name,
    verdict,
    change: 0.052,
    low: 0.031,
    high: 0.074,
    otherChange: null,
    p: 1e-5,
    pairs: 14,
    noise: 0.012,
    baseline: 2,
    candidate: 2.1,
    busy: 1,
    power: 0.43,
    checksum: 'c',
    measured: { wall: { pairs: [], sameCode: [] }, processor: { pairs: [], sameCode: [] } },
    ...more,
  });
  const report = (measurements: readonly GateMeasurement[], more: Partial<GateReport> = {}): GateReport => ({
    format: 'sessionlab-gate-1',
    date: '2026-01-01T00:00:00.000Z',
    code: { version: '0.1.0', commit: 'a'.repeat(40), changedFiles: 0 },
    machine: { cpu: 'a CPU', cores: 2 } as GateReport['machine'],
    against: { name: 'git:main', commit: 'b'.repeat(40) },
    rule: DEFAULT_RULE,
    options: { suites: [], filter: '', threads: 2, limit: 600 },
    measurements,
    broken: [],
    added: [],
    blocks: 7,
    seconds: 31,
    ended: null,
    ...more,
  });

  it('is how it ends: 0, 1 where something is slower, 2 where nothing vouches for something', () => {
    const broken = [{ name: 'x', problem: 'vanished' }];
    const cases: readonly (readonly [Partial<GateReport>, number])[] = [
      [{ measurements: [one('a', 'same'), one('b', 'faster')] }, 0],
      [{ measurements: [one('a', 'same'), one('b', 'slower'), one('c', 'undecided')] }, 1],
      [{ measurements: [one('a', 'same'), one('b', 'undecided')] }, 2],
      [{ measurements: [] }, 2],
      [{ measurements: [one('a', 'slower')], broken }, 2],
    ];
    for (const [more, code] of cases) assert.equal(gateExitCode(report([], more)), code);
  });

  it('is said in words, in the terminal and in Markdown', () => {
    const found = report(
      [
        one('a/slow', 'slower'),
        one('a/|fast', 'faster', { change: -0.2, low: -0.3, high: -0.1 }),
        one('a/open', 'undecided'),
      ],
      {
        broken: [{ name: 'a/gone', problem: 'vanished: the candidate has none' }],
        ended: 'time',
      },
    );
    const text = formatGate(found);
    assert.match(
      text,
      /a\/slow +2\.00 ms +2\.10 ms +\+5\.2% +\+3\.1% … \+7\.4% +– +±1\.2% +14 {2}slower by 5\.2% \[3\.1% … 7\.4%\]/,
    );
    assert.doesNotMatch(text, /shared/);
    assert.match(
      formatGate(report([one('a', 'same', { busy: 0.4 })])),
      /processor time was 40% of the wall time/,
    );
    assert.match(text, /faster by 20% \[10% … 30%\]/);
    assert.match(text, /undecided: a slowdown of 5% would be seen in 43 of 100 such measurements/);
    assert.match(text, /^ {2}a\/gone: vanished/m);
    assert.match(
      text,
      /not passed: 1 slower, 1 faster, 0 the same, 1 undecided when the time was over, 1 that nothing vouches for \(28 processes, 31 s\)/,
    );
    const markdown = gateMarkdown(found);
    assert.match(markdown, /^### Speed: not passed/);
    assert.match(markdown, /^\| a\/\\\|fast \| 2\.00 ms/m);
    assert.match(markdown, /^- \*\*a\/gone: vanished/m);
  });

  it('measures eight benchmarks unless it is told which', () => {
    const all = [
      'cli/node alone',
      'cli/sessionlab --version',
      'kernels/step gru, 50 units, avx2',
      'kernels/step gru, 50 units, portable',
      'encode/43 bytes',
      'encode/43 bytes, checksums hidden',
    ];
    const none = { suites: [], filter: '' };
    assert.deepEqual(gateNames(all, none), [
      'cli/sessionlab --version',
      'kernels/step gru, 50 units, avx2',
      'encode/43 bytes',
    ]);
    assert.deepEqual(gateNames(all, { suites: ['kernels'], filter: 'PORT' }), [
      'kernels/step gru, 50 units, portable',
    ]);
  });
});
