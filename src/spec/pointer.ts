/** JSON pointers (RFC 6901): where in a document something is. */
import type { Fault } from '../fault/index.ts';

/** A fault at a place within a document. */
export interface Located extends Omit<Fault, 'place'> {
  readonly pointer: string;
}

/** The pointer of a key or index below another. */
export function below(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The keys that a pointer goes through. */
export function keysOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Is one of them the other, or within the other? */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
