/**
 * What the network attended to in one session: a row for each packet, its bytes in blue and the packet in red, the darker
 * the more attention, edited bytes outlined; as in the figure of the Deep Session Learning article.
 */
import type { TopLevelSpec } from 'vega-lite';
import type { AttentionCard } from '../../attention/index.ts';
import { type AttentionPacket, type AttentionRecord, editedShare } from '../../evaluation/index.ts';
import { formatPercent } from '../../text/index.ts';
import { byteText, darkest } from '../attention.ts';
import { verdictLines } from '../card.ts';

/** Pixels of a byte. */
const WIDTH = 20;
const HEIGHT = 22;

const BLUE = ['#f7fbff', '#6baed6', '#08306b'];
const RED = ['#fff5f0', '#fb6a4a', '#67000d'];
const EDITED = '#ff8c00';

/** The figure of a session; colours are comparable within it. What the card of its run says stands above. */
export function attentionFigure(record: AttentionRecord, card: AttentionCard | null): TopLevelSpec {
  const { packets } = record;
  const packetName = (p: number) => `${p + 1} ${packets[p]!.fromInitiator ? '→' : '←'}`;
  const names = packets.map((_, p) => packetName(p));
  const cells = packets.flatMap((packet, p) =>
    packet.tokens.value.map((value, t) => ({
      packet: names[p]!,
      byte: t,
      weight: packet.tokens.weight[t]!,
      text: byteText(value),
      edited: isEdited(packet, t),
    })),
  );
  const margin = packets.map((packet, p) => ({
    packet: names[p]!,
    weight: packet.weight,
    text: formatPercent(packet.weight, 1),
  }));
  const widest = Math.max(...packets.map((packet) => packet.tokens.value.length));
  const { token, packet } = darkest(record);
  const y = { field: 'packet', type: 'nominal', sort: names, title: null } as const;
  const color = (range: readonly string[], top: number, title: string) => {
    const scale = { domain: [0, top / 2, top], range: [...range], clamp: true };
    return {
      field: 'weight',
      type: 'quantitative',
      scale,
      legend: { title, format: '.1%', tickCount: 3 },
    } as const;
  };
  const ink = (top: number) => ({
    condition: { test: `datum.weight > ${0.55 * top}`, value: 'white' },
    value: '#222',
  });
  const height = { step: HEIGHT };
  const fields = fieldLabels(packets, widest);
  const x = {
    field: 'byte',
    type: 'ordinal',
    title: null,
    scale: { domain: Array.from({ length: widest }, (_, t) => t) },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: headline(record), subtitle: [...subtitle(record, card)], anchor: 'start' },
    spacing: 8,
    hconcat: [
      {
        data: { values: margin },
        height,
        width: 52,
        layer: [
          {
            mark: { type: 'rect', stroke: 'white' },
            encoding: { y: { ...y, axis: AXIS }, color: color(RED, packet, 'packet') },
          },
          {
            mark: { type: 'text', fontSize: 10 },
            encoding: { y: { ...y, axis: AXIS }, text: { field: 'text' }, color: ink(packet) },
          },
        ],
      },
      {
        data: { values: cells },
        height,
        width: { step: WIDTH },
        encoding: { y: { ...y, axis: null }, x: { ...x, axis: byteAxis(fields) } },
        layer: [
          { mark: { type: 'rect', stroke: 'white' }, encoding: { color: color(BLUE, token, 'byte') } },
          {
            transform: [{ filter: 'datum.edited' }],
            mark: {
              type: 'rect',
              filled: false,
              stroke: EDITED,
              strokeWidth: 2,
              width: WIDTH - 3,
              height: HEIGHT - 3,
            },
          },
          { mark: { type: 'text', fontSize: 10 }, encoding: { text: { field: 'text' }, color: ink(token) } },
        ],
      },
    ],
    resolve: { scale: { color: 'independent', y: 'independent' } },
  };
}

const AXIS = { domain: false, ticks: false, labelFontSize: 11 } as const;

/** Fields above the bytes with which they begin, where all packets have the same; their numbers otherwise. */
function byteAxis(fields: readonly string[] | null) {
  const plain = { orient: 'top', domain: false, ticks: false } as const;
  if (fields === null) return { ...plain, labelAngle: 0, labelFontSize: 9, labelOverlap: true } as const;
  const labelExpr = `${JSON.stringify(fields)}[datum.value]`;
  return {
    ...plain,
    labelAngle: -60,
    labelAlign: 'left',
    labelFontSize: 9,
    labelOverlap: false,
    labelExpr,
  } as const;
}

function fieldLabels(packets: readonly AttentionPacket[], widest: number): readonly string[] | null {
  const longest = packets.find((packet) => packet.tokens.field.length === widest)!.tokens.field;
  const agree = packets.every(({ tokens }) =>
    tokens.field.every(
      (field, t) => field === longest[t] || (field === null && t === tokens.field.length - 1),
    ),
  );
  if (!agree) return null;
  return longest.map((field, t) => (t > 0 && longest[t - 1] === field ? '' : (field ?? 'END')));
}

function isEdited({ edits, tokens }: AttentionPacket, t: number): boolean {
  const offset = tokens.offset[t];
  return offset !== null && offset !== undefined && edits.offset.includes(offset);
}

function headline({
  session,
  protocol,
  presented,
  kind,
  predicted,
  probabilities,
  classes,
}: AttentionRecord): string {
  const chance = formatPercent(probabilities[classes.indexOf(predicted)]!, 3);
  return `Session ${session}  ${protocol} ${presented.initiator} → ${presented.responder}: ${kind}, predicted ${predicted} (${chance})`;
}

/** Characters of a line above the figure. */
const LINE = 130;

function subtitle(record: AttentionRecord, card: AttentionCard | null): readonly string[] {
  const { tokens, share, uniform } = editedShare(record);
  const shown = 'Red: attention to packets. Blue: attention to bytes.';
  if (tokens === 0) return [shown];
  const counts = `${tokens} edited bytes are outlined`;
  if (share === null) return [`${shown} ${counts}.`];
  return [
    `${shown} ${counts}: ${formatPercent(Math.min(1, share), 1)} of the attention, ${formatPercent(uniform, 1)} were it uniform.`,
    ...verdictLines(card, record.kind, LINE),
  ];
}
