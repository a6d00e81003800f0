/**
 * One session with what the network attended to, for the terminal: a line a packet, its bytes in blue and the packet
 * in red, the darker the more attention, as in the figure of the Deep Session Learning article.
 */
import type { AttentionCard } from '../attention/index.ts';
import { type AttentionPacket, type AttentionRecord, editedShare } from '../evaluation/index.ts';
import { alignColumns, formatCount, formatPercent, shown } from '../text/index.ts';
import { verdictLines } from './card.ts';
import { type ColumnLayout, END, type FieldColumn, fieldRuns, layers, layouts } from './columns.ts';
import { type ColorMode, shade } from './shade.ts';

/** How to render. */
export interface AttentionView {
  readonly color: ColorMode;
  /** Columns of the terminal; what is less than 60 counts as 60. */
  readonly width: number;
  /** Of the run; null where it has none. */
  readonly card?: AttentionCard | null;
}

/** `12 → 61.2%  `: number, direction and weight of a packet. */
const MARGIN = 13;

/** How many fields the list of the most attended has. */
const TOP = 5;

/** The whole text, ending with a line feed; without colour each byte has its percentage below. */
export function renderAttention(given: AttentionRecord, view: AttentionView): string {
  // The colours are ours, and nothing else.
  const record = shown(given);
  const width = Math.max(60, view.width) - MARGIN;
  const scale = darkest(record);
  const lines = [...headLines(record)];
  for (const layout of layouts(record.packets, width)) {
    for (const block of layout.blocks)
      lines.push('', ...blockLines(record, layout, block, scale, view.color));
  }
  lines.push('', ...legend(scale, view.color), '', ...fieldLines(record), '', ...editedLines(record, view));
  lines.push(...surpriseLines(record));
  return `${lines.join('\n')}\n`;
}

/** The weights that are shown darkest, the same for the whole session, so that its packets can be compared. */
interface Scale {
  readonly token: number;
  readonly packet: number;
}

/**
 * The largest weights of the session, but at least four times what uniform attention would give a token and twice what
 * it would give a packet: attention that is spread evenly looks pale, not dark.
 */
export function darkest({ packets }: AttentionRecord): Scale {
  const tokens = Math.max(...packets.map((p) => p.tokens.value.length));
  return {
    token: Math.max(...packets.map((p) => Math.max(...p.tokens.weight)), Math.min(1, 4 / tokens)),
    packet: Math.max(...packets.map((p) => p.weight), Math.min(1, 2 / packets.length)),
  };
}

function headLines(record: AttentionRecord): readonly string[] {
  const { captured, presented, packets, packetsSeen, probabilities, classes } = record;
  const path = (ends: { initiator: string; responder: string }) => `${ends.initiator} → ${ends.responder}`;
  const lines = [`Session ${record.session}  ${record.protocol}  ${path(presented)}`];
  if (path(captured) !== path(presented)) lines.push(`  captured    ${path(captured)}`);
  const seen = `${formatCount(packets.length)} of ${formatCount(packetsSeen)} packets`;
  lines.push(`  starts      ${record.start}, ${seen} shown to the network`);
  const kind = record.kind === record.actual ? '' : ` (${record.kind})`;
  lines.push(`  actual      ${record.actual}${kind}`);
  const chance = (name: string) => formatPercent(probabilities[classes.indexOf(name)]!, 3);
  const verdict = record.predicted === record.actual ? 'right' : 'wrong';
  lines.push(`  predicted   ${record.predicted} ${chance(record.predicted)}, ${verdict}`);
  const others = classes.filter((name) => name !== record.predicted).map((name) => `${name} ${chance(name)}`);
  if (others.length > 0) lines.push(`              ${others.join(', ')}`);
  return lines;
}

function blockLines(
  record: AttentionRecord,
  layout: ColumnLayout,
  block: readonly FieldColumn[],
  scale: Scale,
  color: ColorMode,
): readonly string[] {
  const margin = ' '.repeat(MARGIN);
  const layerRow = layers(block).map((layer) => {
    const span = layer.reduce((sum, column) => sum + column.width + 1, -1);
    return layer[0]!.layer.padEnd(span);
  });
  const nameRow = block.map((column) => column.name.padEnd(column.width));
  const lines = [layerRow, nameRow].map((row) => (margin + row.join(' ')).trimEnd());
  if (lines[0] === '') lines.shift();
  for (const p of layout.packets) lines.push(...packetLines(record.packets[p]!, p, block, scale, color));
  return lines;
}

/** One line with colour; without, a second one with percentages and, where the block has edited bytes, a third. */
function packetLines(
  packet: AttentionPacket,
  p: number,
  block: readonly FieldColumn[],
  scale: Scale,
  color: ColorMode,
): readonly string[] {
  const cells = block.map((column) => ({ column, tokens: tokensOf(packet, column) }));
  const edited = new Set(packet.edits.offset);
  const isEdited = (t: number) => packet.tokens.offset[t] !== null && edited.has(packet.tokens.offset[t]!);
  const weight = formatPercent(packet.weight, 1).padStart(6);
  const arrow = packet.fromInitiator ? '→' : '←';
  const head = `${String(p + 1).padStart(2)} ${arrow} ${shade(weight, packet.weight / scale.packet, 'red', color)}  `;
  const line = (margin: string, text: (token: number) => string) =>
    (margin + cells.map(({ column, tokens }) => cell(column, tokens, text)).join(' ')).trimEnd();

  const bytes = line(head, (t) =>
    shade(
      byteText(packet.tokens.value[t]!),
      packet.tokens.weight[t]! / scale.token,
      'blue',
      color,
      isEdited(t),
    ),
  );
  if (color !== 'none') return [bytes];
  const label = (text: string) => `${text.padStart(MARGIN - 2)}  `;
  const lines = [bytes, line(label('%'), (t) => digits(packet.tokens.weight[t]!))];
  if (cells.some(({ tokens }) => tokens.some(isEdited))) {
    lines.push(line(label('edited'), (t) => (isEdited(t) ? '^^' : '  ')));
  }
  return lines;
}

