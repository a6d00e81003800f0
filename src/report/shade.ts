/** Cells of text shaded by weight, for terminals of any colour depth. */

/** What the terminal can show. */
export type ColorMode = 'truecolor' | '256' | 'none';

/** Blue for bytes, red for packets, as in the figure of the Deep Session Learning article. */
export type Hue = 'blue' | 'red';

type Rgb = readonly [red: number, green: number, blue: number];

/** Light, middle and dark stop of each ramp; luminance falls all the way. */
const STOPS: Readonly<Record<Hue, readonly [Rgb, Rgb, Rgb]>> = {
  blue: [
    [247, 251, 255],
    [107, 174, 214],
    [8, 48, 107],
  ],
  red: [
    [255, 245, 240],
    [251, 106, 74],
    [103, 0, 13],
  ],
};

/** The same in the 6 × 6 × 6 cube of the 256 colours, light to dark. */
const CUBE: Readonly<Record<Hue, readonly number[]>> = {
  blue: [231, 189, 147, 105, 63, 21, 20, 19, 18],
  red: [231, 224, 217, 210, 203, 196, 160, 124, 88],
};

/**
 * Text on a background that is the darker, the larger the intensity (0 … 1); black or white, whichever reads better.
 * Without colour the text stays as it is.
 */
export function shade(
  text: string,
  intensity: number,
  hue: Hue,
  mode: ColorMode,
  underlined = false,
): string {
  if (mode === 'none') return text;
  const x = Math.min(1, Math.max(0, intensity));
  const underline = underlined ? '4;' : '';
  if (mode === '256') {
    const ramp = CUBE[hue];
    const level = Math.round(x * (ramp.length - 1));
    return `\x1b[${underline}48;5;${ramp[level]};38;5;${level < 4 ? 16 : 231}m${text}\x1b[0m`;
  }
  const background = mix(STOPS[hue], x);
  const ink = luminance(background) > 117 ? '0;0;0' : '255;255;255';
  return `\x1b[${underline}48;2;${background.join(';')};38;2;${ink}m${text}\x1b[0m`;
}

function mix([light, middle, dark]: readonly [Rgb, Rgb, Rgb], x: number): number[] {
  const [from, to, t] = x < 0.5 ? [light, middle, 2 * x] : [middle, dark, 2 * x - 1];
  return from.map((c, i) => Math.round(c + (to[i]! - c) * t));
}

/** Perceived brightness, 0 … 255 (ITU-R BT.601 weights); at 117 black and white contrast alike. */
function luminance(rgb: readonly number[]): number {
  return 0.299 * rgb[0]! + 0.587 * rgb[1]! + 0.114 * rgb[2]!;
}

/**
 * What an output stream can show: nothing where `NO_COLOR` is set (to anything) or it is no terminal, unless
 * `FORCE_COLOR` says otherwise; 24 bits where the terminal tells so, else 256 colours.
 *
 * @param depth colours of the terminal in bits, as `tty.WriteStream.getColorDepth` tells
 */
export function colorMode(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  depth: number,
): ColorMode {
  if ((env.NO_COLOR ?? '') !== '') return 'none';
  const force = env.FORCE_COLOR;
  if (force === '0' || force === 'false') return 'none';
  if (force === '3') return 'truecolor';
  if (force === '2' || force === '1') return '256';
  if (force === undefined && (!isTerminal || depth < 8)) return 'none';
  return depth >= 24 || env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit' ? 'truecolor' : '256';
}
