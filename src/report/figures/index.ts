/** Figures. */
export { attentionFigure } from './attention.ts';
export { bandFigure, type CurveKind } from './bands.ts';
export { confusionFigure } from './confusion.ts';
export {
  type CurvePoint,
  detFigure,
  precisionRecallFigure,
  reliabilityFigure,
  rocFigure,
} from './curves.ts';
export { differenceFigure, relianceFigure } from './differences.ts';
export { illustrate, type Picture, parseCurve, tellingRecords } from './illustrate.ts';
export { type LinePoint, lineFigure } from './lines.ts';
export { MOST_CURVES } from './palette.ts';
export type { Columns } from './print.ts';
export { type Rendered, render, renderSvg } from './render.ts';
