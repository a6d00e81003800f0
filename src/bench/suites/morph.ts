/** Morphs: sessions loaded from the table and turned into anomalies, by kind, with and without repair. */
import {
  anomalyKindNames,
  createMorpher,
  createSessionBytes,
  loadSession,
  longestHeader,
  type MorphOptions,
} from '../../anomaly/index.ts';
import { stream } from '../../random/index.ts';
import { articleAnomalies } from '../article.ts';
import { type Benchmark, type Suite, type Task, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { type FixtureSessions, sessionOptions } from '../fixture.ts';
import { officeSessions, type SuiteContext } from './context.ts';

const SESSIONS = 800;

export function morphSuite({ fixture, ...rest }: SuiteContext): Suite {
  const count = officeSessions({ fixture, ...rest });
  const benchmark = (what: string, options: MorphOptions | null): Benchmark =>
    timed(`morph/${what}`, 'sessions', async () => morphTask(await fixture.assembled(count), options));
  const only = (kind: string, repair: MorphOptions['repair']): MorphOptions => ({
    normal: 0,
    kinds: { [kind]: 1 },
    repair,
  });
  return {
    name: 'morph',
    summary: 'sessions loaded from the table and morphed, by anomaly kind',
    benchmarks: () => [
      benchmark('none, only loaded', null),
      benchmark("the article's mix, repaired", articleAnomalies),
      ...anomalyKindNames.flatMap((kind) => [
        benchmark(kind, only(kind, [])),
        benchmark(`${kind}, repaired`, only(kind, ['checksum', 'mac'])),
      ]),
    ],
  };
}

function morphTask(
  { sessions, train, contacts }: FixtureSessions,
  options: MorphOptions | null,
): Task<Uint32Array> {
  const amount = Math.min(SESSIONS, train.length);
  const bytes = createSessionBytes(sessionOptions.maxPackets, longestHeader(sessions));
  const morpher = options === null ? undefined : createMorpher(options, contacts);
  const all = train.subarray(0, amount);
  /** What each session became, and a hash of its last packet's IP and transport header. */
  const found = new Uint32Array(2 * amount);

  function present(session: number, i: number): void {
    loadSession(sessions, session, bytes);
    found[2 * i] = morpher === undefined ? 0 : morpher.present(bytes, stream(1, 'anomaly', 1, session));
    const last = bytes.packets - 1;
    const length = bytes.length[last]! - bytes.network[last]!;
    found[2 * i + 1] = hashBytes(bytes.bytes, last * bytes.stride + bytes.network[last]!, length);
  }

  return {
    amount,
    run() {
      all.forEach(present);
      return found;
    },
    spoil: (value) => void found.fill(value),
    checksum: (values) => checksumOf([values]),
  };
}

/** A cheap hash of a few bytes. */
function hashBytes(bytes: Uint8Array, from: number, length: number): number {
  let mixed = 0;
  for (let i = 0; i < length; i++) mixed = (Math.imul(mixed, 31) + bytes[from + i]!) | 0;
  return mixed >>> 0;
}