/** The tokens of a packet that belong in a column; none where the packet is shorter. */
function tokensOf(packet: AttentionPacket, column: FieldColumn): readonly number[] {
  const runs = fieldRuns(packet);
  const isEnd = column.index < 0;
  const run = isEnd ? runs.find((r) => r.field === END) : runs[column.index];
  if (run === undefined || (!isEnd && run.field === END)) return [];
  const from = run.from + column.skip;
  return Array.from({ length: Math.max(0, Math.min(run.to - from, column.size)) }, (_, i) => from + i);
}

function cell(column: FieldColumn, tokens: readonly number[], text: (token: number) => string): string {
  const visible = Math.max(0, 3 * tokens.length - 1);
  return tokens.map(text).join(' ') + ' '.repeat(column.width - visible);
}

/** A token in two characters. */
export function byteText(value: AttentionPacket['tokens']['value'][number]): string {
  if (value === 'END') return '──';
  return value === 'HIDDEN' ? '··' : value.toString(16).padStart(2, '0');
}

/** Percent in two characters: ` ·` below 0.5, `**` from 99.5. */
function digits(weight: number): string {
  const percent = Math.round(100 * weight);
  return percent === 0 ? ' ·' : percent > 99 ? '**' : String(percent).padStart(2);
}

function legend(scale: Scale, color: ColorMode): readonly string[] {
  if (color === 'none') {
    return [
      'Packets: session attention. Below each byte: packet attention in % (· below 0.5, ** from 99.5).',
      '^^ edited by the morph   ·· hidden from the network   ── end of packet',
    ];
  }
  const sample = (hue: 'red' | 'blue') =>
    [0, 0.25, 0.5, 0.75, 1].map((x) => shade('  ', x, hue, color)).join('');
  return [
    `Packets: session attention 0% ${sample('red')} ${formatPercent(scale.packet, 1)}` +
      `   bytes: packet attention 0% ${sample('blue')} ${formatPercent(scale.token, 1)}`,
    `\x1b[4mff\x1b[0m edited by the morph   ·· hidden from the network   ── end of packet`,
  ];
}

/** The fields with the largest share of the packet attention, packets weighted by session attention. */
function fieldLines(record: AttentionRecord): readonly string[] {
  const shares = new Map<string, { share: number; edited: boolean }>();
  for (const packet of record.packets) {
    const edited = new Set(packet.edits.offset);
    packet.tokens.field.forEach((name, t) => {
      const field = name ?? END;
      const entry = shares.get(field) ?? { share: 0, edited: false };
      entry.share += packet.weight * packet.tokens.weight[t]!;
      if (name !== null && edited.has(packet.tokens.offset[t]!)) entry.edited = true;
      shares.set(field, entry);
    });
  }
  const top = [...shares].sort(([a, x], [b, y]) => y.share - x.share || (a < b ? -1 : 1)).slice(0, TOP);
  const rows = top.map(([field, { share, edited }]) => [
    field,
    formatPercent(Math.min(1, share), 1),
    '█'.repeat(Math.round(30 * share)),
    edited ? 'edited' : '',
  ]);
  return [
    'Most attended fields (packet attention, packets weighted by session attention)',
    ...alignColumns(rows, 'lrll'),
  ];
}

function editedLines(record: AttentionRecord, { card = null, width }: AttentionView): readonly string[] {
  const { tokens, unseen, share, uniform } = editedShare(record);
  if (tokens + unseen === 0) return ['No byte was edited.'];
  const counts = `${formatCount(tokens)} edited bytes${unseen > 0 ? `, ${formatCount(unseen)} more unseen` : ''}`;
  if (tokens === 0) return [`The network sees none of the ${formatCount(unseen)} edited bytes.`];
  if (share === null) return [`The network has no attention to compare with the ${counts}.`];
  return [
    `Attention on edited bytes: ${formatPercent(Math.min(1, share), 2)} (${formatPercent(uniform, 2)} were it uniform; ${counts})`,
    ...verdictLines(card, record.kind, Math.max(60, width)),
  ];
}

/** What the counts of bytes of training sessions find least usual, which the network does not know of. */
function surpriseLines({ surprise, packets }: AttentionRecord): readonly string[] {
  if (surprise === undefined) return [];
  const { packet, offset, field, value, expected, probability, bits, usualBits, score } = surprise;
  const edited = packets[packet]!.edits.offset.includes(offset) ? 'edited' : 'not edited';
  return [
    `Most surprising byte by counts of training sessions: ${byteText(value)} in ${field} of packet ${packet + 1} (${edited}),`,
    `  ${bits.toFixed(1)} bits where ${usualBits.toFixed(1)} are usual, ${score.toFixed(1)} standard deviations; most probable was ${byteText(expected)}, ${formatPercent(probability, 2)}`,
  ];
}
