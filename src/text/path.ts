import { relative } from 'node:path';

/** How a file is called in messages: relative to the working folder where that is inside it. */
export function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}
