/** A diagnosis of this machine as text for a terminal. */
import { BUILD_HINT } from '../network/index.ts';
import { alignColumns, formatBytes, plural } from '../text/index.ts';
import type { Diagnosis, SelfTestResult } from './diagnose.ts';
import { formatCommit } from './suite-text.ts';

/** A diagnosis as text for a terminal, ending with a line break. */
export function formatDiagnosis(diagnosis: Diagnosis): string {
  const { code, machine, selfTest, services } = diagnosis;
  const lines = [
    `sessionlab ${code.version}, ${formatCommit(code)}`,
    '',
    ...alignColumns(
      [
        ['Node', machine.node],
        ['system', machine.system],
        ['CPU', `${machine.cpu}, ${plural(machine.cores, 'core')}`],
        ['memory', `${formatBytes(machine.memory)}, ${formatBytes(machine.freeMemory)} free`],
      ],
      'll',
      '',
    ),
    '',
    'Engine',
    ...alignColumns(engineRows(diagnosis), 'll'),
    '',
    'Self-test',
    `  expected  ${selfTest.expected}`,
    ...alignColumns(selfTest.results.map(testRow), 'llrrl'),
    `  ${verdict(selfTest.results)}`,
    '',
    'Optional',
    ...alignColumns(
      services.map(({ name, found, detail, purpose }) => [found ? 'found' : '–', name, detail, purpose]),
      'llll',
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function engineRows({ machine, forced, peaks }: Diagnosis): readonly (readonly string[])[] {
  const because = forced === null ? '' : `, SESSIONLAB_VARIANT is ${forced}`;
  const rows = [['computes with', `${machine.variant}${because}`]];
  if (machine.variants.length === 0)
    return [
      ...rows,
      ['native', 'not built: the reference engine gives the same bits, about a hundred times slower'],
      ['cure', BUILD_HINT],
    ];
  rows.push(['compiler', machine.compiler ?? 'unknown'], ['variants', machine.variants.join(', ')]);
  for (const [variant, peak] of Object.entries(peaks))
    rows.push(['FMA peak', `${peak.toFixed(1)} GFLOP/s, ${variant}, f32, one thread, measured now`]);
  return rows;
}

function testRow({ variant, threads, hash, ok, milliseconds }: SelfTestResult): readonly string[] {
  return [
    ok ? 'ok' : 'WRONG',
    variant,
    plural(threads, 'thread'),
    `${milliseconds.toFixed(0)} ms`,
    ok ? '' : hash,
  ];
}

function verdict(results: readonly SelfTestResult[]): string {
  const wrong = results.filter(({ ok }) => !ok);
  if (wrong.length === 0) return 'all numbers are right';
  const hashes = new Set(results.map(({ hash }) => hash));
  if (hashes.size === 1)
    return 'all agree, but with another hash than expected: this code, or this Node, computes something else';
  const names = wrong.map(({ variant, threads }) => `${variant} with ${threads}`).join(', ');
  return `wrong numbers: ${names}; use another variant (SESSIONLAB_VARIANT), and please report this`;
}
