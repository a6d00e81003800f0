/** Serve: a trained network over HTTP. */
export { createService, type ServeOptions } from './app.ts';
