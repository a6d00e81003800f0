/** Writes the sessions of a spec, as its network is shown them, for other programs. */
import { join } from 'node:path';
import type { Prepared } from '../data/index.ts';
import { makeFolder, sha256OfFile, writeWhole } from '../disk/index.ts';
import { FaultError } from '../fault/index.ts';
import type { PartName, Plan } from '../run/index.ts';
import { jsonText } from '../text/index.ts';
import { type NpyArray, npzPieces } from './npz.ts';
import { encodeParquet } from './parquet.ts';
import { collectPackets } from './pcap.ts';
import { type Presentation, presentationHash, presentPart } from './presentation.ts';
import { sessionColumns, tableLines, tokenColumns } from './table.ts';

export const formats = ['npz', 'parquet', 'csv', 'pcap'] as const;
export type Format = (typeof formats)[number];

/** What says what a folder holds. */
export const EXPORT_FILE = 'export.json';

export interface ExportOptions {
  readonly folder: string;
  readonly format: Format;
  readonly parts: readonly PartName[];
  readonly seed: number;
  /** Of the training sessions, from 1 on. */
  readonly epoch: number;
  readonly check: () => void;
  /** Told of each part that is written. */
  readonly observe: (part: ExportedPart) => void;
}

export interface ExportedPart {
  readonly part: PartName;
  readonly sessions: number;
  /** See presentationHash: the same sessions have the same one in every format. */
  readonly hash: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

/**
 * Writes the parts that have sessions, and export.json last.
 *
 * @throws FaultError where no part has any, or the machine refuses; Interrupted
 */
export async function exportSessions(
  prepared: Prepared,
  plan: Plan,
  options: ExportOptions,
): Promise<readonly ExportedPart[]> {
  const { folder, format, parts, seed, epoch, check, observe } = options;
  await makeFolder(folder);
  const written: ExportedPart[] = [];
  for (const part of parts) {
    const capture = collectPackets(prepared.sessions);
    const onPresented = format === 'pcap' ? capture.onPresented : undefined;
    const shown = await presentPart(prepared, plan, { part, seed, epoch }, check, onPresented);
    if (shown.N === 0) continue;
    const names: string[] = [];
    const keep = async (name: string, content: Parameters<typeof writeWhole>[1]) => {
      await writeWhole(join(folder, name), content);
      names.push(name);
    };
    const facts = sessionColumns(shown);
    if (format === 'npz') await keep(`${part}.npz`, npzPieces(arraysOf(shown)));
    else if (format === 'parquet')
      await keep(`${part}.parquet`, encodeParquet([...facts, ...tokenColumns(shown)], shown.N));
    else if (format === 'csv')
      await keep(`${part}.csv`, tableLines([...facts, ...tokenColumns(shown)], shown.N));
    else {
      const captures = capture.files();
      for (const { name, pieces } of captures)
        await keep(captures.length === 1 ? `${part}.pcap` : `${part}-${name}.pcap`, pieces);
      await keep(`${part}.csv`, tableLines(facts, shown.N));
    }
    const files = names.map(async (name) => ({ name, sha256: await sha256OfFile(join(folder, name)) }));
    const done = { part, sessions: shown.N, hash: presentationHash(shown), files: await Promise.all(files) };
    written.push(done);
    observe(done);
  }
  if (written.length === 0)
    throw new FaultError({
      place: `--part ${parts.join(',')}`,
      problem: 'has no sessions',
      cure: 'name another part; validation sessions are those of "validation" in the spec',
    });
  const { spec } = prepared.resolved;
  const record = {
    format: 1,
    experiment: spec.name,
    specHash: prepared.specHash,
    seed,
    epoch,
    maxPackets: plan.shape.maxPackets,
    maxTokens: plan.shape.maxTokens,
    tokens: { end: 256, hidden: 257, pad: 258 },
    classes: plan.classes,
    parts: written,
  };
  await writeWhole(join(folder, EXPORT_FILE), `${jsonText(record, 2)}\n`);
  return written;
}

/** The arrays of a .npz file by their names. */
function arraysOf(shown: Presentation): Readonly<Record<string, NpyArray>> {
  const { N, P, T } = shown;
  const of = (shape: readonly number[], data: Extract<NpyArray, { data: unknown }>['data']): NpyArray => ({
    shape,
    data,
  });
  return {
    tokens: of([N, P, T], shown.tokens),
    lengths: of([N, P], shown.lengths),
    packets: of([N], shown.packets),
    label: of([N], shown.label),
    kind: of([N], shown.kind),
    session: of([N], shown.session),
    start: of([N], shown.start),
    protocol: of([N], shown.protocol),
    edited: of([N, P, T], shown.edited),
    field: of([N, P, T], shown.field),
    from_initiator: of([N, P], shown.fromInitiator),
    original_length: of([N, P], shown.originalLength),
    initiator: { texts: shown.initiator },
    responder: { texts: shown.responder },
    classes: { texts: shown.classes },
    kinds: { texts: shown.kinds },
    // Number 0 is what is no header byte.
    fields: { texts: ['', ...shown.fields] },
  };
}
