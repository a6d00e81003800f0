/** Header bytes of several packets in columns of fields, broken into blocks that fit a width. */
import type { AttentionPacket } from '../evaluation/index.ts';

/** A run of bytes of one field: `size` bytes from the `skip`-th of the field's `index`-th run in a packet. */
export interface FieldColumn {
  readonly layer: string;
  readonly name: string;
  readonly index: number;
  readonly skip: number;
  readonly size: number;
  readonly width: number;
}

/** Packets whose headers have the same fields in the same order, as far as the shorter ones go. */
export interface ColumnLayout {
  /** Indices of the packets, consecutive. */
  readonly packets: readonly number[];
  readonly blocks: readonly (readonly FieldColumn[])[];
}

/** A run of tokens of one field. END is a field of its own. */
export interface FieldRun {
  readonly field: string;
  readonly from: number;
  readonly to: number;
}

/** The name that the END token has as a field. */
export const END = 'END';

/** The fields of a packet in order, with their tokens. */
export function fieldRuns(packet: AttentionPacket): readonly FieldRun[] {
  const runs: FieldRun[] = [];
  packet.tokens.field.forEach((name, t) => {
    const field = name ?? END;
    const last = runs.at(-1);
    if (last?.field === field) runs[runs.length - 1] = { ...last, to: t + 1 };
    else runs.push({ field, from: t, to: t + 1 });
  });
  return runs;
}

/**
 * Layouts of consecutive packets. A packet joins the layout before it when the field names of one begin with those of
 * the other (a field such as TCP options may differ in length); otherwise it starts a new one.
 */
export function layouts(packets: readonly AttentionPacket[], width: number): readonly ColumnLayout[] {
  const groups: { packets: number[]; fields: string[]; sizes: number[] }[] = [];
  packets.forEach((packet, p) => {
    const runs = fieldRuns(packet).filter((run) => run.field !== END);
    const fields = runs.map((run) => run.field);
    let group = groups.at(-1);
    if (group === undefined || !samePrefix(group.fields, fields)) {
      group = { packets: [], fields: [], sizes: [] };
      groups.push(group);
    }
    group.packets.push(p);
    if (fields.length > group.fields.length) group.fields = fields;
    runs.forEach((run, i) => {
      group.sizes[i] = Math.max(group.sizes[i] ?? 0, run.to - run.from);
    });
  });
  return groups.map((group) => ({
    packets: group.packets,
    blocks: breakBlocks(columns(group.fields, group.sizes, width), width),
  }));
}

function samePrefix(a: readonly string[], b: readonly string[]): boolean {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** One column a field, several for a field that is too long for a line, END last; a layer is as wide as its name. */
function columns(fields: readonly string[], sizes: readonly number[], width: number): readonly FieldColumn[] {
  const most = Math.max(1, Math.floor((width + 1) / 3));
  const list: FieldColumn[] = [];
  const add = (field: string, index: number, bytes: number) => {
    const dot = field.indexOf('.');
    const layer = dot < 0 ? '' : field.slice(0, dot);
    const name = field.slice(dot + 1);
    for (let skip = 0; skip < bytes; skip += most) {
      const size = Math.min(most, bytes - skip);
      list.push({ layer, name, index, skip, size, width: Math.max(name.length, 3 * size - 1) });
    }
  };
  fields.forEach((field, i) => {
    add(field, i, sizes[i]!);
  });
  add(END, -1, 1);
  return list;
}

/** Keeps layers together where they fit; a layer that is wider than a line starts one and fills on. */
function breakBlocks(list: readonly FieldColumn[], width: number): readonly (readonly FieldColumn[])[] {
  const blocks: FieldColumn[][] = [[]];
  let used = 0;
  const append = (column: FieldColumn) => {
    blocks.at(-1)!.push(column);
    used += column.width + 1;
  };
  const open = () => {
    if (blocks.at(-1)!.length > 0) blocks.push([]);
    used = 0;
  };
  for (const layer of layers(list)) {
    const needed = layer.reduce((sum, column) => sum + column.width + 1, -1);
    if (used + needed > width) open();
    for (const column of layer) {
      if (used > 0 && used + column.width > width) open();
      append(column);
    }
  }
  return blocks.map(widenForLayerNames);
}

/** Consecutive columns of one layer. */
export function layers(list: readonly FieldColumn[]): readonly (readonly FieldColumn[])[] {
  const result: FieldColumn[][] = [];
  for (const column of list) {
    const last = result.at(-1);
    if (last?.[0]?.layer === column.layer) last.push(column);
    else result.push([column]);
  }
  return result;
}

/** The last column of a layer grows until the layer's name fits above the layer. */
function widenForLayerNames(block: readonly FieldColumn[]): readonly FieldColumn[] {
  return layers(block).flatMap((layer) => {
    const span = layer.reduce((sum, column) => sum + column.width + 1, -1);
    const missing = Math.max(0, layer[0]!.layer.length - span);
    return layer.map((column, i) =>
      i === layer.length - 1 ? { ...column, width: column.width + missing } : column,
    );
  });
}
