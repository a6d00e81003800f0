/**
 * A figure for print: SVG and PDF as vectors, and PNG, as wide as one or two columns of a page. Letters stay letters: SVG has
 * those of our font that it uses, PDF too (Skia's). There is no date in it, and no path or font of the machine.
 */
import { crc32 } from 'node:zlib';
import type { TopLevelSpec } from 'vega-lite';
import { shown } from '../../text/index.ts';
import { escapeMarkup } from '../escape.ts';
import { FONT, fontBytes, withOwnIds } from './render.ts';

export type Columns = 1 | 2;

/** Points (1/72 inch): those of IEEE and ACM, about. */
export const COLUMN_WIDTHS: Readonly<Record<Columns, number>> = { 1: 252, 2: 516 };
/** Points of a pixel at most: letters of 9 pixels become 10 points. */
const LARGEST = 1.12;
/** Of PNG. */
const DOTS_PER_INCH = 300;

/** What a figure says of itself. */
export interface Description {
  readonly title: string;
  /** What is seen, for those who do not see it. */
  readonly text: string;
  /** Result hashes of the runs that it was made from. */
  readonly hashes: readonly string[];
}

export interface Printed {
  readonly svg: string;
  readonly pdf: Buffer;
  readonly png: Buffer;
}

export type PrintFormat = keyof Printed;

/** Skia's own name for our font: one of the same name may be on the machine, of another version. */
const FACE = 'sessionlab DejaVu Sans';

/** In the forms that are asked for. */
export async function print(
  spec: TopLevelSpec,
  columns: Columns,
  description: Description,
  formats: ReadonlySet<PrintFormat>,
): Promise<Partial<Printed>> {
  const drawn: { -readonly [K in PrintFormat]?: Printed[K] } = {};
  const { width, height, svg } = await layOut(spec, FONT);
  // A small figure does not become a poster.
  const scale = Math.min(LARGEST, COLUMN_WIDTHS[columns] / width);
  if (formats.has('svg')) drawn.svg = await printedSvg(svg, { width, height, scale }, description);
  if (!formats.has('pdf') && !formats.has('png')) return drawn;
  const { createCanvas, PDFDocument } = await canvasWithFont();
  if (formats.has('pdf')) {
    const document = new PDFDocument({
      title: description.title,
      subject: madeFrom(description.hashes),
      creator: 'sessionlab',
      producer: 'sessionlab',
    });
    const context = document.beginPage(width * scale, height * scale);
    context.scale(scale, scale);
    await paint(spec, context);
    document.endPage();
    drawn.pdf = document.close();
  }
  if (formats.has('png')) {
    const dots = (scale * DOTS_PER_INCH) / 72;
    const canvas = createCanvas(Math.round(width * dots), Math.round(height * dots));
    const context = canvas.getContext('2d');
    context.scale(dots, dots);
    await paint(spec, context);
    drawn.png = withText(await canvas.encode('png'), madeFrom(description.hashes));
  }
  return drawn;
}

/** The sentence that all forms carry. */
export const madeFrom = (hashes: readonly string[]): string => `made from result hashes ${hashes.join(', ')}`;

/** As a part of a page, which has the font; ids are its own. */
export async function inlineSvg(spec: TopLevelSpec, name: string, label: string): Promise<string> {
  const { svg, width, height } = await layOut(spec, FONT);
  const head = `<svg role="img" aria-label="${escapeMarkup(label)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg">`;
  // The whole has a name: its parts have none.
  const plain = svg.replace(/<(?:g|path)\b[^>]*>/g, (tag) =>
    tag.replace(/ (?:role|aria-[a-z]+)="[^"]*"/g, ''),
  );
  return withOwnIds(
    plain.replace(/^<svg[^>]*>/, () => head),
    `${name}-`,
  );
}

const CONFIG = (font: string) => ({
  font,
  background: 'white',
  // The whole is one picture with one description.
  aria: false,
  axis: { labelFontSize: 9, titleFontSize: 10, titleFontWeight: 'normal' as const },
  legend: {
    labelFontSize: 9,
    titleFontSize: 9,
    titleFontWeight: 'normal' as const,
  },
  padding: 3,
});

