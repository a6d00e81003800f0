/** Figures. */
export { attentionFigure } from './attention.ts';
export { confusionFigure } from './confusion.ts';
export { detFigure, precisionRecallFigure, reliabilityFigure, rocFigure } from './curves.ts';
export { illustrate, type Picture } from './illustrate.ts';
export { type Rendered, render, renderSvg } from './render.ts';
