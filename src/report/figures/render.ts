/**
 * A figure as SVG, PNG and WebP, without a browser: Vega-Lite's specification is compiled and laid out by Vega, and painted
 * by Skia. The font comes with us, so that a machine without fonts, such as a container, draws the same.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TopLevelSpec } from 'vega-lite';
import { shown } from '../../text/index.ts';

export interface Rendered {
  readonly svg: string;
  readonly png: Buffer;
  readonly webp: Buffer;
}

export const FONT = 'DejaVu Sans';

/** The font that comes with us. @param weight 700 is bold */
export function fontBytes(weight: 400 | 700 = 400): Buffer {
  const file =
    weight === 400
      ? import.meta.resolve('@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2')
      : import.meta.resolve('@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff2');
  return readFileSync(fileURLToPath(file));
}

/** WebP's quality, 0 … 100: the small version of an image for an overview. */
const QUALITY = 80;

/** The SVG of a figure. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  // These are large and needed by few commands.
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec: compiled } = lite.compile(shown(spec), { config: { font: FONT, background: 'white' } });
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
  try {
    return withOwnIds(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Vega numbers gradients and clips through the life of the process: from 1 in each figure, the same figure is the same text. */
export function withOwnIds(svg: string, prefix = ''): string {
  const numbers = new Map<string, number>();
  return svg.replace(/\b(gradient_|clip)(\d+)(?=["')])/g, (whole, kind: string) => {
    if (!numbers.has(whole)) numbers.set(whole, numbers.size + 1);
    return `${prefix}${kind}${numbers.get(whole)}`;
  });
}

/** All forms of a figure. */
export async function render(spec: TopLevelSpec): Promise<Rendered> {
  const svg = await renderSvg(spec);
  const { createCanvas, GlobalFonts, loadImage } = await import('@napi-rs/canvas');
  if (!GlobalFonts.has(FONT)) GlobalFonts.register(fontBytes(), FONT);
  const image = await loadImage(Buffer.from(svg));
  const canvas = createCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  const [png, webp] = await Promise.all([canvas.encode('png'), canvas.encode('webp', QUALITY)]);
  return { svg, png, webp };
}