async function viewOf(spec: TopLevelSpec, font: string) {
  // These are large and needed by few commands.
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec: compiled } = lite.compile(shown(spec), { config: CONFIG(font) });
  // Below the picture, one under the other.
  const legend = { layout: { bottom: { direction: 'vertical', anchor: 'start' } } } as const;
  return new vega.View(vega.parse(compiled, { legend }), { renderer: 'none' });
}

async function layOut(spec: TopLevelSpec, font: string) {
  const restore = await measureText();
  const view = await viewOf(spec, font);
  try {
    const svg = withOwnIds(await view.toSVG());
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!;
    return { svg, width: Number(width), height: Number(height) };
  } finally {
    view.finalize();
    restore();
  }
}

async function paint(spec: TopLevelSpec, externalContext: unknown): Promise<void> {
  const restore = await measureText();
  const view = await viewOf(spec, FACE);
  try {
    await view.toCanvas(1, { externalContext });
  } finally {
    view.finalize();
    restore();
  }
}

/** What Vega measures texts with; without a canvas of its own it guesses their widths. */
interface TextMetrics {
  width(item: { readonly fontSize?: number }, text: unknown): number;
}

/** Ems that a character of our font is wide, to a thousandth: the same whoever rounds what to whole pixels. */
const widths = new Map<string, number>();

/** Lets Vega measure with our font, until what this gives is called. */
async function measureText(): Promise<() => void> {
  const metrics = ((await import('vega')) as unknown as { textMetrics: TextMetrics }).textMetrics;
  const context = (await canvasWithFont()).createCanvas(1, 1).getContext('2d');
  context.font = `1000px "${FACE}"`;
  const widthOf = (character: string): number => {
    const known = widths.get(character) ?? Math.round(context.measureText(character).width) / 1000;
    widths.set(character, known);
    return known;
  };
  const { width } = metrics;
  metrics.width = ({ fontSize = 11 }, text) =>
    fontSize * [...String(text ?? '')].reduce((sum, character) => sum + widthOf(character), 0);
  return () => {
    metrics.width = width;
  };
}

/** Skia, which knows our font. */
async function canvasWithFont() {
  const canvas = await import('@napi-rs/canvas');
  if (!canvas.GlobalFonts.has(FACE))
    for (const weight of [400, 700] as const) canvas.GlobalFonts.register(fontBytes(weight), FACE);
  return canvas;
}

async function printedSvg(
  svg: string,
  { width, height, scale }: { readonly width: number; readonly height: number; readonly scale: number },
  { title, text, hashes }: Description,
): Promise<string> {
  const millimetres = (points: number) => `${((points * 25.4) / 72).toFixed(2)}mm`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="${millimetres(width * scale)}" height="${millimetres(height * scale)}" viewBox="0 0 ${width} ${height}">`;
  const said = `<title id="title">${escapeMarkup(title)}</title><desc id="desc">${escapeMarkup(`${text} (${madeFrom(hashes)})`)}</desc>`;
  const letters = [...new Set([...svg.matchAll(/>([^<]+)</g)].map((match) => match[1]!).join(''))].join('');
  const faces = await Promise.all(
    ([400, 700] as const)
      .filter((weight) => weight === 400 || /font-weight="(bold|700)"/.test(svg))
      .map((weight) => fontFace(letters, weight)),
  );
  return svg.replace(/^<svg[^>]*>/, () => `${head}${said}<style>${faces.join('')}</style>`);
}

/** A rule of CSS with those letters of the font that a text has. @param text with what escapes stand for, or with more */
export async function fontFace(text: string, weight: 400 | 700): Promise<string> {
  const { default: subset } = await import('subset-font');
  // What an escape stands for is always among these.
  const bytes = await subset(fontBytes(weight), `${text}&<>"'`, { targetFormat: 'woff2' });
  return `@font-face{font-family:"${FONT}";font-weight:${weight};src:url(data:font/woff2;base64,${bytes.toString('base64')})}`;
}

/** Puts a text behind the head of a PNG. */
function withText(png: Buffer, text: string): Buffer {
  const data = Buffer.from(`tEXtDescription\0${text}`, 'latin1');
  const chunk = Buffer.alloc(data.length + 8);
  chunk.writeUInt32BE(data.length - 4, 0);
  data.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(data), data.length + 4);
  // Behind the signature (8 bytes) and IHDR (25).
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}
