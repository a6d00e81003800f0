/** Who reads captures in the comparison: each a program that is started anew for every round. */
import { fileURLToPath } from 'node:url';
import { tailOf } from '../../src/services/index.ts';
import { runClean } from '../peers/program.ts';
import { type Found, pythonFolder, requireEnvironment } from '../peers/python-env.ts';
import type { OursReport, Time } from './ours.ts';

/** What one round of one tool gave, by what was timed. */
export type Times = Readonly<Record<string, Time>>;

export interface Tool {
  readonly id: string;
  /** Version and the like, for the report. */
  readonly version: string;
  /** Reads the capture once. @throws when it fails */
  readonly run: (capture: string) => Promise<{ readonly times: Times; readonly ours?: OursReport }>;
}

/** Someone who may take part, if what it needs is there. */
export interface OptionalTool {
  readonly id: string;
  readonly prepare: (folder: string, say: (line: string) => void) => Promise<Found<Tool>>;
}

const oursProgram = fileURLToPath(new URL('ours.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** Ours is timed inside its process, without the start of Node: a run has that behind it when it reads. */
export const ours: Tool = {
  id: 'sessionlab',
  version: `Node ${process.versions.node}`,
  async run(capture) {
    const ran = await runClean(process.execPath, ['--import', tsx, oursProgram, capture]);
    if (!ran.ok) throw new Error(`sessionlab: ${tailOf(ran.output)}`);
    const line = ran.output.split('\n').find((text) => text.startsWith('{')) ?? '';
    const report = JSON.parse(line) as OursReport;
    const { first, later, encoding } = report;
    return {
      times: {
        'sessionlab, first reading of a new process': first,
        'sessionlab, later readings': later,
        'sessionlab, later readings, to encoded sessions': {
          wall: later.wall + encoding.wall,
          cpu: later.cpu + encoding.cpu,
        },
      },
      ours: report,
    };
  },
};

/** The whole process, from its start to its end; what it prints is thrown away by a shell, which also tells its processor time. */
const program = (
  id: string,
  title: string,
  version: string,
  command: string,
  args: (capture: string) => readonly string[],
): Tool => ({
  id,
  version,
  async run(capture) {
    const began = performance.now();
    const ran = await runClean('sh', [
      '-c',
      '"$@" > /dev/null || exit; times',
      'sh',
      command,
      ...args(capture),
    ]);
    const wall = performance.now() - began;
    if (!ran.ok) throw new Error(tailOf(ran.output));
    return { times: { [title]: { wall, cpu: processorTime(ran.output) } } };
  },
});

/** Milliseconds of the children of a shell: its second line of times, user and system. */
export function processorTime(output: string): number {
  const times = [...output.matchAll(/(\d+)m([\d.]+)s/g)].map(
    (match) => 60_000 * +match[1]! + 1000 * +match[2]!,
  );
  const [user, system] = times.slice(-2);
  if (times.length < 4) throw new Error(`the shell does not tell processor times: ${output.slice(-200)}`);
  return user! + system!;
}

const FIELDS = [
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'ip.proto',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
];

/** A tool that is there when its command is. */
const installed = (
  id: string,
  title: string,
  args: (capture: string) => readonly string[],
): OptionalTool => ({
  id,
  async prepare() {
    const version = await versionOf(id, ['--version']);
    return 'reason' in version ? version : { found: program(id, title, version.found, id, args) };
  },
});

export const optionalTools: readonly OptionalTool[] = [
  installed('tcpdump', 'tcpdump -r FILE -w /dev/null', (capture) => [
    ...['-r', capture, '-w'],
    process.platform === 'win32' ? 'NUL' : '/dev/null',
  ]),
  installed('tshark', 'tshark -T fields, five-tuples', (capture) => [
    ...['-n', '-r', capture, '-T', 'fields'],
    ...FIELDS.flatMap((field) => ['-e', field]),
  ]),
  {
    id: 'dpkt',
    async prepare(folder, say) {
      const made = await requireEnvironment(folder, 'dpkt', say);
      if ('reason' in made) return made;
      const { python } = made.found;
      const version = await versionOf(python, [
        '-c',
        'import dpkt, sys; print("dpkt", dpkt.__version__, "Python", sys.version.split()[0])',
      ]);
      if ('reason' in version) return version;
      return {
        found: program('dpkt', 'dpkt, five-tuples', version.found, python, (capture) => [
          `${pythonFolder}dpkt_pass.py`,
          capture,
        ]),
      };
    },
  },
];

async function versionOf(command: string, args: readonly string[]): Promise<Found<string>> {
  const ran = await runClean(command, args);
  if (!ran.ok)
    return { reason: ran.output.trim() === '' ? `${command} is not installed` : tailOf(ran.output) };
  const lines = ran.output.trim().split('\n');
  // Some say other things first.
  const line = lines.find((text) => /\d\.\d/.test(text)) ?? lines[0]!;
  return { found: line.trim().replace(/\.$/, '') };
}
