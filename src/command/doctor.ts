/** `sessionlab doctor`: what this machine has, and whether it computes the right numbers. */
import { Command } from 'commander';
import { type Diagnosis, diagnose, formatCommit, type SelfTestResult } from '../bench/index.ts';
import { FaultError } from '../fault/index.ts';
import { BUILD_HINT } from '../network/index.ts';
import { alignColumns, formatBytes, plural } from '../text/index.ts';

interface DoctorOptions {
  readonly variant?: string;
  readonly threads: readonly number[];
  readonly json?: boolean;
}

const EXAMPLES = `
The self-test trains small networks of every cell and attention and hashes weights, probabilities and attention weights.
The hash is the same for every engine, on every machine, with any number of threads; if it is not, results of this
machine cannot be compared with others.

SESSIONLAB_VARIANT=avx2 makes every command compute with that variant.

Examples:
  $ sessionlab doctor
  $ sessionlab doctor --variant avx2 --threads 1,2,4,8
  $ sessionlab doctor --json | jq .selfTest.ok

Exit codes: 0 all numbers are right, 1 some are wrong, 2 the variant does not run here.`;

/** The command, ready to be added to the program. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('show what this machine has, and test that it computes the right numbers')
    .description(
      'Show compiler, engine variants, their measured peak, the self-test on each of them, and which optional ' +
        'programs and services there are.',
    )
    .option('--variant <name>', 'test only this variant; typescript is the reference engine')
    .option('--threads <list>', 'numbers of threads to test with', parseThreads, [1, 2, 3])
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', EXAMPLES)
    .action(async ({ variant, threads, json }: DoctorOptions) => {
      const found = await diagnose({ threads, ...(variant === undefined ? {} : { variant }) });
      process.stdout.write(json === true ? `${JSON.stringify(found, null, 2)}\n` : formatDiagnosis(found));
      process.exitCode = exitCodeOf(found);
    });
}

/** 0 when all numbers are right. */
export function exitCodeOf({ selfTest }: Diagnosis): 0 | 1 {
  return selfTest.ok ? 0 : 1;
}

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
  const count = plural(threads, 'thread');
  return [ok ? 'ok' : 'WRONG', variant, count, `${milliseconds.toFixed(0)} ms`, ok ? '' : hash];
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

function parseThreads(text: string): readonly number[] {
  const list = text.split(',').map((part) => (/^[0-9]+$/.test(part.trim()) ? Number(part) : 0));
  if (list.every((n) => n >= 1 && n <= 1024)) return list;
  throw new FaultError({
    place: '--threads',
    problem: `got ${JSON.stringify(text)}, must be whole numbers from 1 to 1024`,
    cure: 'use 1,2,4, for example',
  });
}
