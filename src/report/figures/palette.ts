/** Colours that people with any colour vision tell apart (M. Okabe and K. Ito, 2008), and how lines differ besides. */

/** Of curves; yellow, which nobody sees on white, is left out. */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
  '#7f7f7f',
] as const;

/** As many cells as there are colours can stand in one figure. */
export const MOST_CURVES = COLOURS.length;

/** A second sign of the same, for prints without colour. */
export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [6, 2],
  [2, 2],
  [8, 2, 2, 2],
  [4, 4],
  [1, 3],
  [10, 3],
  [3, 1],
];

/** Colour and dash of each name. */
export function encodingOf(names: readonly string[]) {
  const domain = [...names];
  const legend =
    names.length < 2
      ? null
      : {
          title: null,
          orient: 'bottom',
          columns: 1,
          labelLimit: 0,
          symbolType: 'stroke',
          symbolOpacity: 1,
          symbolStrokeWidth: 2,
        };
  return {
    color: {
      field: 'name',
      type: 'nominal',
      scale: { domain, range: COLOURS.slice(0, names.length) },
      legend,
    },
    strokeDash: {
      field: 'name',
      type: 'nominal',
      scale: { domain, range: DASHES.slice(0, names.length) },
      legend,
    },
  } as const;
}
