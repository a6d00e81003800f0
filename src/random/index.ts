export { normal } from './normal.ts';
export { choose, permutation, type Stream, type StreamName, stream } from './stream.ts';
